"""What is computed once and kept: a folder an entry, whole or not there at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import StoreError
from ..planning.identity import digest


class Cache:
    """Entries on disk by kind and key. Two processes may build one entry at once: the first to end wins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entry(self, kind: str, key: Any) -> Path:
        """Return the folder of an entry, which need not exist; the key is plain JSON data."""
        return self.folder / kind / digest(key)[:32]

    def build(self, entry: Path, fill: Callable[[Path], None]) -> Path:
        """Return the entry's folder, filled by `fill` in a temporary folder first if it is not there.

        Raises StoreError if the disk is full or cannot be written.
        """
        if not entry.exists():
            building = self.begin(entry)
            try:
                fill(building)
            except OSError as error:
                raise self._unwritable(entry, error) from error
            finally:
                self.finish(building, entry, complete=_complete(building))
        return entry

    def begin(self, entry: Path) -> Path:
        """Return a temporary folder beside the entry, to be filled and then given to `finish`."""
        try:
            entry.parent.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(dir=entry.parent, prefix=".building-"))
        except OSError as error:
            raise self._unwritable(entry, error) from error

    def finish(self, building: Path, entry: Path, *, complete: bool) -> None:
        """Put a filled folder in its place, or remove it if it is not complete or comes second."""
        if complete and not entry.exists():
            try:
                building.rename(entry)
                return
            except OSError:
                if not entry.exists():
                    raise
        shutil.rmtree(building, ignore_errors=True)

    def _unwritable(self, entry: Path, error: OSError) -> StoreError:
        return StoreError(f"{entry}: cannot be written: {error.strerror or error}")


def _complete(building: Path) -> bool:
    return (building / "complete").exists()
