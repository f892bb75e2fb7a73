"""Claims: one run holds a results folder alone, or several have joined on it; everybody can see which."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import Protocol

from pydantic import ValidationError

from ..errors import StoreError
from .files import remove_leftovers
from .holders import Holder
from .runs import CLAIM, JOINED, joined_runs

FILE = ".lock"
LONGEST = 2**20
LOOKS = 3
LOOK_SECONDS = 0.05
"""A folder is held by whoever looks who holds it, for a moment; a run still holds it after so many looks."""


class Claim(Protocol):
    """What a run holds of a results folder."""

    @property
    def aside(self) -> Path | None:
        """Where files are written until they are complete; None for beside their places."""

    def check(self) -> None:
        """Raise StoreError if it is no longer held, or the folder is no longer where it was."""

    def say(self, cells: Mapping[str, str]) -> None:
        """Let everybody see which cells run, and since when; this neither waits for the disk nor needs it."""

    def take(self, id: str) -> bool:
        """Hold a cell; tell whether that was possible. Raises StoreError if the folder cannot be written."""

    def let_go(self, id: str) -> None:
        """Hold a cell no longer."""

    def place(self, id: str) -> Path:
        """Return the folder where the files of a cell that is held lie while it runs."""

    def bring_home(self, id: str, name: Path) -> None:
        """Move a file from that place to its place in the results folder, which has the same name.

        Raises StoreError if that is not possible.
        """


class SoleClaim:
    """A folder that this process alone holds. The kernel lets go of it when it ends, however it does."""

    aside = None

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._lock = lock
        self._holder = Holder.here()
        self.say({})

    def say(self, cells: Mapping[str, str]) -> None:
        """Let everybody see which cells run."""
        line = f"{self._holder.model_copy(update={'cells': cells}).model_dump_json()}\n".encode()
        with suppress(OSError):  # of a full disk a record will tell
            overwrite(self._lock, line)

    def check(self) -> None:
        """Raise StoreError if the folder or the claim are no longer where they were."""
        with suppress(OSError):
            if os.path.samestat(os.stat(self.folder / FILE), os.fstat(self._lock)):
                return
        raise moved(self.folder, FILE)

    def take(self, id: str) -> bool:
        """Return True: nobody else takes cells."""
        return True

    def let_go(self, id: str) -> None:
        """Nobody waits for it."""

    def place(self, id: str) -> Path:
        """Return the folder itself."""
        return self.folder

    def bring_home(self, id: str, name: Path) -> None:
        """Do nothing: it is there."""


@contextmanager
def claimed(folder: Path) -> Iterator[SoleClaim]:
    """Hold a folder, which is made if need be; what writers that were killed have left there goes.

    Raises StoreError at once if another run holds it: two would do the same cells twice.
    """
    with locked(folder, fcntl.LOCK_EX) as lock:
        claim = SoleClaim(folder, lock)
        remove_leftovers(folder)
        _remove_joined(folder)
        yield claim


@contextmanager
def locked(folder: Path, how: int) -> Iterator[int]:
    """Lock a folder, which is made if need be: LOCK_EX for one run alone, LOCK_SH for those that join.

    Gives the descriptor of the file that is locked. Raises StoreError if a run holds the folder the other
    way. Where a file system has no locks, no run has it for itself, so that others may join.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror or error}") from error
    try:
        _hold(folder, lock, how)
        yield lock
    finally:
        os.close(lock)


def _hold(folder: Path, lock: int, how: int) -> None:
    for _ in range(LOOKS):
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            sleep(LOOK_SECONDS)
        except OSError as error:
            if how == fcntl.LOCK_SH:
                return
            reason = error.strerror or error
            raise StoreError(f"{folder}: cannot be locked: {reason}; --join needs no locks") from error
    raise _refused(folder, lock)


def _refused(folder: Path, lock: int) -> StoreError:
    if joined := joined_runs(folder):
        first, *others = joined.values()
        more = f" and {len(others)} more" if others else ""
        return StoreError(f"{folder}: runs have joined on it ({first}{more}); wait for them, or run --join")
    holder = _read(lock)
    by = f" ({holder})" if holder else ""
    return StoreError(f"{folder}: another run is using it{by}; wait for it, or give another --results folder")


def _remove_joined(folder: Path) -> None:
    """Remove what runs have left that had joined, and were killed."""
    for claim in folder.glob(f"cells/*{CLAIM}"):
        with suppress(OSError):
            claim.unlink()
    shutil.rmtree(folder / JOINED, ignore_errors=True)


def moved(folder: Path, file: str) -> StoreError:
    """Return the error of a run whose folder, or claim in it, is no longer where it was."""
    return StoreError(
        f"{folder}: moved or removed while a run was using it, or its claim ({file}) was; "
        "the run stops, and what is finished is where the folder is now"
    )


def overwrite(file: int, line: bytes) -> None:
    """Write a line into a file of one line, whose readers know the new one or the one before."""
    os.pwrite(file, line, 0)
    os.ftruncate(file, len(line))


def holders_of(folder: Path) -> list[Holder]:
    """Return who holds a folder now: one run alone, those that have joined on it, or nobody.

    A run on another host that was killed is among those that have joined until one of these gives it up.
    """
    alone = _holder_of(folder)
    return [alone] if alone else list(joined_runs(folder).values())


def _holder_of(folder: Path) -> Holder | None:
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
