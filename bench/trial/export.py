"""The model of a finished cell, written for the library that its backbone comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError

from ..api import Classifier
from ..errors import StoreError
from ..planning.cell import Cell
from ..records.files import permit_as_new
from ..records.record import Record
from ..records.store import Store
from ..registry import Registry
from ..toolkit.heads import as_linear
from ..toolkit.messages import one_line
from .kept import artifact_of, cell_model, write_model
from .live import LiveRun


@dataclass(frozen=True)
class Exported:
    """What was written: the cell, Python that loads it, and the classes that it tells apart.

    Without these it is the encoder alone, and `lack` says why.
    """

    cell: Cell
    python: str
    classes: tuple[str, ...] = ()
    lack: str = ""


def export_model(store: Store, record: Record, registry: Registry, folder: Path) -> Exported:
    """Write a cell's trained encoder, and its head where that is a linear layer, into a new or empty folder.

    Raises StoreError if the cell is not done, its encoder was not kept, or the folder is of no use;
    WeightsError if it cannot be read, or no longer fits its backbone; BenchError for a plugin not installed.
    """
    artifact_of(store, record)
    _check_free(folder)
    with cell_model(store, record, registry, "cpu") as run:
        classifier = _classifier(run)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            python = run.cell.backbone.export(run.encoder, folder.resolve(), classifier)
            write_model(run, record, folder)
            for path in folder.rglob("*"):
                if path.is_file():
                    permit_as_new(path)
        except (OSError, SafetensorError) as error:
            raise StoreError(f"{folder}: cannot be written: {one_line(error)}") from error
        if classifier is None:
            return Exported(run.cell, python, lack=_lack(run))
        return Exported(run.cell, python, classifier.classes)


def _classifier(run: LiveRun) -> Classifier | None:
    """Return the head as a linear layer whose outputs are the classes; None if it is none."""
    heads = run.heads
    layer = as_linear(heads["head"]) if heads.keys() == {"head"} else None
    if layer is None or layer.out_features != len(run.info.classes):
        return None
    return Classifier(layer, run.info.classes)


def _lack(run: LiveRun) -> str:
    if not run.heads:
        return "no head was kept of it"
    return "its head is not one linear layer over the pooled features, so no library has a place for it"


def _check_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder}: is there already, and not an empty folder; give another")
