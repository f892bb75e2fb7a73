"""Both executors keep the contract of executors."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench_clusters.ray
import bench_clusters.slurm
import clusters
import fakes
from bench.registry import Owner
from bench.testing.executors import check_executor

pytestmark = pytest.mark.filterwarnings("ignore")  # of Ray's own


@pytest.mark.parametrize("name", clusters.SETTINGS)
def test_contract(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clusters.need(name)
    for variable, value in clusters.environment(name, tmp_path).items():
        monkeypatch.setenv(variable, value)
    registry = fakes.registry()
    for module in (bench_clusters.slurm, bench_clusters.ray):
        registry.add(Owner(module.__name__, "transferbench", "1"), module)
    assert list(check_executor(registry.create("executor", clusters.SETTINGS[name]), registry)) == []
