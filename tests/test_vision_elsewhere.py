"""The suite of the README comes out on clusters as it does here, to the last digit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import clusters
from bench.records.store import Store
from commandline import bench

pytestmark = pytest.mark.slow

SUITE = Path(__file__).parents[1] / "suites" / "vision.yaml"


def quality(executor: str, results: Path) -> dict[str, Any]:
    """The figures of quality of each cell; all have one thread, so that sums are made in the same order."""
    bench("run", SUITE, "--on", executor, "--share-machine", "--results", results)
    records = Store(results / "vision").records()
    assert {record.effective["threads"] for record in records} == {1}
    return {record.id: record.quality for record in records}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return quality("process", tmp_path_factory.mktemp("here"))


@pytest.mark.parametrize("executor", clusters.SETTINGS)
def test_quality_is_the_same_there(
    executor: str, here: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clusters.need(executor)
    for name, value in clusters.environment(executor, tmp_path / "cluster").items():
        monkeypatch.setenv(name, value)
    assert len(here) == 18
    assert quality(executor, tmp_path / "there") == here
