"""`bench compare`: results beside results, and whether anything was lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import BenchError
from . import options

if TYPE_CHECKING:
    from ..records.results import Results
    from ..registry import Registry
    from ..reporting.comparing import Compared, Side


def compare(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="RESULTS...", help="Results folders; the first is what others are held to."),
    ],
    by: Annotated[
        str | None,
        typer.Option(metavar="AXIS", help="Compare the values of an axis in one folder: backbone, ..."),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIGURE[:TOLERANCE],...",
            help="Exit with 1 if more is surely lost: accuracy:1%,train_samples_per_s. Repeatable.",
        ),
    ] = None,
    margin: Annotated[
        str,
        typer.Option(
            metavar="X[,Y%]",
            help="Call the same what surely differs by less: quality ('0.5 points', 0.005), resources (5%).",
        ),
    ] = "",
    only: options.Titles = None,
    format: Annotated[options.Printed, typer.Option(help="How to print it.")] = options.Printed.text,
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    plugin: options.PluginFiles = None,
) -> None:
    """Compare results folders, rows of the same labels, or the values of an axis in one."""
    from ..reporting.comparing import compare as compare_sides
    from ..reporting.comparing import parse_margins, parse_tolerances
    from ..reporting.evidence import Evidence
    from .tables import loaded, no_collection

    if (by is None) == (len(folders) == 1):
        raise BenchError("give two results folders or more, or one and --by AXIS")
    if by is not None and fail_on:
        raise BenchError("--fail-on holds one results folder to another; leave out --by, or --fail-on")
    tolerances = parse_tolerances(fail_on or [], "--fail-on")
    margins = parse_margins(margin, "--margin")
    with no_collection():
        registry = loaded(plugin)
        results, sides = _sides(folders, by, only)
        compared = compare_sides(
            sides,
            Evidence(results, registry),
            axis=by,
            margins=margins,
            tolerances=tolerances,
            repeated=_repeated(registry),
        )
    print(_printed(compared, options.Printed.json if as_json else format), end="")
    if compared.faults:
        raise BenchError("\n".join(compared.faults))
    if tolerances and compared.failed:
        raise typer.Exit(1)


def _sides(folders: Sequence[Path], axis: str | None, only: str | None) -> tuple[Results, list[Side]]:
    """Return the results of all folders together, and what is compared: folders, or the values of an axis."""
    from ..records.conditions import quality_condition
    from ..records.find import suite_folders
    from ..records.results import Results
    from ..reporting.comparing import Side, sides_by_axis
    from ..reporting.selecting import newest, selected
    from ..reporting.standings import Standings
    from .tables import warn

    found = [Results.of(*suite_folders(folder)) for folder in folders]
    for results in found:
        warn(results.unreadable)
    records = [newest(selected(results.records, only), quality_condition) for results in found]
    rows = [Standings(part).quality for part in records]
    if axis is not None:
        return found[0], sides_by_axis(rows[0], axis)
    sides = [Side(str(folder), part) for folder, part in zip(folders, rows, strict=True)]
    return Results([store for results in found for store in results.stores]), sides


def _repeated(registry: Registry) -> list[tuple[str, str]]:
    """Return the figures that each further run of a cell measures, by table and name."""
    meters = [meter for meter in registry.meters() if meter.exclusive]
    return [(meter.table, figure.name) for meter in meters for figure in meter.figures]


def _printed(compared: Compared, format: options.Printed) -> str:
    from ..reporting.comparing import to_data, to_markdown_page, to_text
    from ..toolkit.rendering import harmless_json

    if format is options.Printed.json:
        return harmless_json(to_data(compared)) + "\n"
    return to_text(compared) if format is options.Printed.text else to_markdown_page(compared)
