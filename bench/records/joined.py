"""Claims of single cells, by runs that have joined on one results folder, on one machine or on many.

All that is asked of the file system is that making a link and renaming are all or nothing, as they are on
NFS, too: no locks, no equal clocks. A run that is not heard of loses its cells to the others; it notices when
it goes on, and until then can do nothing to the files of all (`gate`).
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread

from ..errors import StoreError
from .claims import locked, moved, overwrite
from .files import remove_leftovers
from .gate import Gate
from .holders import Holder
from .runs import (
    BEAT,
    GATE,
    JOINED,
    WORK,
    beat_of,
    claim_path,
    claimant,
    folders_in,
    holder_in,
    new_name,
)
from .succession import Succession, rescue


@dataclass(frozen=True)
class Pace:
    """How often a run shows that it is alive, in seconds, and looks whether others are.

    One that has not been heard of for so many `looks` is given up: after half a minute.
    """

    seconds: float = 3.0
    looks: int = 10


PACE = Pace()


class JoinedClaim:
    """What a run holds of a folder that it shares with others: the cells that it has taken."""

    def __init__(self, folder: Path, pace: Pace = PACE) -> None:
        self.folder = folder
        self.pace = pace
        self.name = new_name()
        self._own = folder / JOINED / self.name
        self._gate = Gate(self._own / GATE)
        self._succession = Succession(folder, self.name, pace.looks)
        self._holder = Holder.here()
        self._beats = 0
        self._taken: set[str] = set()
        self._met: set[str] = set()
        self._writing = Lock()
        self._over = Event()
        self._beat = self._register()
        self._place = os.stat(folder)
        self._succession.look()
        self._thread = Thread(target=self._live, daemon=True)
        self._thread.start()

    @property
    def aside(self) -> Path:
        """Where files are written: they go through the gate to their places."""
        return self._gate.folder

    def check(self) -> None:
        """Raise StoreError if others have given this run up, or the folder is no longer where it was."""
        with suppress(OSError):
            if os.path.samestat(os.stat(self._own / BEAT), os.fstat(self._beat)):
                return
        raise self._lost()

    def say(self, cells: Mapping[str, str]) -> None:
        """Let everybody see which cells run."""
        self._holder = self._holder.model_copy(update={"cells": dict(cells)})
        self._show()

    def take(self, id: str) -> bool:
        """Hold a cell, unless another run does. Raises StoreError if no link can be made in the folder."""
        claim = claim_path(self.folder, id)
        try:
            os.symlink(self.name, claim)
        except FileExistsError:
            holder = claimant(claim)
            if holder != self.name or id in self._taken:
                self._met |= {holder} if holder else set()
                return False  # otherwise the network has lost the answer, and asked again
        except OSError as error:
            self.check()
            reason = error.strerror or error
            raise StoreError(f"{claim}: cannot be made: {reason}; --join needs symbolic links") from error
        self._taken.add(id)
        return True

    def let_go(self, id: str) -> None:
        """Let other runs take a cell that this one has taken, unless they have already."""
        if id in self._taken:
            with suppress(OSError):
                self._gate.discard(claim_path(self.folder, id))
            self._taken.remove(id)

    def place(self, id: str) -> Path:
        """Return a folder that no other run writes to."""
        return self._own / WORK / id

    def bring_home(self, id: str, name: Path) -> None:
        """Move a file of a cell to where it belongs, through the gate."""
        target = self.folder / name
        try:
            self._gate.pass_on(self.place(id) / name, target)
        except OSError as error:
            self.check()
            raise StoreError(f"{target}: cannot be written: {error.strerror or error}") from error

    def leave(self) -> None:
        """Let go of everything, unless others have taken it over."""
        self._over.set()
        self._thread.join()
        with suppress(StoreError, OSError):
            self.check()
            while self._succession.look(self._met):
                continue
            for id in list(self._taken):
                self.let_go(id)
            rescue(self.folder, self._own)
            shutil.rmtree(self._own)
            self._own.parent.rmdir()  # if this was the last
        os.close(self._beat)

    def _register(self) -> int:
        """Make the folder of this run appear, complete; return the descriptor of its sign of life."""
        new = self._own.with_name(f".{self.name}")
        try:
            (self.folder / "cells").mkdir(exist_ok=True)
            _make(new / GATE)
            self._beat = os.open(new / BEAT, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            self._show()
            os.fsync(self._beat)
            os.rename(new, self._own)
        except OSError as error:
            raise StoreError(f"{self.folder}: cannot be written: {error.strerror or error}") from error
        return self._beat

    def _live(self) -> None:
        while not self._over.wait(self.pace.seconds):
            self._show()
            with suppress(OSError):
                os.fsync(self._beat)  # a network file system shows it to others only then
            try:
                self.check()
            except StoreError:
                return
            met, self._met = self._met, set()
            self._succession.look(met)

    def _show(self) -> None:
        with self._writing, suppress(OSError):  # of a full disk a record will tell
            self._beats += 1
            shown = self._holder.model_copy(update={"beats": self._beats})
            overwrite(self._beat, f"{shown.model_dump_json()}\n".encode())

    def _lost(self) -> StoreError:
        with suppress(OSError):
            if os.path.samestat(os.stat(self.folder), self._place):
                return StoreError(
                    f"{self.folder}: this run was not heard of for too long, so others have taken over its "
                    "cells; it stops and stores nothing more, and may join again"
                )
        return moved(self.folder, JOINED)


def _make(folder: Path) -> None:
    for last in (False, False, True):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return
        except FileNotFoundError:  # the last run to leave has removed the folder of all just now
            if last:
                raise


@contextmanager
def joined(folder: Path, pace: Pace = PACE) -> Iterator[JoinedClaim]:
    """Join the runs on a folder, which is made if need be; the last to leave leaves nothing of them.

    Raises StoreError at once if a run holds the folder alone.
    """
    with locked(folder, fcntl.LOCK_SH) as lock:
        with suppress(OSError):
            os.ftruncate(lock, 0)  # who held it alone holds it no longer
        claim = JoinedClaim(folder, pace)
        try:
            _tidy(folder, claim.name)
            yield claim
        finally:
            claim.leave()


def _tidy(folder: Path, name: str) -> None:
    """Remove what a run has left that was killed while it was alone, if this one is.

    Reports, which are beside the folders with what is of cells, are left alone: another may be written.
    """
    if [run.name for run in folders_in(folder / JOINED)] == [name]:
        for place in folder.glob("[!.]*/"):
            remove_leftovers(place)
        for beginning in (folder / JOINED).glob(".*/"):
            holder = holder_in(beat_of(beginning))
            if holder and holder.has_ended():
                shutil.rmtree(beginning, ignore_errors=True)
