"""Claims: a results folder is held by one run at a time, and everybody can see by which."""

from __future__ import annotations

import fcntl
import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import StoreError
from .files import remove_leftovers

FILE = ".lock"


class Holder(BaseModel):
    """Who holds a folder: a process on a host, since when, and the cells it runs, by id, and since when.

    Times are UTC in ISO 8601.
    """

    model_config = ConfigDict(frozen=True)

    host: str
    pid: int
    since: str
    cells: Mapping[str, str] = Field(default_factory=dict)

    @classmethod
    def here(cls) -> Holder:
        """Return this process, from now on."""
        return cls(
            host=platform.node(), pid=os.getpid(), since=datetime.now(UTC).isoformat(timespec="seconds")
        )

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"process {self.pid} on {self.host}, since {self.since}"


class Claim:
    """A folder that this process holds. The kernel lets go of it when the process ends, however it does."""

    def __init__(self, folder: Path, lock: IO[str]) -> None:
        self.folder = folder
        self._lock = lock
        self._holder = Holder.here()
        self.say({})

    def say(self, cells: Mapping[str, str]) -> None:
        """Let everybody see which cells run, and since when; this does not wait for the disk."""
        text = self._holder.model_copy(update={"cells": cells}).model_dump_json()
        self._lock.truncate(0)
        self._lock.write(text)
        self._lock.flush()

    def check(self) -> None:
        """Raise StoreError if the folder or the claim are no longer where they were."""
        with suppress(OSError):
            if os.path.samestat(os.stat(self.folder / FILE), os.fstat(self._lock.fileno())):
                return
        raise StoreError(
            f"{self.folder}: moved or removed while a run was using it, or its claim ({FILE}) was; "
            "the run stops, and what is finished is where the folder is now"
        )


@contextmanager
def claimed(folder: Path) -> Iterator[Claim]:
    """Hold a folder, which is made if need be; what writers that were killed have left there goes.

    Raises StoreError at once if another run holds it: two would do the same cells twice.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / FILE).open("a+")
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror or error}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"{folder}: another run is using it{_by(lock)}; wait for it, or give another --results folder"
            ) from None
        except OSError as error:
            raise StoreError(f"{folder}: cannot be locked: {error.strerror or error}") from error
        claim = Claim(folder, lock)
        remove_leftovers(folder)
        yield claim


def holder_of(folder: Path) -> Holder | None:
    """Return who holds a folder now; None if nobody does, or it cannot be told."""
    try:
        lock = (folder / FILE).open()
    except OSError:
        return None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(lock)
        except OSError:
            return None
    return None


def _by(lock: IO[str]) -> str:
    holder = _read(lock)
    return f" ({holder})" if holder else ""


def _read(lock: IO[str]) -> Holder | None:
    try:
        lock.seek(0)
        return Holder.model_validate(json.loads(lock.read()))
    except (OSError, ValueError, ValidationError):
        return None
