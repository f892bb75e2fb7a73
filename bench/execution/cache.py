"""What is computed once and kept: a folder an entry, whole or not there at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from ..errors import StoreError
from ..planning.identity import digest

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
BUILDING = ".building-"
ABANDONED_SECONDS = 24 * 3600
"""What nobody has added to for so long was left behind by a process that was killed."""


@dataclass(frozen=True)
class Entry:
    """Something that is kept: its kind, where, how large, and when it was asked for last (seconds, Unix)."""

    kind: str
    folder: Path
    bytes: int
    used: float


class Cache:
    """Entries on disk by kind and key. Two processes may build one entry at once: the first to end wins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entry(self, kind: str, key: Any) -> Path:
        """Return the folder of an entry, which need not exist; the key is plain JSON data.

        An entry that is there counts as used now.
        """
        folder = self.folder / kind / digest(key)[:32]
        with suppress(OSError):
            os.utime(folder / "complete")
        return folder

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

    def entries(self) -> list[Entry]:
        """Return all entries, those used longest ago first."""
        whole = [path.parent for path in self.folder.glob("*/*/complete") if path.parent.name[0] != "."]
        found = [_entry(folder) for folder in whole]
        return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.used)

    def clear(self) -> list[Entry]:
        """Remove all entries, and return them."""
        return self.shrink(0)

    def shrink(self, limit: int) -> list[Entry]:
        """Remove the entries used longest ago until those that are left take at most `limit` bytes.

        Returns the removed ones. What processes that were killed have left half done goes too.
        """
        self._sweep()
        entries = self.entries()
        size = sum(entry.bytes for entry in entries)
        removed = []
        for entry in entries:
            if size <= limit:
                break
            _remove(entry.folder)
            size -= entry.bytes
            removed.append(entry)
        return removed

    def _sweep(self) -> None:
        for folder in self.folder.glob(f"*/{BUILDING}*"):
            with suppress(OSError):
                newest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
                if time() - newest > ABANDONED_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)


def _entry(folder: Path) -> Entry | None:
    """Return what is known of an entry; None if another process has just removed it."""
    try:
        size = sum(path.stat().st_size for path in folder.iterdir())
        return Entry(folder.parent.name, folder, size, (folder / "complete").stat().st_mtime)
    except FileNotFoundError:
        return None


def _remove(folder: Path) -> None:
    """Remove an entry; as it is renamed first, nobody ever finds half of it."""
    with suppress(OSError):
        gone = Path(tempfile.mkdtemp(dir=folder.parent, prefix=BUILDING)) / "removed"
        folder.rename(gone)
        shutil.rmtree(gone.parent, ignore_errors=True)


def _temporary(entry: Path) -> Path:
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=entry.parent, prefix=BUILDING))
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
