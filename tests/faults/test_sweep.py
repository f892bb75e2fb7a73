"""A sweep in which cells go wrong in every way: others finish, each failure has its cause, nothing stays."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from runs import Run

LIMIT = 40.0
CAUSES = {
    "bug": "exception",
    "segfault": "signal",
    "outgrow": "memory",
    "stubborn": "deadline",
    "exit 0": "exit",
    "kill": "signal",
}
SUITE = f"""
device: cpu
defaults: {{threads: 1}}
limits: {{cell_seconds: {LIMIT:g}, memory: 800}}
matrix:
  backbone: layers/8
  objective: {{name: fine-tune, epochs: 1}}
  dataset: points
  seed: {{count: 14}}
include:
  - objective: {[{"name": "mischief", "deed": deed} for deed in CAUSES]}
    seed: 0
"""


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("--share-machine",)])
def test_cells_that_go_wrong_cost_no_other(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run = Run(tmp_path, SUITE, *arguments)
    code, out = run.end()
    assert code == 1, out
    assert run.is_gone(), run.processes()
    records = run.records()
    assert Counter(record.status for record in records) == {"done": 14, "failed": 6}
    failed = [record for record in records if record.status == "failed"]
    assert {record.cell["objective"]["deed"]: record.failures[-1].cause for record in failed} == CAUSES
    assert all(record.seconds >= LIMIT for record in failed if record.failures[-1].cause == "deadline")
    assert run.leftovers() == []
