"""A one-file plugin whose objectives do what nobody should, in the process that runs them, and a ledger."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Literal

import psutil
from pydantic import Field
from torch import Tensor

import bench
from bench import hookimpl
from bench.toolkit.recipe import Recipe
from bench.toolkit.training import sgd, unfreeze

FILE = Path(__file__)


class Mischief(bench.Objective):
    """Prints, and then does its deed."""

    name: ClassVar[str] = "mischief"

    deed: Literal[
        "none", "bug", "user", "leave", "lack", "exit", "exit 0", "kill", "segfault", "outgrow",
        "hang", "stubborn", "orphan", "garbage", "server",
    ] = Field("none", description="what is done")  # fmt: skip
    pid_file: str | None = Field(None, description="where the process writes its number")
    wait_for: str | None = Field(None, description="a file that is waited for")

    def train(self, run: bench.Run) -> bench.Steps[None]:
        print("a word on stdout")
        print("a word on stderr", file=sys.stderr)
        if self.pid_file is not None:
            Path(f"{self.pid_file}.part").write_text(str(os.getpid()))
            Path(f"{self.pid_file}.part").rename(self.pid_file)
        yield bench.Step(1)
        self._act()

    def _act(self) -> None:
        if self.deed == "bug":
            raise ZeroDivisionError("a bug in\nthe objective")
        if self.deed == "user":
            raise bench.DataError("somewhere: something is wrong; mend it")
        if self.deed.startswith("exit"):
            os._exit(0 if self.deed == "exit 0" else 9)
        if self.deed == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.deed == "orphan":
            _leave_an_orphan()
        if self.deed == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.deed == "outgrow":
            _outgrow()
        if self.deed == "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if self.deed in ("hang", "stubborn"):
            time.sleep(600)
        while self.wait_for and not Path(self.wait_for).exists():
            time.sleep(0.02)
        if self.deed == "leave":
            sys.exit(0)
        if self.deed == "lack":
            raise MemoryError("no room")
        if self.deed == "garbage":
            _write_everywhere()
        if self.deed == "server":
            _kill_the_server()


class Frail(Recipe, bench.Objective):
    """Trains, and its process dies after so many steps of its own; so it takes several to reach the end."""

    name: ClassVar[str] = "frail"
    budget: ClassVar[str | None] = "epochs"

    after: int = Field(8, ge=1, description="steps that a process survives")
    pause: float = Field(0, ge=0, description="seconds that are slept after each step")

    def train(self, run: bench.Run) -> bench.Steps[None]:
        everything = [*unfreeze(run.encoder), *unfreeze(run.head)]
        for number, step in enumerate(sgd(run, everything, **self.recipe()), 1):
            yield step
            if number == self.after:
                os._exit(9)
            time.sleep(self.pause)
        run.attach("note.txt", b"the end was reached")


class Greedy(Recipe, bench.Objective):
    """Trains, and lacks memory for more than so many examples at once."""

    name: ClassVar[str] = "greedy"

    most: int = Field(4, ge=0, description="examples that there is memory for")

    def train(self, run: bench.Run) -> bench.Steps[None]:
        def loss(batch: bench.Batch) -> Tensor:
            if batch.size > self.most:
                raise MemoryError(f"no room for {batch.size}")
            return run.loss(batch)

        everything = [*unfreeze(run.encoder), *unfreeze(run.head)]
        yield from sgd(run, everything, loss=loss, **self.recipe())


class Ledger(bench.Observer):
    """Writes a line with the id of each cell whose record is stored, after those that others have written."""

    name: ClassVar[str] = "ledger"

    file: str = Field(description="where")

    def follow(self, cell: bench.CellInfo) -> bench.Follower:
        return Entry(Path(self.file))


class Entry(bench.Follower):
    """Waits for a record."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def finished(self, record: Mapping[str, Any]) -> None:
        with self.file.open("a") as file:
            file.write(f"{record['id']}\n")


def _outgrow() -> None:
    """Take 50 MiB more ten times a second."""
    held = []
    while True:
        held.append(b"x" * (50 * 2**20))
        time.sleep(0.1)


def _write_everywhere() -> None:
    """Write to whatever is open, and end well."""
    for descriptor in range(3, 256):
        with suppress(OSError):
            os.write(descriptor, b"garbage\n")


def _kill_the_server() -> None:
    """Kill the process that processes of cells are forked from: the parent of this one's parent."""
    os.kill(psutil.Process(os.getppid()).ppid(), signal.SIGKILL)


def _leave_an_orphan() -> None:
    """Die, and leave a child that holds all that was open."""
    if os.fork() == 0:
        time.sleep(30)
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)


@hookimpl
def bench_objectives() -> list[type[bench.Objective]]:
    return [Mischief, Frail, Greedy]


@hookimpl
def bench_observers() -> list[type[bench.Observer]]:
    return [Ledger]
