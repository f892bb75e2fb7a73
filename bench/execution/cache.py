"""What is computed once and kept: a folder an entry, whole or not there at all."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import StoreError
from ..planning.identity import digest

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Cache:
    """Entries on disk by kind and key. Two processes may build one entry at once: the first to end wins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entry(self, kind: str, key: Any) -> Path:
        """Return the folder of an entry, which need not exist; the key is plain JSON data."""
        return self.folder / kind / digest(key)[:32]

    def build(self, entry: Path, fill: Callable[[Path], None]) -> Path:
        """Return the entry's folder, filled by `fill` if it is not there; raises as `building` does."""
        if not entry.exists():
            with self.building(entry) as folder:
                fill(folder)
        return entry

    @contextmanager
    def building(self, entry: Path) -> Iterator[Path]:
        """Give a temporary folder beside the entry, to be filled; a file `complete` says that it is.

        At the end it becomes the entry, or goes if it is not complete or comes second. Raises StoreError
        if the disk is full or cannot be written; any other fault of the filling is passed on.
        """
        folder = _temporary(entry)
        try:
            yield folder
            if (folder / "complete").exists():
                _rename(folder, entry)
        except OSError as error:
            if error.errno in DISK_FULL:
                raise _unwritable(entry, error) from error
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _temporary(entry: Path) -> Path:
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=entry.parent, prefix=".building-"))
    except OSError as error:
        raise _unwritable(entry, error) from error


def _rename(folder: Path, entry: Path) -> None:
    try:
        folder.rename(entry)
    except OSError:
        if not entry.exists():
            raise


def _unwritable(entry: Path, error: OSError) -> StoreError:
    return StoreError(f"{entry}: cannot be written: {error.strerror or error}")
