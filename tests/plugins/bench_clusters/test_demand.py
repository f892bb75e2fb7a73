"""What a cell takes of a cluster, and how many there is room for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import fakes
import trials
from bench import Bounds, Job, Settings
from bench_clusters.demand import Demand, Node

NODES = [Node("a", 8, 0, 16 * 2**30), Node("b", 4, 2, 8 * 2**30)]


def job(device: str = "cpu", threads: int | None = None, **changes: Any) -> Job:
    cell = replace(fakes.cell(trials.Idle(), settings=Settings(threads=threads)), device=device)
    return trials.job(cell, Path("nowhere"), **changes)


def of(job: Job, **asked: float) -> Demand:
    return Demand.of(job, NODES, **{"cpus": None, "gpus": None, "memory": None, **asked})


def test_a_cell_that_is_timed_alone_has_a_node_to_itself() -> None:
    demand = of(job())
    assert demand == Demand(8, 0, 0)
    assert demand.places(NODES) == 1


@pytest.mark.parametrize(("threads", "places"), [(None, 12), (3, 3)])
def test_others_take_their_threads(threads: int | None, places: int) -> None:
    demand = of(job(threads=threads, shared=True))
    assert demand.cpus == (threads or 1)
    assert demand.places(NODES) == places


@pytest.mark.parametrize(("device", "gpus"), [("cpu", 0), ("cuda", 1), ("auto", 1), ("mps", 0)])
def test_a_gpu_is_for_cells_that_run_on_one(device: str, gpus: float) -> None:
    demand = of(job(device, shared=True))
    assert demand.gpus == gpus
    assert demand.places(NODES) == (2 if gpus else 12)


def test_memory_is_the_limit_unless_something_else_is_asked_for() -> None:
    limited = job(shared=True, bounds=Bounds(memory=4096))
    assert of(limited) == Demand(1, 0, 4 * 2**30)
    assert of(limited).places(NODES) == 6
    assert of(limited, memory=16, cpus=2) == Demand(2, 0, 16 * 2**30)
    assert of(limited, memory=16).places(NODES) == 1


def test_what_no_node_has_is_told_in_words() -> None:
    demand = of(job(), cpus=9, gpus=1, memory=2)
    assert demand.places(NODES) == 0
    assert str(demand) == "9 CPUs and 1 GPUs and 2.0 GiB"
