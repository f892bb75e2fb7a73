"""How fast texts are written: always as many tokens, whatever the model would write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import ClassVar

import pytest
import torch
from torch import nn

import bench
import fakes
import trials
from bench.measuring.flops import Flops
from bench.measuring.generation import Generation
from bench.measuring.latency import Latency

TOKEN = 0.002
RAMBLING = 40
LONGEST = 20


class Scribe(nn.Module):
    """Rambles on, two milliseconds a token, unless it is told how many to write."""

    written: ClassVar[list[int]] = []

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 3)
        self.tokens = RAMBLING

    @contextmanager
    def exactly(self, tokens: int) -> Iterator[int]:
        self.tokens = min(tokens, LONGEST)
        yield self.tokens
        self.tokens = RAMBLING

    def forward(self, features: bench.Features) -> torch.Tensor:
        Scribe.written.append(self.tokens)
        sleep(self.tokens * TOKEN)
        return self.layer(features.pooled)


class Writing(fakes.PointClassification):
    """A task whose head writes."""

    name = "writing"

    def head(self, encoder: bench.Encoder, info: bench.DatasetInfo) -> nn.Module:
        return Scribe()

    def loss(self, head: nn.Module, features: bench.Features, targets: bench.Targets) -> torch.Tensor:
        return nn.functional.cross_entropy(head.layer(features.pooled), targets["label"])


class Reading(trials.Nothing):
    """Evaluates nothing, so that the meter alone lets the head write."""

    def measure(self, run: bench.Run) -> bench.Steps[None]:
        assert run.head is not None
        Scribe.written.clear()
        for split in run.splits:
            run.report(split, {run.primary.name: 0.0})
        yield from ()


def measured(folder: Path, meter: bench.Meter, **changes: object) -> dict[str, float]:
    record = trials.done(fakes.cell(Reading(), task=Writing(), **changes), folder, [meter])
    assert record.notes == []
    assert trials.undeclared(type(meter), record.resources["throughput"]) == []
    return trials.measured(record, "throughput")


def test_a_text_has_as_many_tokens_each_time(tmp_path: Path) -> None:
    figures = measured(tmp_path, Generation())
    assert figures["new_tokens"] == LONGEST
    assert set(Scribe.written) == {1, LONGEST}
    assert figures["first_token_ms"] >= 1000 * TOKEN
    assert figures["tokens_per_s"] <= 60 / TOKEN  # a batch of 60 texts at a time


def test_so_it_has_in_its_latency(tmp_path: Path) -> None:
    figures = measured(tmp_path, Latency())
    assert set(Scribe.written) == {LONGEST}
    assert figures["latency_ms_p50"] >= LONGEST * TOKEN * 1000


def test_tokens_are_counted_over_the_batch(tmp_path: Path) -> None:
    one, many = (
        measured(tmp_path / f"{size}", Generation(), settings=bench.Settings(eval_batch_size=size))
        for size in (1, 10)
    )
    assert many["tokens_per_s"] > 2 * one["tokens_per_s"]


def test_nothing_is_measured_where_nothing_is_written(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(trials.Nothing()), tmp_path, [Generation()])
    assert record.notes == []
    assert record.resources == {"throughput": {}}


def test_arithmetic_is_that_of_the_reference(tmp_path: Path) -> None:
    figures = measured(tmp_path, Flops())
    encoder = 2 * 2 * 8 + 2 * 8 * 8
    assert figures["forward_gflops"] == pytest.approx((encoder + 2 * 8 * 3) / 1e9)
    assert figures["forward_input"] == "point 1x2, target label 1"


def test_it_is_left_out_where_cells_share_the_machine(tmp_path: Path) -> None:
    record = trials.done(
        fakes.cell(Reading(), task=Writing()), tmp_path, [Generation(), Flops()], shared=True
    )
    assert "tokens_per_s" not in record.resources["throughput"][""]
