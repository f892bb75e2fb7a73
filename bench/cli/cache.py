"""`bench cache`: what is kept of prepared data and features, and how to get rid of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..feeding.cache import Entry

app = typer.Typer(help="Show or clear prepared data and features.", rich_markup_mode=None)

Results = Annotated[Path, typer.Option(help="Folder with the folders of suites.")]


@app.callback(invoke_without_command=True)
def show(context: typer.Context, results: Results = Path("results")) -> None:
    """Show how much prepared data and features take."""
    if context.invoked_subcommand is None:
        from ..feeding.cache import Cache

        entries = Cache(results / ".cache").entries()
        for kind in sorted({entry.kind for entry in entries}):
            print(f"{kind:<10}{_told([entry for entry in entries if entry.kind == kind])}")
        print(f"{'all':<10}{_told(entries)}")


@app.command()
def clear(results: Results = Path("results")) -> None:
    """Remove all that no run is using; what is needed again is computed again. Results are left alone."""
    from ..feeding.cache import Cache

    cache = Cache(results / ".cache", limit=0)
    removed, left = cache.shrink(), cache.entries()
    print(f"removed {_told(removed)}" + (f"; left {_told(left)} that a run is using" if left else ""))


def _told(entries: Sequence[Entry]) -> str:
    count = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
    return f"{count}, {sum(entry.bytes for entry in entries) / 2**20:.1f} MiB"
