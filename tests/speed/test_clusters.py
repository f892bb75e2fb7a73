"""Two workers of a cluster, a thread each, beside `--share-machine`: how much of the time is used."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

import clusters
from bench.records.store import Store
from pairs import Pairs, command

CELLS = 30
SUITE = f"""
executor: %s
device: cpu
matrix:
  backbone: {{name: cifar/resnet20, weights: none, image_size: 32}}
  objective: {{name: fine-tune, epochs: 2}}
  dataset: digits
  seed: {{count: {CELLS}}}
"""


@pytest.mark.parametrize("executor", clusters.SETTINGS)
def test_two_workers_take_little_longer_than_a_shared_machine(
    executor: str, tmp_path: Path, pairs: Pairs
) -> None:
    clusters.need(executor)
    environment = clusters.environment(executor, tmp_path / "cluster")

    def seconds(name: str, number: int) -> float:
        folder = tmp_path / f"{name}-{number}"
        folder.mkdir()
        suite = folder / "suite.yaml"
        suite.write_text(SUITE % clusters.spelled(name))
        ran = command("-m", "bench", "run", suite, "--share-machine", "--results", folder, env=environment)
        assert [record.status for record in Store(folder / "suite").records()] == ["done"] * CELLS
        return ran.seconds

    rounds = pairs.run(
        lambda number: seconds(executor, number), lambda number: seconds("process", number), rounds=2
    )
    efficiency = median(rounds.rivals) / median(rounds.ours)
    pairs.note(efficiency=efficiency, seconds=rounds.ours, rival_seconds=rounds.rivals)
    assert efficiency >= 0.9
