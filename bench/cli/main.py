"""The `bench` command: its subcommands, and what becomes of errors."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from ..errors import BenchError
from . import (
    cache,
    check,
    compare,
    export,
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


def main() -> None:
    """Run the command line and exit with its code; see `bench.errors` for the codes."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code."""
    try:
        code = app(arguments, prog_name="bench", standalone_mode=False)
        sys.stdout.flush()
    except BenchError as error:
        print("\n".join(f"bench: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        return _without_reader()
    except SystemExit as error:
        # That is what typer makes of a broken pipe; any other exit is meant.
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        return _without_reader()
    except Exception as error:
        return _usage_or_bug(error)
    # That is what typer makes of an interrupt.
    return _interrupted() if code == INTERRUPTED else code or 0


def _interrupted() -> int:
    print(
        "bench: interrupted; what was finished is kept, the same command goes on from there", file=sys.stderr
    )
    return INTERRUPTED


def _without_reader() -> int:
    """Give up printing: whoever read our output has seen enough, as in `bench list | head`."""
    # Python would complain again when it closes stdout.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _usage_or_bug(error: Exception) -> int:
    show = getattr(error, "show", None)  # click's own errors know how to show themselves
    if show is not None:
        show()
        return int(getattr(error, "exit_code", 2))
    traceback.print_exc()
    return BUG
