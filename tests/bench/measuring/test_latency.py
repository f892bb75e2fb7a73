"""How long one example takes."""

from __future__ import annotations

from pathlib import Path
from time import sleep
from typing import ClassVar

import bench
import fakes
import trials
from bench import Limits
from bench.measuring.latency import Latency


class Slow(fakes.Layers):
    """Sleeps in each forward pass."""

    name: ClassVar[str] = "slow"
    seconds: float

    def load(self) -> bench.Encoder:
        encoder = fakes.make_encoder()
        encoder.register_forward_hook(lambda *_: sleep(self.seconds))
        return encoder


def latency(folder: Path, backbone: bench.Backbone, **changes: object) -> dict[str, float]:
    record = trials.done(fakes.cell(trials.Nothing(), backbone=backbone, **changes), folder, [Latency()])
    assert record.notes == []
    assert trials.undeclared(Latency, record.resources["throughput"]) == []
    return trials.measured(record, "throughput")


def test_percentiles_are_in_milliseconds_and_in_order(tmp_path: Path) -> None:
    figures = latency(tmp_path, Slow(seconds=0.01))
    assert 10 <= figures["latency_ms_p50"] <= figures["latency_ms_p95"] <= figures["latency_ms_p99"]
    assert figures["latency_ms_p50"] < 20
    assert figures["latency_repeats"] == 100
    assert figures.keys() == {figure.name for figure in Latency.figures}


def test_a_slow_model_is_not_run_for_ever(tmp_path: Path) -> None:
    figures = latency(tmp_path, Slow(seconds=0.15), limits=Limits(val_examples=1, test_examples=1))
    assert 10 <= figures["latency_repeats"] <= 14  # two seconds of predictions


def test_one_example_is_enough(tmp_path: Path) -> None:
    figures = latency(tmp_path, fakes.Layers(), limits=Limits(test_examples=1))
    assert figures["latency_repeats"] == 100
