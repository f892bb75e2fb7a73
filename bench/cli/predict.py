"""`bench predict`: what a trained model makes of new inputs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import BenchError, DataError
from ..toolkit.strict_json import to_json
from . import options

if TYPE_CHECKING:
    from ..api import Dataset, NewInput
    from ..registry import Registry
    from ..trial.live import LiveRun
    from ..trial.predicting import Prediction

LINES = "-"
"""Stands for the lines of stdin."""


def predict(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="Id of a finished cell, its beginning, its record's path, or an exported folder.",
        ),
    ],
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILES...", help="Images, texts, tables of these; - for each line of stdin."),
    ],
    as_json: options.Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print csv, for programs.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    results: options.ResultsRoot = Path("results"),
    plugin: options.PluginFiles = None,
) -> None:
    """Print what a kept model predicts of new inputs: the likeliest class, and its probability."""
    from ..trial.predicting import predictions
    from .tables import loaded

    if as_json and as_csv:
        raise BenchError("--json and --csv are two formats; leave out one of them")
    with _opened(model, results, loaded(plugin), device) as run:
        faults: list[Prediction] = []
        found = predictions(run, _inputs(run.cell.dataset, files))
        show = _print_json if as_json else _print_csv if as_csv else _print_lines
        count = show(_answered(found, faults))
    if faults:
        raise BenchError(f"{len(faults)} of {count + len(faults)} inputs could not be read")


def _opened(model: str, results: Path, registry: Registry, device: str) -> AbstractContextManager[LiveRun]:
    from ..records.find import find_cell
    from ..trial.kept import cell_model, exported_model, is_exported

    if is_exported(Path(model)):
        return exported_model(Path(model), registry, device)
    store, record = find_cell(model, results)
    return cell_model(store, record, registry, device)


def _inputs(dataset: Dataset, files: Iterable[str]) -> Iterator[NewInput | DataError]:
    for file in files:
        try:
            yield from _lines(dataset) if file == LINES else _in_file(dataset, Path(file).expanduser())
        except DataError as error:
            yield error


def _in_file(dataset: Dataset, path: Path) -> Iterator[NewInput]:
    if not path.is_file():
        raise DataError(f"{path}: {'is a folder; name its files' if path.is_dir() else 'no such file'}")
    yield from dataset.new_inputs(path)


def _lines(dataset: Dataset) -> Iterator[NewInput]:
    from ..api import NewInput

    for line in sys.stdin:
        text = line.rstrip("\r\n")
        yield NewInput(text, partial(dataset.new_input, text))


def _answered(found: Iterable[Prediction], faults: list[Prediction]) -> Iterator[Prediction]:
    """Give what was predicted; what could not be is told on stderr, and joins the faults."""
    for item in found:
        if item.fault is None:
            yield item
        else:
            print(f"bench: {': '.join(filter(None, (item.where, item.fault)))}", file=sys.stderr)
            faults.append(item)


def _print_lines(found: Iterable[Prediction]) -> int:
    """Print a line for each prediction as it comes; return how many there are."""
    from ..toolkit.rendering import plain

    count = 0
    for item in found:
        count += 1
        shown = (plain(_shown(value)) for value in item.values.values())
        print("  ".join((plain(item.where), *shown)), flush=True)
    return count


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _print_csv(found: Iterable[Prediction]) -> int:
    """Print a table with a header; return how many rows it has."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    count = 0
    for item in found:
        if count == 0:
            table.writerow(["file", *item.values])
        count += 1
        table.writerow([item.where, *map(_field, item.values.values())])
    return count


def _field(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)


def _print_json(found: Iterable[Prediction]) -> int:
    """Print a list of objects; return how many there are."""
    rows = [{"file": item.where, **item.values} for item in found]
    print(to_json(rows, indent=1, ascii=False))
    return len(rows)
