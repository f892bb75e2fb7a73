"""The model card of exported weights: what they are, how good, made from what, and how to load them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ..api import Value
from ..planning.cell import Cell
from ..records.files import write_atomic
from ..records.record import Record
from ..registry import describe
from ..toolkit.files import file_digest
from ..toolkit.rendering import TextColumn, markdown, number, plain, to_markdown

if TYPE_CHECKING:
    from ..trial.export import Exported

UNKNOWN = "not stated"


def write_model_card(folder: Path, exported: Exported, record: Record) -> Path:
    """Write the card of the weights in a folder, `README.md`, and return its path.

    Raises StoreError if it cannot be written.
    """
    path = folder / "README.md"
    write_atomic(path, model_card(folder, exported, record).encode())
    return path


def model_card(folder: Path, exported: Exported, record: Record) -> str:
    """Return the card in Markdown, with front matter as the Hugging Face hub reads it.

    Whatever a record holds is shown as text.
    """
    cell = exported.cell
    sections = [
        f"---\n{yaml.safe_dump(_front_matter(cell, record), sort_keys=False, allow_unicode=True)}---",
        f"# {markdown(cell.title)}",
        _contents(exported),
        "## How to load it",
        _code(exported.python),
        "## How it was made",
        _bullets(_making(cell, record)),
        "## How good it is",
        "Of encoder and head together, on the data named above.",
        to_markdown(_quality(record)),
        "## Licences",
        _bullets(_licences(record)),
        "## Circumstances",
        _bullets(_circumstances(record)),
        "## Files",
        to_markdown(_files(folder)),
    ]
    return "\n\n".join(section.rstrip("\n") for section in sections) + "\n"


def _contents(exported: Exported) -> str:
    if exported.lack:
        return f"The encoder of this cell, as `bench` trained it, without a head: {markdown(exported.lack)}."
    classes = ", ".join(map(markdown, exported.classes))
    return f"A classifier, encoder and head, as `bench` trained it. Its classes, in order: {classes}."


def _front_matter(cell: Cell, record: Record) -> dict[str, Any]:
    backbone, objective = cell.backbone, cell.objective
    index = {"name": plain(cell.title), "results": list(_results(cell, record))}
    return {
        "license": "unknown",
        **({"library_name": backbone.requires[0]} if backbone.requires else {}),
        "tags": ["transferbench", objective.name, *map(plain, sorted(backbone.modalities()))],
        "metrics": [plain(record.primary)],
        # The hub ranks models by these, so only what was learned from the task's labels counts there.
        **({"model-index": [index]} if objective.supervised else {}),
    }


def _results(cell: Cell, record: Record) -> Iterator[dict[str, Any]]:
    for split, metrics in record.quality.items():
        yield {
            "task": {"type": cell.task.name},
            "dataset": {
                "type": cell.dataset.name,
                "name": plain(_dataset(cell)),
                "split": plain(split),
            },
            "metrics": [{"type": plain(name), "value": value} for name, value in metrics.items()],
        }


def _making(cell: Cell, record: Record) -> Iterator[str]:
    yield f"suite {record.suite}, cell {record.id}"
    yield from _recipe(cell)
    yield _told({"examples": record.data.get("examples"), **record.effective})
    parent = cell.parent
    while parent is not None:
        yield f"it started from the encoder of: {parent.title}"
        yield from _recipe(parent)
        parent = parent.parent


def _recipe(cell: Cell) -> Iterator[str]:
    settings = {name: value for name, value in describe(cell.objective).items() if name != "name"}
    yield f"backbone: {cell.backbone.spelled()}"
    yield f"objective: {cell.objective.name} ({_told(settings)})"
    yield f"data set: {_dataset(cell)} ({cell.dataset.name}), for {cell.task.name}"
    if limits := {name: value for name, value in cell.limits.identity().items() if value is not None}:
        yield f"limits: {_told(limits)}"
    if cell.artifact is not None:
        yield f"it started from an encoder in a file, of sha256 {cell.artifact.digest}"


def _dataset(cell: Cell) -> str:
    """Return what tables call the data set. Its settings are not shown: a path is nobody's business."""
    return cell.labels.get("dataset", cell.dataset.name)


def _quality(record: Record) -> list[TextColumn]:
    rows = [
        (split, name, number(value))
        for split, metrics in record.quality.items()
        for name, value in metrics.items()
    ]
    headings = ("split", "metric", "value")
    return [TextColumn(heading, [row[at] for row in rows]) for at, heading in enumerate(headings)]


def _licences(record: Record) -> Iterator[str]:
    yield f"data set: {record.data.get('licence') or UNKNOWN}"
    yield f"weights that training began from, and these: {UNKNOWN}"


def _circumstances(record: Record) -> Iterator[str]:
    yield f"begun: {record.started}, took {record.seconds:.0f} seconds"
    yield f"machine: {_told(record.machine)}"
    yield f"software: {_told(record.software)}"
    if record.git:
        yield f"git: {_told(record.git)}"
    yield from (f"note: {note}" for note in record.notes)


def _files(folder: Path) -> list[TextColumn]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != "README.md")
    return [
        TextColumn("file", [path.name for path in files]),
        TextColumn("bytes", [str(path.stat().st_size) for path in files]),
        TextColumn("sha256", [file_digest(path) for path in files]),
    ]


def _told(facts: Mapping[str, Value | Any]) -> str:
    return ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in facts.items()
    )


def _bullets(lines: Iterator[str]) -> str:
    return "".join(f"- {markdown(line)}\n" for line in lines)


def _code(text: str) -> str:
    """Return Python in a fence that nothing within it can close."""
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    shown = "".join(char if char.isprintable() or char == "\n" else "�" for char in text)
    return f"{fence}python\n{shown}\n{fence}"
