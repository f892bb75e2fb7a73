"""What the measurements of `speed` share: rounds in pairs, and commands whose time and memory are taken."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

ROUNDS = 5
T = TypeVar("T")


@dataclass(frozen=True)
class Rounds:
    """What both contestants gave, round by round."""

    ours: Sequence[Any]
    rivals: Sequence[Any]


class Pairs:
    """Lets ours and a rival take turns, so that a machine that slows down slows both.

    pytest-benchmark times ours; the rival runs before each round, and its figures are kept in the JSON under
    `extra_info`.
    """

    def __init__(self, benchmark: Any) -> None:
        self.benchmark = benchmark

    def run(self, ours: Callable[[int], T], rival: Callable[[int], T], rounds: int = ROUNDS) -> Rounds:
        """Run both for some rounds; each is told the number of the round."""
        mine: list[T] = []
        theirs: list[T] = []

        def turn() -> None:
            theirs.append(rival(len(theirs)))

        def timed() -> None:
            mine.append(ours(len(mine)))

        self.benchmark.pedantic(timed, setup=turn, rounds=rounds, iterations=1)
        return Rounds(mine, theirs)

    def note(self, **figures: Any) -> None:
        """Keep figures beside the times, and print them."""
        self.benchmark.extra_info.update(figures)
        told = ", ".join(f"{name} {_short(value)}" for name, value in figures.items())
        print(f"\n{self.benchmark.name}: {told}")

    def faster(self, seconds: Sequence[float], rival_seconds: Sequence[float]) -> float:
        """Return how many times faster ours is, by the medians, and keep all three."""
        ratio = median(rival_seconds) / median(seconds)
        self.note(ratio=ratio, seconds=list(seconds), rival_seconds=list(rival_seconds))
        return ratio


@dataclass(frozen=True)
class Ran:
    """What a command printed, its wall time in seconds, and the peak in MiB of its largest process."""

    output: str
    seconds: float
    peak_mib: float


def command(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Ran:
    """Run Python with arguments, and variables besides ours, in a process of its own; it must end well.

    It may keep bytecode, as that of installed packages is kept: without, each start would compile everything.
    """
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, arguments)],
        cwd=cwd,
        env={**variables, **(env or {})},
        capture_output=True,
        text=True,
    )
    seconds = perf_counter() - began
    assert done.returncode == 0, done.stdout + done.stderr
    *_, peak = done.stderr.split()
    return Ran(done.stdout, seconds, float(peak))


MEASURED = f"""
import resource, subprocess, sys
code = subprocess.call([{sys.executable!r}, *sys.argv[1:]])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=sys.stderr)
sys.exit(code)
"""
"""A small process in between: what its children took at most is known to it alone."""


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    return str(value)
