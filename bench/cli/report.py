"""`bench report`: make the tables again from the records alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ..errors import BenchError, StoreError
from . import options

JSON, HTML = "json", "html"


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a suite's results, such as results/vision.")],
    format: options.Format = None,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="Short for --format html.")] = False,
    charts: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write each chart of the page into this folder, as SVG and PNG."),
    ] = None,
    margin: options.Margin = 0.0,
    wide: Annotated[bool, typer.Option("--wide", help="Print all columns of all tables.")] = False,
    confusion: Annotated[
        bool,
        typer.Option(
            "--confusion",
            help="Take figures apart by class, too: how good each is, and which are taken for which.",
        ),
    ] = False,
    plugin: options.PluginFiles = None,
) -> None:
    """Rebuild and print the tables of a results folder from its records."""
    from ..reporting.charts import write_charts
    from .tables import loaded, no_collection, print_documents, warn, write_report

    printed = _format(format, {JSON: as_json, HTML: as_html})
    registry = loaded(plugin)
    with no_collection():
        found = write_report(folder, registry, margin, broken_down=confusion)
        if found is None:
            raise StoreError(f"{folder}: holds no records; give the folder that `bench run` made for a suite")
        if confusion and not found.breakdowns:
            warn([f"{folder}: there is nothing to take apart: no predictions of classes were kept"])
        if charts is not None:
            warn(write_charts(charts, found, registry))
        print_documents(printed, found, registry, wide=wide)


def _format(name: str | None, short: Mapping[str, bool]) -> str:
    """Return the format to print in: the one that is named, or asked for by its short option."""
    from .tables import PRINTED

    for word in (word for word, asked in short.items() if asked):
        if name not in (None, word):
            raise BenchError(f"--{word} is short for --format {word}; leave out one of the two")
        name = word
    return name or PRINTED
