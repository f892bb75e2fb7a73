"""`bench export`: the cells of results in the formats of other programs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import BenchError, StoreError
from . import options


def export(
    folders: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Folders of suites' results.")],
    format: Annotated[str, typer.Option(metavar="NAME", help="Which format; see `bench list exporters`.")],
    to: Annotated[
        Path, typer.Option(metavar="FOLDER|FILE", help="Where to write; a file if the format makes only one.")
    ],
    set: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Set a setting of the format. Repeatable.")
    ] = None,
    plugin: options.PluginFiles = None,
) -> None:
    """Write the cells of results for another program to read."""
    from ..records.results import Results
    from ..reporting import exported_by, write_documents
    from ..reporting.sheet import make_sheet
    from .tables import loaded, no_collection, warn

    settings = _settings(set or [])
    registry = loaded(plugin)
    with no_collection():
        results = Results.of(*folders)
        warn(results.unreadable)
        if not results.records:
            named = ", ".join(map(str, folders))
            raise StoreError(f"{named}: holds no records; give the folder that `bench run` made for a suite")
        documents = exported_by(format, make_sheet(results.records), registry, settings)
    for path in write_documents(documents, to):
        print(path)


def _settings(given: Iterable[str]) -> dict[str, Any]:
    """Return settings that are given as `key=value`, each value a scalar of YAML."""
    from ..planning.scalars import scalar

    settings: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise BenchError(f"--set {text}: must be key=value")
        try:
            settings[key] = scalar(value, plain=True)
        except ValueError as error:
            raise BenchError(f"--set {key}: {error}") from error
    return settings
