"""`bench leaderboard`: one table of many results folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import BenchError
from . import options


def leaderboard(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="RESULTS...", help="Results folders of suites, or folders of these."),
    ],
    only: options.Titles = None,
    dataset: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only data sets whose name contains or fits this.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option(metavar="TITLE,...", help="Only these columns; patterns, in this order.")
    ] = None,
    sort: Annotated[
        str | None, typer.Option(metavar="TITLE", help="Rows by this column, the best first, or by an axis.")
    ] = None,
    margin: options.Margin = 0.0,
    format: options.Format = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE.parquet", help="Write the table as Parquet, and print none.")
    ] = None,
    plugin: options.PluginFiles = None,
) -> None:
    """Print one table of all contenders of many results folders, with ranks as intervals."""
    from ..records.find import suite_folders
    from ..records.results import Results
    from ..reporting.leaderboard import arranged, make_leaderboard, write_parquet
    from .tables import PRINTED, loaded, no_collection, print_documents, warn

    if to is not None and to.suffix != ".parquet":
        raise BenchError(
            f"{to}: --to writes Parquet, so it must end with .parquet; other formats go by > FILE"
        )
    registry = loaded(plugin)
    wanted = [title.strip() for title in (columns or "").split(",") if title.strip()]
    with no_collection():
        results = Results.of(*suite_folders(*folders))
        warn(results.unreadable)
        report = make_leaderboard(results, registry, only=only, dataset=dataset, margin=margin)
        report = arranged(report, wanted, sort)
        if to is None:
            print_documents(format or PRINTED, report, registry, wide=True)
        else:
            write_parquet(to, report.summary)
