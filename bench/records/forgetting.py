"""Forgetting cells: which files of a results folder are of one, and removing them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import StoreError
from .record import Record
from .store import Store


@dataclass(frozen=True)
class Forgettable:
    """A cell of a results folder with all that is kept of it, and the cells that started from its encoder.

    `title` is what people call it. The children stay; those that are not done yet would have to wait until
    it has run again.
    """

    id: str
    title: str
    paths: Sequence[Path]
    children: Sequence[Record] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """How much it takes."""
        return sum(path.lstat().st_size for root in self.paths for path in (root, *root.rglob("*")))


def kept_of(store: Store, id: str, training: str | None = None, budget: int = 0) -> list[Path]:
    """Return what there is of a cell in a results folder; of its `training` the end at its `budget`.

    Raises StoreError for what a link has put outside the folder.
    """
    places = [
        store.record_path(id),
        store.predictions_path(id),
        *store.artifact_paths(id),
        store.checkpoint_path(id),
        store.file_path(id, ""),
        store.log_path(id),
        *store.folder.glob(f"logs/{id}-run*.log"),
        *([store.kept_checkpoint_path(training, budget)] if training else []),
    ]
    found = [path for path in places if path.exists() or path.is_symlink()]
    root = store.folder.resolve()
    for path in found:
        if not path.parent.resolve().is_relative_to(root):
            raise StoreError(f"{path}: is outside of {store.folder}, behind a link; nothing was removed")
    return found


def children_of(records: Iterable[Record], id: str) -> Iterator[Record]:
    """Give the records of cells that started from the encoder of a cell."""
    return (record for record in records if record.parent == id)


def remove(paths: Sequence[Path]) -> None:
    """Remove files and folders, links but not what they point to; the first last, a cell's record.

    So a removal that is interrupted can be repeated. Raises StoreError if one cannot be removed.
    """
    for path in reversed(paths):
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{path}: cannot be removed: {error.strerror or error}") from error
