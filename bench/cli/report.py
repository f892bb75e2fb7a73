"""`bench report`: make the tables again from the records alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import BenchError, StoreError
from . import options

JSON = "json"


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a suite's results, such as results/vision.")],
    format: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Print what this writer makes of them; see `bench list writers`."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    margin: Annotated[
        float,
        typer.Option(metavar="X", min=0, help="Call figures the same that surely differ by less than this."),
    ] = 0.0,
    wide: Annotated[bool, typer.Option("--wide", help="Print all columns of all tables.")] = False,
    plugin: options.PluginFiles = None,
) -> None:
    """Rebuild and print the tables of a results folder from its records."""
    from ..registry import load
    from .tables import PRINTED, no_collection, print_documents, warn, write_report

    if as_json and format not in (None, JSON):
        raise BenchError("--json is short for --format json; leave out one of the two")
    registry = load(plugin or [])
    warn(f"plugin {item.owner} is broken: {item.reason}" for item in registry.broken)
    with no_collection():
        found = write_report(folder, registry, margin)
        if found is None:
            raise StoreError(f"{folder}: holds no records; give the folder that `bench run` made for a suite")
        print_documents(JSON if as_json else format or PRINTED, found, registry, wide=wide)
