"""Compiling takes seconds, and is in no figure but its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import fakes
import trials
from bench import Limits, Settings
from bench.measuring.compilation import Compilation, CompilationGauge
from bench.measuring.speed import Speed
from bench_objectives.fine_tune import FineTune

METERS = [Compilation(), Speed()]


def test_seconds_of_all_compilations_add_up() -> None:
    gauge = CompilationGauge()
    assert gauge.close({}) == {}
    for phase in ("train", "compile", "compile"):
        gauge.enter(phase)
        gauge.leave(phase)
    reading = gauge.close({})
    assert 0 < trials.columns(reading)["compile_seconds"] < 0.1
    assert trials.undeclared(Compilation, reading) == []


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # of torch's own code as it compiles
def test_a_compiled_cell_tells_it_apart_and_learns_the_same(tmp_path: Path) -> None:
    settings = {"batch_size": 16, "eval_batch_size": 16}
    records = [
        trials.done(
            fakes.cell(
                FineTune(epochs=3), settings=Settings(compile=compile, **settings), limits=Limits(steps=6)
            ),
            tmp_path,
            METERS,
        )
        for compile in (False, True)
    ]
    plain, compiled = (trials.measured(record, "throughput") for record in records)
    assert "compile_seconds" not in plain
    assert compiled["compile_seconds"] > 0.2
    # Of six steps of a tiny network, compilation would else be nearly all.
    assert compiled["train_seconds"] < compiled["compile_seconds"] / 4
    scores = [record.quality["test"]["accuracy"] for record in records]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)
    assert "bench-compiled" not in os.environ.get("TORCHINDUCTOR_CACHE_DIR", "")
