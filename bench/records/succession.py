"""Runs that have gone: exactly one of those that are left takes each over, and frees the cells it held.

Whoever moves the folder of a run into its own is its heir; one alone can. The heir removes the gate first, so
that the run can do nothing any more, then frees its cells, and removes the rest last. An heir that goes
itself in the middle leaves all that, within its own folder, to its own heir.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from .gate import Gate
from .runs import CLAIM, GATE, JOINED, WORK, beat_of, claimant, folders_in
from .watch import Watch

WATCHED = 3
"""At how many other runs each looks: if all looked at all, a file server would have much to do for many."""


class Succession:
    """What the run called `name` inherits from others in a results folder."""

    def __init__(self, folder: Path, name: str, looks: int) -> None:
        self.folder = folder
        self.runs = folder / JOINED
        self.own = self.runs / name
        self.gate = Gate(self.own / GATE)
        self._watch = Watch(looks)

    def look(self, claimants: Collection[str] = ()) -> int:
        """Look once at the next runs, and take over those that have gone; return how many these were.

        `claimants` are the names in claims that were met since the last look; one may be of no run at all,
        which was taken over just before it claimed a cell. What cannot be done now is left to the next look.
        """
        names = [run.name for run in folders_in(self.runs)]
        beats = {name: beat_of(self.runs / name) for name in self._next(names)}
        unknown = self._unknown(claimants, names)
        taken = 0
        for name in self._watch.gone({**beats, **unknown}):
            with suppress(OSError):
                if name in unknown:
                    (self.runs / name).mkdir()  # a run without a sign of life: the next look finds its heir
                else:
                    os.rename(self.runs / name, self.own / name)
                    taken += 1
        for remains in folders_in(self.own):
            with suppress(OSError):
                self._settle(remains)
        return taken

    def _next(self, names: Sequence[str]) -> Sequence[str]:
        """Return the few names that follow this run's own, as if all stood in a ring."""
        before = [name for name in names if name < self.own.name]
        after = [name for name in names if name > self.own.name]
        return [*after, *before][:WATCHED]

    def _unknown(self, claimants: Iterable[str], known: Collection[str]) -> dict[str, bytes]:
        """Return those that are neither a run nor one that is being taken over, with no sign of life."""
        names = set(claimants) - {*known}
        return {name: b"" for name in names if not any(self._all_remains(self.runs, name))}

    def _all_remains(self, place: Path, name: str) -> Iterable[Path]:
        for run in folders_in(place):
            if run.name == name:
                yield run
            yield from self._all_remains(run, name)

    def _settle(self, remains: Path) -> None:
        """Free what a run that has gone held, and what it was to free itself."""
        rescue(self.folder, remains)
        _remove(remains / GATE)
        for earlier in folders_in(remains):
            self._settle(earlier)
        for claim in self.folder.glob(f"cells/*{CLAIM}"):
            if claimant(claim) == remains.name:
                self.gate.discard(claim)
        _remove(remains)


def rescue(folder: Path, run: Path) -> None:
    """Keep the checkpoints of the cells that a run was at, so that others go on from there."""
    for place in (run / WORK).glob("*"):
        checkpoint = place / "checkpoints" / f"{place.name}.safetensors"
        if checkpoint.is_file() and not checkpoint.is_symlink():  # a link leads to the one it began from
            target = folder / checkpoint.relative_to(place)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(checkpoint, target)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
