"""A sweep in which cells go wrong in every way: others finish, each failure has its cause, nothing stays."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import clusters
from runs import Run

LIMIT = 40.0
LATE_SECONDS = 6.0
"""A cell that hangs, and does not even end when it is asked to, has ended so long after its limit."""

CAUSES = {
    "bug": "exception",
    "segfault": "signal",
    "outgrow": "memory",
    "stubborn": "deadline",
    "exit 0": "exit",
    "kill": "signal",
}
SUITE = f"""
executor: %s
device: cpu
defaults: {{threads: 1}}
limits: {{cell_seconds: {LIMIT:g}, memory: 800}}
matrix:
  backbone: layers/8
  objective: {{name: fine-tune, epochs: 1}}
  dataset: points
  seed: {{count: 14}}
include:
  - objective: {[{"name": "mischief", "deed": deed, "pid_file": f"PLACE/{deed}"} for deed in CAUSES]}
    seed: 0
"""


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("--share-machine",)], ids=["alone", "shared"])
@pytest.mark.parametrize("executor", ["process", *clusters.SETTINGS])
def test_cells_that_go_wrong_cost_no_other(tmp_path: Path, executor: str, arguments: tuple[str, ...]) -> None:
    clusters.need(executor)
    environment = clusters.environment(executor, tmp_path / "cluster")
    suite = SUITE.replace("PLACE", str(tmp_path)) % clusters.spelled(executor)
    run = Run(tmp_path, suite, *arguments, environment=environment)
    code, out = run.end()
    assert code == 1, out
    assert run.is_gone(), run.processes()
    records = run.records()
    assert Counter(record.status for record in records) == {"done": 14, "failed": 6}
    failed = {record.cell["objective"]["deed"]: record for record in records if record.status == "failed"}
    assert {deed: record.failures[-1].cause for deed, record in failed.items()} == CAUSES
    assert [len(record.failures) for record in failed.values()] == [1] * 6
    hung = failed["stubborn"]
    ended = (run.folder / "cells" / f"{hung.id}.json").stat().st_mtime
    assert ended - (tmp_path / "stubborn").stat().st_mtime <= LIMIT + LATE_SECONDS
    assert hung.seconds >= LIMIT
    assert run.leftovers() == []
