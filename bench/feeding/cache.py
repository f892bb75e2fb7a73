"""What is computed once and kept: a folder an entry, whole or not there at all.

    <kind>/<name>/            an entry; its file `complete` is locked (shared) by each process that uses it
    <kind>/.building-<name>/  one that is being built
    <kind>/.lock-<name>       locked by the process that builds it; the next one waits
    <kind>/.removed-.../      one that is being removed

Locks are the kernel's (`flock`): those of a process go when it dies.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from weakref import finalize

from ..errors import StoreError
from ..planning.identity import digest

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
BUILDING, LOCK, REMOVED = ".building-", ".lock-", ".removed-"


@dataclass(frozen=True)
class Entry:
    """Something that is kept: its kind, place, size, and when it was last asked for (seconds, Unix)."""

    kind: str
    folder: Path
    bytes: int
    used: float


class TooLarge(Exception):
    """An entry would take more than the whole cache may."""

    def __init__(self, size: int, limit: int) -> None:
        self.size, self.limit = size, limit
        super().__init__(f"{size} bytes, and the cache is bound to {limit}")


class Cache:
    """Entries on disk by kind and key, together at most `limit` bytes if one is given.

    An entry that was asked for stays until `close`; any process removes others, those used longest ago
    first, when it has built one. So the limit is exceeded by no more than what is in use.
    """

    def __init__(self, folder: Path, limit: int | None = None) -> None:
        self.folder = folder
        self.limit = limit
        self._held: dict[Path, IO[bytes]] = {}
        self._release = finalize(self, _close, self._held)

    def close(self) -> None:
        """Release all entries."""
        _close(self._held)

    def entry(self, kind: str, key: Any) -> Path:
        """Return the folder of an entry, which need not exist; the key is plain JSON data."""
        return self.folder / kind / digest(key)[:32]

    def has(self, entry: Path) -> bool:
        """Tell whether an entry is there. If so, it counts as used now, and stays until `close`."""
        complete = entry / "complete"
        if entry not in self._held:
            file = _lock(complete, "rb", fcntl.LOCK_SH)
            if file is None:
                return False
            self._held[entry] = file
        with suppress(OSError):
            os.utime(complete)
        return True

    def build(self, entry: Path, fill: Callable[[Path], None]) -> Path:
        """Return the entry's folder, filled by `fill` if it is not there; raises as `building` does."""
        if not self.has(entry):
            with self.claim(entry):
                if not self.has(entry):
                    with self.building(entry) as folder:
                        fill(folder)
        return entry

    def remember(self, kind: str, key: Mapping[str, Any], compute: Callable[[], Any]) -> Any:
        """Return what `compute` gives, plain JSON data; it is computed once for a key."""

        def fill(folder: Path) -> None:
            (folder / "value.json").write_text(json.dumps(compute()))
            (folder / "complete").touch()

        return json.loads((self.build(self.entry(kind, dict(key)), fill) / "value.json").read_text())

    @contextmanager
    def claim(self, entry: Path) -> Iterator[None]:
        """Wait until nobody else builds an entry, and let nobody else do so meanwhile.

        Raises StoreError if the folder cannot be written.
        """
        with _writable(entry):
            file = None
            while file is None:
                entry.parent.mkdir(parents=True, exist_ok=True)
                file = _lock(_lock_file(entry), "wb", fcntl.LOCK_EX)
        with file:
            try:
                yield
            finally:
                _lock_file(entry).unlink(missing_ok=True)

    @contextmanager
    def building(self, entry: Path) -> Iterator[Path]:
        """Give whoever has claimed the entry a folder to fill; a file `complete` in it says that it is done.

        At the end it becomes the entry, or is removed if it is not complete or the entry is there already.
        Raises StoreError if the disk is full or cannot be written; other errors of the filling are passed on.
        """
        folder = entry.with_name(BUILDING + entry.name)
        shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
        try:
            with _writable(entry):
                folder.mkdir()
            with _writable(entry, only=DISK_FULL):
                yield folder
            if (folder / "complete").exists() and not self.has(entry):
                shutil.rmtree(entry, ignore_errors=True)  # what is there without that file is damaged
                folder.rename(entry)
                self.has(entry)
                self.shrink()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def check(self, size: float) -> None:
        """Raise TooLarge if the whole cache may not take so many bytes."""
        if self.limit is not None and size > self.limit:
            raise TooLarge(round(size), self.limit)

    def entries(self) -> list[Entry]:
        """Return all entries, those used longest ago first."""
        whole = [path.parent for path in self.folder.glob("*/[!.]*/complete")]
        found = [_entry(folder) for folder in whole]
        return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.used)

    def shrink(self) -> list[Entry]:
        """Remove the entries used longest ago, but for those in use, until the others are within the limit.

        Returns the removed ones. What killed processes left half done is removed too.
        """
        self._sweep()
        entries = self.entries()
        size = sum(entry.bytes for entry in entries)
        removed = []
        for entry in entries:
            if self.limit is None or size <= self.limit:
                break
            if _remove(entry.folder):
                size -= entry.bytes
                removed.append(entry)
        return removed

    def _sweep(self) -> None:
        for folder in self.folder.glob(f"*/{REMOVED}*"):
            shutil.rmtree(folder, ignore_errors=True)
        for folder in self.folder.glob(f"*/{BUILDING}*"):
            entry = folder.with_name(folder.name.removeprefix(BUILDING))
            file = _lock(_lock_file(entry), "wb", fcntl.LOCK_EX | fcntl.LOCK_NB)
            if file is not None:
                with file:
                    shutil.rmtree(folder, ignore_errors=True)
                    _lock_file(entry).unlink(missing_ok=True)


def _lock(path: Path, mode: str, how: int) -> IO[bytes] | None:
    """Return a file that is locked; None if it is not there, or has gone before it could be locked.

    None too if another process has locked it and `how` is not to wait.
    """
    try:
        file: IO[bytes] = path.open(mode)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(file, how)
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def _lock_file(entry: Path) -> Path:
    return entry.with_name(LOCK + entry.name)


def _close(held: dict[Path, IO[bytes]]) -> None:
    while held:
        held.popitem()[1].close()


def _entry(folder: Path) -> Entry | None:
    """Return what is known of an entry; None if another process has just removed it."""
    try:
        size = sum(path.stat().st_size for path in folder.iterdir())
        return Entry(folder.parent.name, folder, size, (folder / "complete").stat().st_mtime)
    except FileNotFoundError:
        return None


def _remove(folder: Path) -> bool:
    """Remove an entry that nobody uses; as it is renamed first, nobody ever finds half of it."""
    file = _lock(folder / "complete", "rb+", fcntl.LOCK_EX | fcntl.LOCK_NB)
    if file is None:
        return False
    with file, suppress(OSError):
        gone = Path(tempfile.mkdtemp(dir=folder.parent, prefix=REMOVED))
        folder.rename(gone / "entry")
        shutil.rmtree(gone, ignore_errors=True)
        return True
    return False


@contextmanager
def _writable(entry: Path, only: frozenset[int] | None = None) -> Iterator[None]:
    """Turn an OSError, or `only` one with these numbers, into a StoreError."""
    try:
        yield
    except OSError as error:
        if only is not None and error.errno not in only:
            raise
        raise StoreError(f"{entry}: cannot be written: {error.strerror or error}") from error
