"""The scripts in `speed/rivals`, run beside `bench`: once, or from the seeds of a comparison."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from pairs import Ran, command

RIVALS = Path(__file__).parent / "speed" / "rivals"
SEEDS = (0, 1, 2)
THREADS = 2
"""Of both sides of a comparison; tests have one for themselves (`conftest.py`)."""
KEEPING = {"MALLOC_TRIM_THRESHOLD_": "2147483647", "MALLOC_MMAP_MAX_": "0"}
"""What has glibc keep freed memory, as `bench` does: it changes no figure, and saves a rival's time."""


def script(name: str, *arguments: object, **env: str) -> tuple[Ran, dict[str, float]]:
    """Run a rival, which prints its figures last; `env` are further variables of the environment."""
    ran = command(RIVALS / name, *arguments, env=env)
    return ran, json.loads(ran.output.splitlines()[-1])


def rival(
    name: str, *arguments: object, seeds: Sequence[int] = SEEDS
) -> tuple[list[dict[str, float]], list[float]]:
    """Return the figures of a rival from each of the seeds, and the seconds that it took."""
    options = [(*arguments, "--threads", THREADS, "--seed", seed) for seed in seeds]
    runs = [script(name, *each, **KEEPING) for each in options]
    return [figures for _, figures in runs], [ran.seconds for ran, _ in runs]


def rows(file: Path) -> list[dict[str, Any]]:
    """Return the objects in a file of jsonl."""
    with file.open() as lines:
        return [json.loads(line) for line in lines]


def compare(name: str, ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return by how much the mean of a figure is higher on our side; print both sides."""
    for side, values in (("bench", ours), ("rival", theirs)):
        each = ", ".join(f"{value:.2f}" for value in values)
        print(f"\n{name} of {side}: {each}; mean {mean(values):.2f}, deviation {stdev(values):.2f}", end="")
    print()
    return mean(ours) - mean(theirs)
