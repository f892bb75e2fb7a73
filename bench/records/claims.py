"""Claims: a results folder is held by one run at a time, and everybody can see by which."""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import StoreError
from .files import remove_leftovers

FILE = ".lock"
LONGEST = 2**20
LOOKS = 3
LOOK_SECONDS = 0.05
"""A folder is held by whoever looks who holds it, for a moment; a run still holds it after so many looks."""


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

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._lock = lock
        self._holder = Holder.here()
        self.say({})

    def say(self, cells: Mapping[str, str]) -> None:
        """Let everybody see which cells run, and since when; this neither waits for the disk nor needs it."""
        line = f"{self._holder.model_copy(update={'cells': cells}).model_dump_json()}\n".encode()
        with suppress(OSError):  # of a full disk a record will tell
            # Others read the first line: this one or the one before, as there always is one.
            os.pwrite(self._lock, line, 0)
            os.ftruncate(self._lock, len(line))

    def check(self) -> None:
        """Raise StoreError if the folder or the claim are no longer where they were."""
        with suppress(OSError):
            if os.path.samestat(os.stat(self.folder / FILE), os.fstat(self._lock)):
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
        lock = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror or error}") from error
    try:
        _hold(folder, lock)
        claim = Claim(folder, lock)
        remove_leftovers(folder)
        yield claim
    finally:
        os.close(lock)


def _hold(folder: Path, lock: int) -> None:
    for _ in range(LOOKS):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            sleep(LOOK_SECONDS)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be locked: {error.strerror or error}") from error
    holder = _read(lock)
    by = f" ({holder})" if holder else ""
    raise StoreError(f"{folder}: another run is using it{by}; wait for it, or give another --results folder")


def holder_of(folder: Path) -> Holder | None:
    """Return who holds a folder now; None if nobody does, or it cannot be told."""
    try:
        lock = os.open(folder / FILE, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # not for ever, of a pipe
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(lock)
    except OSError:
        return None
    finally:
        os.close(lock)
    return None


def _read(lock: int) -> Holder | None:
    try:
        line, _, _ = os.pread(lock, LONGEST, 0).partition(b"\n")
        return Holder.model_validate_json(line)
    except (OSError, ValidationError):
        return None
