"""Places that are lost in the middle of a cell: it is named, begun again, and costs no other cell."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import clusters
from runs import Run

LAST_SECONDS = 120
SUITE = """
executor: %s
device: cpu
defaults: {threads: 1}
matrix:
  backbone: layers/8
  objective: {name: fine-tune, epochs: 1}
  dataset: points
  seed: {count: 6}
include:
  - objective: {name: mischief, pid_file: PLACE/pid, wait_for: PLACE/go}
    seed: 0
"""


@pytest.mark.slow
@pytest.mark.parametrize("losses", [1, 3])
@pytest.mark.parametrize("executor", clusters.SETTINGS)
def test_a_place_that_is_lost_costs_at_most_its_cell(tmp_path: Path, executor: str, losses: int) -> None:
    clusters.need(executor)
    environment = clusters.environment(executor, tmp_path / "cluster")
    suite = SUITE.replace("PLACE", str(tmp_path)) % clusters.spelled(executor)
    run = Run(tmp_path, suite, "--share-machine", environment=environment)
    seen: set[int] = set()
    for _ in range(losses):
        cell = begun(tmp_path / "pid", seen)
        place(executor, cell).kill()
        assert psutil.wait_procs([cell], timeout=LAST_SECONDS)[1] == []
    (tmp_path / "go").touch()
    code, out = run.end()
    assert code == (0 if losses < 3 else 1), out
    assert run.is_gone(), run.processes()
    records = run.records()
    (hit,) = (record for record in records if record.failures)
    assert hit.cell["objective"]["name"] == "mischief"
    assert [failure.cause for failure in hit.failures] == ["lost"] * losses
    assert (hit.status, len(records)) == ("done" if losses < 3 else "failed", 7)
    assert {record.status for record in records if record is not hit} == {"done"}
    assert out.count("it is begun again") == min(losses, 2)


def begun(file: Path, seen: set[int]) -> psutil.Process:
    """Wait until another process has written its number; return it."""
    end = time.monotonic() + LAST_SECONDS
    while time.monotonic() < end:
        if file.exists() and (pid := int(file.read_text())) not in seen:
            seen.add(pid)
            return psutil.Process(pid)
        time.sleep(0.05)
    raise TimeoutError(f"{file} has no new number")


def place(executor: str, cell: psutil.Process) -> psutil.Process:
    """The process by which a cell's place stands and falls: Ray's worker, or the job's first in Slurm."""
    mark = {"ray": "ray::", "slurm": "submitit.core._submit"}[executor]
    return next(above for above in cell.parents() if mark in " ".join(above.cmdline()))


@pytest.fixture
def nodes() -> Iterator[Any]:
    """A Ray cluster with an address, of a head that takes no cells and two nodes with a core each."""
    clusters.need("ray")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1)
        yield cluster
    finally:
        cluster.shutdown()


@pytest.mark.slow
def test_a_node_that_is_lost_costs_at_most_its_cell(tmp_path: Path, nodes: Any) -> None:
    suite = SUITE.replace("PLACE", str(tmp_path)) % clusters.spelled("ray", address=nodes.address)
    run = Run(tmp_path, suite, "--share-machine")
    cell = begun(tmp_path / "pid", set())
    nodes.remove_node(node_of(nodes, cell), allow_graceful=False)
    assert psutil.wait_procs([cell], timeout=LAST_SECONDS)[1] == []
    (tmp_path / "go").touch()
    code, out = run.end()
    assert code == 0, out
    assert run.is_gone(), run.processes()
    records = run.records()
    (hit,) = (record for record in records if record.failures)
    assert hit.cell["objective"]["name"] == "mischief"
    assert [failure.cause for failure in hit.failures] == ["lost"]
    assert len(records) == 7
    assert {record.status for record in records} == {"done"}


@pytest.mark.slow
def test_a_run_that_is_interrupted_leaves_nothing_on_nodes(tmp_path: Path, nodes: Any) -> None:
    scratch = tmp_path / "scratch"
    executor = clusters.spelled("ray", address=nodes.address, scratch=str(scratch))
    run = Run(tmp_path, SUITE.replace("PLACE", str(tmp_path)) % executor, "--share-machine")
    cell = begun(tmp_path / "pid", set())
    assert list(scratch.iterdir()) != []
    os.kill(run.process.pid, signal.SIGTERM)
    code, out = run.end()
    assert code == 130, out
    assert psutil.wait_procs([cell], timeout=2)[1] == []
    assert list(scratch.iterdir()) == []


def node_of(nodes: Any, cell: psutil.Process) -> Any:
    """The node whose raylet is above a cell's process."""
    above = {process.pid for process in cell.parents()}
    return next(
        node
        for node in nodes.worker_nodes
        if any(raylet.process.pid in above for raylet in node.all_processes["raylet"])
    )


@pytest.mark.slow
@pytest.mark.parametrize("executor", clusters.SETTINGS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_ends_its_cells_there(tmp_path: Path, executor: str, number: int) -> None:
    clusters.need(executor)
    environment = clusters.environment(executor, tmp_path / "cluster")
    suite = SUITE.replace("PLACE", str(tmp_path)) % clusters.spelled(executor)
    run = Run(tmp_path, suite, "--share-machine", environment=environment)
    cell = begun(tmp_path / "pid", set())
    os.kill(run.process.pid, number)
    code, out = run.end()
    assert code == 130, out
    assert not cell.is_running()
    assert run.is_gone(), run.processes()
