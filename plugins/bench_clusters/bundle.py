"""What a job of Slurm does: it runs cells one after another, and writes what happens into files."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from .far_end import FarEnd
from .sign_of_life import NAME, watch_over

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission

OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
"""Nodes reach no network, and do not wait for one."""

CACHE = "cache"
"""The folder in a bundle's that keeps prepared data and features of its cells."""

TOLD = (signal.SIGUSR1, signal.SIGUSR2)
"""By these Slurm tells all processes of a job that its time is nearly up; only submitit is to act on it."""


class Cell:
    """The files by which a cell of a bundle is ordered and heard of; `number` is its place in the bundle."""

    def __init__(self, bundle: Path, number: int) -> None:
        self.folder = bundle / str(number)
        self.job = bundle / f"{number}.json"
        self.messages = bundle / f"{number}.jsonl"

    def say(self, message: dict[str, Any]) -> None:
        """Add a message; other machines see it once the file is closed."""
        with self.messages.open("a") as file:
            file.write(f"{json.dumps(message)}\n")

    def begin(self) -> None:
        """End a line that an attempt which was cut off has left unfinished."""
        with self.messages.open("a") as file:
            file.write("\n")

    @property
    def is_over(self) -> bool:
        """Whether its last word has been said."""
        return any(not progress(message) for message in read_messages(self.messages, 0)[0])


def progress(message: dict[str, Any]) -> bool:
    """Tell whether a message is not the last word."""
    return "progress" in message


def read_messages(file: Path, start: int) -> tuple[list[dict[str, Any]], int]:
    """Return the messages in a file from a place on, and the place after them; torn lines are none."""
    try:
        with file.open("rb") as opened:
            opened.seek(start)
            *lines, rest = opened.read().split(b"\n")
            end = opened.tell() - len(rest)
    except FileNotFoundError:
        return [], start
    return [message for line in lines if (message := _message(line)) is not None], end


def _message(line: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


class Bundle:
    """Cells in the folder of a bundle, numbered from 0; submitit calls it in a job of Slurm.

    When Slurm's time is up, the job is queued again, and its last cell goes on from its checkpoint.
    """

    def __init__(self, folder: Path, count: int, files: Sequence[Path], modules: Sequence[str]) -> None:
        self.folder = folder
        self.count = count
        self.files = tuple(files)
        self.modules = tuple(modules)
        self._ending = False

    def __call__(self) -> None:
        """Run the cells that are not over."""
        from submitit.core.utils import UncompletedJobError

        bypass = signal.getsignal(signal.SIGTERM)
        signal.signal(signal.SIGTERM, self._end)  # what is said of a cell from now on is Slurm's doing
        Thread(target=watch_over, args=(self.folder.parent / NAME, self._give_up), daemon=True).start()
        far_end = FarEnd(self.files, self.modules, {**os.environ, **OFFLINE}, prepare=_deaf)
        cells = [Cell(self.folder, number) for number in range(self.count)]
        try:
            for cell in cells:
                if not cell.is_over:
                    self._run(cell, far_end)
        except UncompletedJobError:
            reason = "the time of its job in Slurm was up as often as it may be (executor.minutes, timeouts)"
            under_way = [cell for cell in cells if not cell.is_over][:1]
            for cell in under_way:
                cell.say({"end": {"cause": "deadline", "reason": reason}})
            raise
        else:
            shutil.rmtree(self.folder / CACHE, ignore_errors=True)
        finally:
            far_end.close()
            signal.signal(signal.SIGTERM, bypass)

    def _run(self, cell: Cell, far_end: FarEnd) -> None:
        cell.begin()
        for message in far_end.run(cell.job.read_text()):
            if self._ending:
                raise SystemExit("Slurm ends this job")
            cell.say(message)

    def _give_up(self) -> None:
        """End at once, as the run is dead; the far end and its cell follow."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.kill(os.getpid(), signal.SIGKILL)

    def _end(self, *_: object) -> None:
        self._ending = True

    def checkpoint(self) -> DelayedSubmission:
        """Return what is to be done when the job begins again: the rest."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(Bundle(self.folder, self.count, self.files, self.modules))


def _deaf() -> None:
    for number in TOLD:
        signal.signal(number, signal.SIG_IGN)
