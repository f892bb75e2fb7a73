"""Runs that are killed at any moment: what was finished stays as it was, and nothing else stays."""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from runs import Run

MOST_RECORDS = 5
"""How many further records are waited for at most before a run is killed."""

MOST_SECONDS = 2.0
"""How long what a killed run had started may live on."""


@dataclass(frozen=True)
class Lane:
    """How often runs over so many cells are killed, and how much records say besides.

    Every other run is killed while it starts, the others while cells run and records are written.
    """

    moments: int
    cells: int
    extra_bytes: int = 0

    def __str__(self) -> str:
        return f"{self.moments} moments, {self.cells} cells, {self.extra_bytes} bytes"

    @property
    def suite(self) -> str:
        return f"""
device: cpu
matrix:
  backbone: layers/8
  objective: {{name: fine-tune, epochs: 1}}
  dataset: {{name: points, extra_bytes: {self.extra_bytes}}}
  seed: {{count: {self.cells}}}
"""


def records(run: Run) -> dict[str, str]:
    """What each record says, as a digest; all of them must be whole."""
    ids = {record.id for record in run.records()}
    files = list(run.folder.glob("cells/*.json"))
    assert {file.stem for file in files} == ids
    return {file.stem: sha256(file.read_bytes()).hexdigest() for file in files}


def wait_for_records(run: Run, count: int) -> float:
    """Wait until there are so many, or the run has ended; return how many seconds that took."""
    began = time.monotonic()
    while len(list(run.folder.glob("cells/*.json"))) < count and run.process.poll() is None:
        time.sleep(0.01)
    return time.monotonic() - began


def finish(folder: Path, lane: Lane, finished: dict[str, str]) -> None:
    """Run what is left: each cell then has a record, that of before if it had one, and no more is there."""
    run = Run(folder, lane.suite)
    code, out = run.end()
    assert code == 0, out
    now = records(run)
    assert finished.items() <= now.items()
    assert len(now) == lane.cells
    assert run.leftovers() == []


@pytest.mark.parametrize(
    "lane",
    [
        Lane(3, 12),
        pytest.param(Lane(160, 200), marks=pytest.mark.slow),
        pytest.param(Lane(40, 60, extra_bytes=2**20), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_a_run_that_is_killed_loses_nothing_and_leaves_nothing(tmp_path: Path, lane: Lane) -> None:
    chance = random.Random(str(lane))
    finished: dict[str, str] = {}
    kept, start_seconds, lived_on = 0, 0.0, []
    for number in range(lane.moments):
        if lane.cells - len(finished) < MOST_RECORDS:  # there would be little left to lose
            finish(tmp_path, lane, finished)
            shutil.rmtree(tmp_path / "results")
            finished = {}
        run = Run(tmp_path, lane.suite, *chance.choice([(), ("--share-machine",)]))
        if number % 2:
            time.sleep(chance.uniform(0, start_seconds))
        else:
            start_seconds = wait_for_records(run, len(finished) + 1)
            wait_for_records(run, len(finished) + chance.randint(1, MOST_RECORDS))
            time.sleep(chance.random())
        lived_on.append(run.kill())
        assert run.processes() == []
        now = records(run)
        assert finished.items() <= now.items()
        kept, finished = kept + len(now) - len(finished), now
    finish(tmp_path, lane, finished)
    print(f"\n{lane}: {kept} records were kept; processes lived on for at most {max(lived_on):.2f} s")
    assert kept >= lane.moments // 2
    assert max(lived_on) <= MOST_SECONDS
