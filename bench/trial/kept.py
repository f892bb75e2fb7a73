"""Models that were kept, live again: of a finished cell, or of a folder that one was exported to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from ..api import Encoder
from ..errors import BenchError, StoreError
from ..feeding.cache import Cache
from ..feeding.facts import info_of
from ..feeding.features import look
from ..planning.cell import Cell
from ..records.files import write_atomic
from ..records.record import Record
from ..records.store import Store
from ..registry import Registry
from .arithmetic import steady_arithmetic
from .artifacts import load_encoder, load_heads, read_description, save_heads
from .live import LiveRun

FOLDER = "bench"
"""Where an exported folder holds what only `bench` reads."""


@contextmanager
def cell_model(store: Store, record: Record, registry: Registry, device: str) -> Iterator[LiveRun]:
    """Give the encoder of a finished cell, and its head if it has one, as a run in fp32.

    Raises StoreError if the cell is not done, or its encoder was not kept; WeightsError if that cannot be
    read, or does not fit its backbone any longer; BenchError for a plugin that is not installed.
    """
    artifact = artifact_of(store, record)
    cell = cell_of(record.cell, registry, record.id)
    description = read_description(artifact.with_suffix(".json"))

    def load() -> Encoder:
        encoder = cell.backbone.load()
        load_encoder(encoder, artifact)
        return encoder

    with _live(cell, description.get("info"), load, store.head_path(record.id), device) as run:
        yield run


@contextmanager
def exported_model(folder: Path, registry: Registry, device: str) -> Iterator[LiveRun]:
    """Give the model that `write_model` and its backbone wrote into a folder, as a run in fp32.

    Raises WeightsError if it cannot be read; BenchError for a plugin that is not installed.
    """
    description = read_description(folder / FOLDER / "model.json")
    cell = cell_of(description["cell"], registry, str(folder))
    heads = folder / FOLDER / "head.safetensors"
    load = partial(cell.backbone.load_exported, folder)
    with _live(cell, description.get("info"), load, heads, device) as run:
        yield run


def is_exported(folder: Path) -> bool:
    """Tell whether a path is a folder that a model was exported to."""
    return (folder / FOLDER / "model.json").is_file()


def write_model(run: LiveRun, record: Record, folder: Path) -> None:
    """Write beside exported weights what `exported_model` needs; no path of the data is in it."""
    known = {"name", *type(run.cell.dataset).model_fields}
    dataset = {name: value for name, value in record.identity["dataset"].items() if name in known}
    spec = {**record.cell, "dataset": dataset, "parent": None, "artifact": None}
    description = {"cell": spec, "info": asdict(run.info)}
    write_atomic(folder / FOLDER / "model.json", json.dumps(description, indent=1).encode())
    save_heads(run.heads, folder / FOLDER / "head.safetensors")


@contextmanager
def _live(
    cell: Cell,
    facts: Mapping[str, Any] | None,
    load: Callable[[], Encoder],
    heads: Path,
    device: str,
) -> Iterator[LiveRun]:
    settings = cell.settings.model_copy(update={"precision": "fp32", "compile": False})
    with TemporaryDirectory(prefix="bench-") as folder:
        run = LiveRun(replace(cell, settings=settings, device=device), Cache(Path(folder)))
        steady_arithmetic(run.device)
        if facts is not None:
            run.supply.selection.info = info_of(facts)
        run.encoder = load().to(run.device).eval()
        look(run.encoder, cell.task)
        if heads.is_file():
            run.cell.objective.rebuild(run)
            load_heads(run.heads, heads)
        yield run


def artifact_of(store: Store, record: Record) -> Path:
    """Return the encoder of a cell. Raises StoreError if it is not done, or its encoder was not kept."""
    if record.status != "done":
        raise StoreError(f"cell {record.id} is not done but {record.status}: {record.reason}")
    artifact = store.artifact_path(record.id)
    if not artifact.exists():
        raise StoreError(f"{artifact}: the encoder was not kept; run the cell again with --keep-encoders")
    return artifact


def cell_of(spec: Mapping[str, Any], registry: Registry, where: str) -> Cell:
    """Return the cell of a record.

    Raises BenchError if a plugin is not installed, or no longer takes the settings; `where` is for messages.
    """
    try:
        return Cell.from_spec(spec, registry)
    except ValidationError as error:
        fault = error.errors()[0]
        setting = ".".join(map(str, fault["loc"])) or error.title
        raise BenchError(
            f"cell {where}: was made by another version of its plugins ({setting}: {fault['msg']})"
        ) from error
