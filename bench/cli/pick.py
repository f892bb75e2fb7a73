"""`bench pick`: what to take under given limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import BenchError, StoreError
from . import options

NOTHING = 1
"""The exit code where nothing can be recommended."""


def pick(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="RESULTS...", help="Folders of suites' results, as results/vision."),
    ],
    dataset: Annotated[str, typer.Option(metavar="NAME", help="Only this data set.")] = "",
    most: Annotated[
        list[str] | None,
        typer.Option("--max", metavar="COLUMN=X", help="The most that a column may be. Repeatable."),
    ] = None,
    least: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="COLUMN=X", help="The least that a column may be. Repeatable."),
    ] = None,
    goal: Annotated[
        str, typer.Option("--for", metavar="COLUMN", help="Choose by this, not by the metric that ranks.")
    ] = "",
    margin: options.Margin = 0.0,
    look: Annotated[
        int,
        typer.Option(
            metavar="K", min=1, help="Which look at these results it is, if more was run in between."
        ),
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    format: Annotated[
        options.Printed | None, typer.Option(help="As what it is printed, by default text.")
    ] = None,
    plugin: options.PluginFiles = None,
) -> None:
    """Say which row to take under limits, at which price, and what to run where that is open.

    The exit code is 1 if nothing can be recommended.
    """
    from ..records.results import Results
    from ..reporting import picking
    from .tables import loaded, no_collection, warn

    if as_json and format not in (None, options.Printed.json):
        raise BenchError("--json is short for --format json; leave out one of the two")
    limits = picking.parse_limits(most or [], least or [])
    wish = picking.Wish(limits, goal, dataset, margin, look, list(map(str, plugin or [])))
    registry = loaded(plugin)
    with no_collection():
        results = Results.of(*folders)
        warn(results.unreadable)
        if not results.records:
            named = ", ".join(map(str, folders))
            raise StoreError(f"{named}: no records; give the folder that `bench run` made for a suite")
        found = picking.pick(results, registry, wish)
    renderers = {
        options.Printed.text: picking.to_text,
        options.Printed.markdown: picking.to_markdown_page,
        options.Printed.json: picking.to_json,
    }
    print(renderers[options.Printed.json if as_json else format or options.Printed.text](found), end="")
    if not found.decided:
        raise typer.Exit(NOTHING)
