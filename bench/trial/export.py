"""The encoder of a finished cell, written for the library that its backbone comes from."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError

from ..errors import BenchError, StoreError
from ..planning.cell import Cell
from ..records.files import permit_as_new
from ..records.record import Record
from ..records.store import Store
from ..registry import Registry
from ..toolkit.messages import one_line
from .artifacts import load_encoder


def export_encoder(store: Store, record: Record, registry: Registry, folder: Path) -> tuple[Cell, str]:
    """Write a cell's trained encoder into a new or empty folder; return the cell, and Python that loads it.

    Raises StoreError if the cell is not done, its encoder was not kept, or the folder is of no use;
    WeightsError if it cannot be read, or no longer fits its backbone; BenchError for a plugin not installed.
    """
    artifact = _artifact(store, record)
    _check_free(folder)
    cell = _cell(record, registry)
    encoder = cell.backbone.load()
    load_encoder(encoder, artifact)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        python = cell.backbone.export(encoder, folder.resolve())
        for path in folder.rglob("*"):
            if path.is_file():
                permit_as_new(path)
    except (OSError, SafetensorError) as error:
        raise StoreError(f"{folder}: cannot be written: {one_line(error)}") from error
    return cell, python


def _artifact(store: Store, record: Record) -> Path:
    if record.status != "done":
        raise StoreError(f"cell {record.id} is not done but {record.status}: {record.reason}")
    artifact = store.artifact_path(record.id)
    if not artifact.exists():
        raise StoreError(f"{artifact}: the encoder was not kept; run the cell again with --keep-encoders")
    return artifact


def _check_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder}: is there already, and not an empty folder; give another")


def _cell(record: Record, registry: Registry) -> Cell:
    try:
        return Cell.from_spec(record.cell, registry)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or error.title
        raise BenchError(
            f"cell {record.id}: was made by another version of its plugins ({where}: {fault['msg']})"
        ) from error
