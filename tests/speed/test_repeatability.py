"""A/A: the same cell twice must not seem to differ in speed more often than the test of it allows."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import bench_objectives.fine_tune
import fakes
import trials
from bench import Limits, Pool, Settings
from bench.measuring import speed
from bench.records.record import Record
from bench.registry import Owner, Registry, load_file
from bench.reporting.runs import rates
from bench.running.executors.process import Process
from bench.running.repeats import with_run
from bench.statistics import Scores, judge
from pairs import Pairs

PAIRS = 20
RUNS = 3
SECONDS = 0.4


@pytest.fixture
def registry() -> Registry:
    found = Registry(files=[fakes.FILE])
    load_file(found, fakes.FILE)
    for module in (bench_objectives.fine_tune, speed):
        found.add(Owner(module.__name__, "transferbench", "1"), module)
    return found


def scores(record: Record) -> Scores:
    """The logarithms of the training speeds of a cell's runs."""
    return Scores(np.log(rates(record, "throughput", ("train", "samples_per_s"), ["cached"])))


def test_the_same_cell_twice_seems_to_differ_in_at_most_two_of_twenty(
    tmp_path: Path, registry: Registry, pairs: Pairs
) -> None:
    cell = fakes.cell(
        registry.create("objective", {"name": "fine-tune", "epochs": 10_000}),
        backbone=registry.create("backbone", {"name": "layers", "width": "64"}),
        dataset=registry.create("dataset", {"name": "points", "size": 512}),
        task=registry.create("task", {"name": "point-classification"}),
        settings=Settings(threads=1),
        limits=Limits(seconds=SECONDS),
    )

    def measure(pool: Pool, run: int) -> Record:
        return trials.execute(pool, cell, tmp_path, run=run)

    differences = []
    with Process().open(registry.files, cell.task.requires) as pool:

        def pair() -> None:
            first, second = measure(pool, 1), measure(pool, 1)
            for run in range(2, RUNS + 1):
                first, second = (
                    with_run(first, measure(pool, run)),
                    with_run(second, measure(pool, run)),
                )
            assert first.runs == second.runs == RUNS
            differences.append(judge([scores(first), scores(second)], runs=True).comparison(0, 1))

        pairs.benchmark.pedantic(pair, rounds=PAIRS, iterations=1)
    ratios = [math.exp(found.difference) for found in differences]
    pairs.note(ratios=ratios, p=[found.p for found in differences])
    assert sum(found.p < 0.05 for found in differences) <= 2
