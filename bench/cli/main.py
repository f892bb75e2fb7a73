"""The `bench` command: its subcommands, and what becomes of errors."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer

from ..errors import BenchError
from ..toolkit.messages import shortened, system_fault
from . import (
    cache,
    check,
    compare,
    export,
    fetch,
    forget,
    leaderboard,
    listing,
    migrate,
    pick,
    plan,
    predict,
    report,
    run,
    schema,
    status,
    weights,
)
from .terminal import STDOUT, harmless_streams, open_closed_streams

app = typer.Typer(
    name="bench",
    help="Which pretrained model, adapted in which way, is best for my data on my machine?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run.run)
app.command("plan")(plan.plan)
app.command("fetch")(fetch.fetch)
app.command("status")(status.status)
app.command("report")(report.report)
app.command("compare")(compare.compare)
app.command("leaderboard")(leaderboard.leaderboard)
app.command("pick")(pick.pick)
app.command("export")(export.export)
app.command("predict")(predict.predict)
app.command("forget")(forget.forget)
app.command("list")(listing.list_plugins)
app.command("check")(check.check)
app.command("migrate")(migrate.migrate)
app.command("schema")(schema.schema)
app.add_typer(weights.app, name="weights")
app.add_typer(cache.app, name="cache")

INTERRUPTED = 130
BUG = 3

MOST_LINES = 50
"""Of more problems only these are printed."""

LONGEST_LINE = 2000
"""Characters of a problem; a longer one lacks its middle."""


def main() -> None:
    """Run the command line and exit with its code; see `bench.errors` for the codes."""
    open_closed_streams()
    sys.exit(call(sys.argv[1:]))


def call(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; what is printed meanwhile holds no control characters."""
    with harmless_streams():
        return _call(arguments)


def _call(arguments: Sequence[str]) -> int:
    try:
        _require_folder()
        code = app(arguments, prog_name="bench", standalone_mode=False)
        sys.stdout.flush()
    except BenchError as error:
        _report(str(error).splitlines())
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        _give_up_stdout()
        return 0
    except OSError as error:
        if error.filename == STDOUT:
            _give_up_stdout()
        _report([system_fault(error)])
        return BenchError.exit_code
    except SystemExit as error:
        # That is what typer makes of a broken pipe; any other exit is meant.
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        _give_up_stdout()
        return 0
    except Exception as error:
        return usage_or_bug(error)
    # That is what typer makes of an interrupt.
    return _interrupted() if code == INTERRUPTED else code or 0


def _require_folder() -> None:
    """Raise BenchError if the current folder is gone: relative paths mean nothing then."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise BenchError("the current folder has been deleted; change to another") from None


def _report(lines: Sequence[str]) -> None:
    """Print what is wrong, as much of it as somebody reads."""
    more = [f"and {len(lines) - MOST_LINES:,} more"] if len(lines) > MOST_LINES else []
    for line in [*lines[:MOST_LINES], *more]:
        print(f"bench: {shortened(line, LONGEST_LINE)}", file=sys.stderr)


def _interrupted() -> int:
    print(
        "bench: interrupted; what was finished is kept, the same command goes on from there", file=sys.stderr
    )
    return INTERRUPTED


def _give_up_stdout() -> None:
    """Print no more: who read it has seen enough, as in `bench list | head`, or there is no room for it."""
    # Python would complain again when it closes stdout.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def usage_or_bug(error: Exception) -> int:
    """Print what is wrong with the command, or the traceback of a bug; return the exit code."""
    show = getattr(error, "show", None)  # click's own errors know how to show themselves
    if show is not None:
        show(file=sys.stderr)
        return int(getattr(error, "exit_code", 2))
    traceback.print_exception(error)
    return BUG
