"""Ray on this machine: what it is told, and what is said where it is not there."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import clusters
import fakes
import mischief
import trials
from bench import BenchError, Pool, Settings
from bench.planning.cell import Cell
from bench.registry import Registry
from bench_clusters.ray import Ray
from bench_clusters.ray_connection import connect

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own


@pytest.fixture(scope="module")
def registry() -> Registry:
    return fakes.registry(mischief.FILE)


@pytest.fixture(scope="module")
def pool(registry: Registry) -> Iterator[Pool]:
    clusters.need("ray")
    before = signal.getsignal(signal.SIGTERM)
    with Ray().open(registry.files, []) as opened:
        assert signal.getsignal(signal.SIGTERM) is before
        yield opened


def cell(registry: Registry, **changes: object) -> Cell:
    names = {"backbone": "layers", "dataset": "points", "task": "point-classification"}
    parts = {kind: registry.create(kind, {"name": name}) for kind, name in names.items()}
    return fakes.cell(registry.create("objective", {"name": "mischief"}), **parts, **changes)


def test_it_takes_as_many_cells_as_there_is_room_for(registry: Registry, pool: Pool, tmp_path: Path) -> None:
    import ray

    cores = int(ray.cluster_resources()["CPU"])
    orders = [trials.job(cell(registry, seed=seed), tmp_path, shared=True) for seed in range(cores + 1)]
    handles = []
    for order in orders[:cores]:
        assert pool.takes(order)
        handles.append(pool.submit(order))
    assert not pool.takes(orders[cores])
    assert not pool.takes(trials.job(cell(registry, seed=99), tmp_path))
    for handle in handles:
        assert handle.result(lambda progress: None).record is not None
        handle.close()
    assert pool.takes(orders[cores])


def test_a_cell_that_no_node_has_room_for_fails_in_one_line(
    registry: Registry, pool: Pool, tmp_path: Path
) -> None:
    record = trials.execute(pool, cell(registry, settings=Settings(threads=1000)), tmp_path, shared=True)
    assert record.failures[-1].cause == "executor"
    assert "no node has 1000 CPUs" in str(record.reason)


@pytest.mark.parametrize(
    ("address", "why"), [("127.0.0.1:1", "none within 3 s"), ("nowhere", "ValueError: .*nowhere")]
)
def test_where_no_cluster_answers_one_line_says_so(address: str, why: str) -> None:
    clusters.need("ray")
    with pytest.raises(BenchError, match=rf"no cluster answers at '{address}' \({why}\); start one"):
        connect(address, seconds=3)
