"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..planning import Overrides


class Printed(StrEnum):
    """How an answer is printed that no writer renders."""

    text = "text"
    markdown = "markdown"
    json = "json"


SuiteFile = Annotated[Path, typer.Argument(metavar="SUITE", help="Suite file, in YAML.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
PluginFiles = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Also use the plugins of this Python file. Repeatable."),
]
CellId = Annotated[
    str,
    typer.Argument(metavar="CELL", help="Id of a finished cell, its beginning, or its record's path."),
]
ResultsRoot = Annotated[Path, typer.Option(help="Folder with the folders of suites.")]
Only = Annotated[
    str | None,
    typer.Option(
        metavar="PATTERN",
        help="Only cells whose title contains this, or fits it as a shell pattern, and their parents.",
    ),
]
Titles = Annotated[
    str | None,
    typer.Option(
        "--only",
        metavar="PATTERN",
        help="Only cells whose title contains this, or fits it as a shell pattern.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Print what this writer makes of them; see `bench list writers`."),
]
Margin = Annotated[
    float,
    typer.Option(metavar="X", min=0, help="Call figures the same that surely differ by less than this."),
]
Limit = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Set a limit, as in steps=10. Repeatable."),
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:N or mps, in place of the suite's.")]
Seed = Annotated[list[int] | None, typer.Option(help="This seed in place of the suite's. Repeatable.")]
BatchSize = Annotated[int | None, typer.Option(help="Examples in a training batch.")]
Set = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=VALUE", help="Set any key, as in matrix.dataset=digits. Repeatable."),
]


def overrides(
    *,
    limit: Sequence[str] | None = None,
    device: str | None = None,
    seed: Sequence[int] | None = None,
    batch_size: int | None = None,
    set: Sequence[str] | None = None,
    executor: str | None = None,
) -> Overrides:
    """Return what the options change in a suite."""
    from ..planning import Overrides

    return Overrides(
        limits=tuple(limit or ()),
        device=device,
        seeds=tuple(seed or ()),
        batch_size=batch_size,
        executor=executor,
        sets=tuple(set or ()),
    )
