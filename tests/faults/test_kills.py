"""Runs that are killed at any moment: what was finished stays as it was, and nothing else stays."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from runs import Run

CELLS = 24
SUITE = f"""
device: cpu
matrix:
  backbone: layers/8
  objective: {{name: fine-tune, epochs: 1}}
  dataset: points
  seed: {{count: {CELLS}}}
"""
LONGEST_SECONDS = 20.0


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [2, 100])
def test_a_run_that_is_killed_loses_nothing_and_leaves_nothing(tmp_path: Path, rounds: int) -> None:
    moments = random.Random(rounds)
    finished: dict[str, str] = {}
    for _ in range(rounds):
        run = Run(tmp_path, SUITE, *moments.choice([(), ("--share-machine",)]))
        time.sleep(moments.uniform(0, LONGEST_SECONDS))
        run.kill()
        assert run.is_gone(), run.processes()
        now = {record.id: record.model_dump_json() for record in run.records()}
        assert finished.items() <= now.items()
        finished = now
    run = Run(tmp_path, SUITE)
    code, out = run.end()
    assert code == 0, out
    now = {record.id: record.model_dump_json() for record in run.records()}
    assert finished.items() <= now.items()
    assert len(now) == CELLS
    assert run.leftovers() == []
