"""The course of a training: bounded, the same however it is read, and in the record of any cell."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import bench
import fakes
import trials
from bench import Point, Progress, Step
from bench.records.record import Record
from bench.registry import load
from bench.trial.checkpoint import pack, unpack
from bench.trial.curve import DIGITS, MOST_POINTS, TOGETHER, Curve, Series
from bench.trial.trial import run_trial

LOSSES = st.lists(st.floats(width=32), max_size=2000)


def curve_of(losses: Sequence[float], reads: Sequence[int] = ()) -> Curve:
    """A curve that was handed these losses, one a step, and was read after some of the steps."""
    curve = Curve()
    for step, loss in enumerate(losses, 1):
        curve.add(step, torch.tensor(loss))
        if step in reads:
            curve.read()
    curve.read()
    return curve


def mean(values: Sequence[float]) -> dict[str, float]:
    """What a point has of so many losses, by numpy."""
    finite = np.asarray(values)[np.isfinite(values)]
    return {"train loss": pytest.approx(finite.mean(), rel=10.0**-DIGITS, abs=1e-30)} if finite.size else {}


@given(losses=LOSSES)
def test_points_are_means_over_stretches_whose_length_doubles(losses: list[float]) -> None:
    length = 1
    while len(losses) // length >= MOST_POINTS:
        length *= 2
    stretches = [losses[begin : begin + length] for begin in range(0, len(losses), length)]
    ends = [min((number + 1) * length, len(losses)) for number in range(len(stretches))]
    points = curve_of(losses).points()
    assert len(points) <= MOST_POINTS
    assert [point.step for point in points] == ends
    # An absolute tolerance of the largest loss: sums of both signs lose digits.
    scale = max((abs(loss) for loss in losses if math.isfinite(loss)), default=0.0)
    for point, stretch in zip(points, stretches, strict=True):
        expected = mean(stretch)
        assert point.values.keys() == expected.keys()
        finite = [loss for loss in stretch if math.isfinite(loss)]
        if finite:
            exact = math.fsum(finite) / len(finite)
            assert point.values["train loss"] == pytest.approx(exact, rel=1e-6, abs=1e-12 * scale)


@given(losses=LOSSES, reads=st.sets(st.integers(1, 2000)), cut=st.integers(0, 2000))
def test_a_curve_depends_on_the_losses_alone(losses: list[float], reads: set[int], cut: int) -> None:
    whole = curve_of(losses)
    assert curve_of(losses, sorted(reads)).points() == whole.points()
    before, after = curve_of(losses[:cut], sorted(reads)), Curve()
    after.load_state_dict(before.state_dict())
    for step, loss in enumerate(losses[cut:], cut + 1):
        after.add(step, torch.tensor(loss))
    after.read()
    assert after.points() == whole.points()
    assert after.notes == whole.notes


def test_a_checkpoint_can_hold_it(tmp_path: Path) -> None:
    curve = curve_of([1.0, math.nan, math.inf, 1e308])
    curve.add(5, torch.tensor(1e308, dtype=torch.float64))  # the sum is beyond what a float can hold
    curve.track("val accuracy", 0.5)
    path = tmp_path / "state.safetensors"
    path.write_bytes(pack(curve.state_dict()))
    again = Curve()
    again.load_state_dict(unpack(path))
    assert again.points() == curve.points()
    assert again.step == 5


def test_an_endless_training_has_a_bounded_curve() -> None:
    series = Series()
    for begin in range(0, 100_000, 1000):
        series.extend(range(begin + 1, begin + 1001), [2.0] * 1000)
    assert MOST_POINTS / 2 <= len(list(series)) <= MOST_POINTS
    assert series.length == 1024
    assert {stretch.mean for stretch in series} == {2.0}


def test_what_is_not_finite_leaves_a_gap_and_a_note() -> None:
    curve = curve_of([1.0, math.nan, -math.inf])
    assert curve.points() == [Point(1, {"train loss": 1.0}), Point(2, {}), Point(3, {})]
    assert curve.notes == ["train loss was not finite 2 times of 3"]
    assert curve_of([1.0]).notes == []


def test_figures_stand_beside_the_loss_of_their_step() -> None:
    curve = Curve()
    curve.track("val accuracy", 0.25)
    for step in (1, 2):
        curve.add(step, torch.tensor(3.0 - step))
    curve.track("val accuracy", 0.75)
    curve.add(3, None)
    curve.track("val loss", 0.5)
    curve.read()
    assert curve.points() == [
        Point(0, {"val accuracy": 0.25}),
        Point(1, {"train loss": 2.0}),
        Point(2, {"train loss": 1.0, "val accuracy": 0.75}),
        Point(3, {"val loss": 0.5}),
    ]
    assert list(curve.points()[2].values) == ["train loss", "val accuracy"]


def test_each_point_is_told_once_and_the_end_too() -> None:
    losses = np.random.default_rng(0).random(1000)
    curve, told = Curve(), []
    for step, loss in enumerate(losses, 1):
        curve.add(step, torch.tensor(loss))
        if step % 70 == 0:
            curve.read()
            told += curve.fresh()
    curve.read()
    told += curve.rest()
    steps = [point.step for point in told]
    assert steps == sorted(set(steps))
    assert steps[:MOST_POINTS] == list(range(1, MOST_POINTS + 1))
    lengths = np.diff([0, *steps])
    heard = [point.values["train loss"] for point in told]
    assert np.average(heard, weights=lengths) == pytest.approx(losses.mean())
    assert steps[-1] == 1000


def test_losses_need_not_be_alike_and_keep_no_graph_alive() -> None:
    curve = Curve()
    weight = torch.ones(1, requires_grad=True)
    released = []
    for step in range(1, TOGETHER):
        loss = (weight * step).square().sum()
        loss.grad_fn.register_hook(lambda *_: None)
        released.append(loss)
        curve.add(step, loss)
    curve.add(TOGETHER, torch.tensor([7.0], dtype=torch.bfloat16))
    curve.add(TOGETHER + 1, torch.tensor(0.1, dtype=torch.float64))
    assert all(not kept.requires_grad for kept in [*curve._single, *curve._together])
    curve.read()
    points = curve.points()
    assert [point.values["train loss"] for point in points[:3]] == [1, 4, 9]
    assert points[TOGETHER - 1].values["train loss"] == 7
    assert points[TOGETHER].values["train loss"] == 0.1


# --- in records --------------------------------------------------------------------------------------


class Told(bench.Objective):
    """Takes steps with losses that it is told, in a phase of its own, and then fails if it is told so."""

    name: ClassVar[str] = "told"
    losses: tuple[str, ...] = ()
    phase: str = "distil"
    fails: bool = False

    def train(self, run: bench.Run) -> bench.Steps[None]:
        with run.phase(self.phase):
            for loss in self.losses:
                yield Step(1, torch.tensor(float(loss)))
        if self.fails:
            raise bench.DataError("it ends here")


def values(record: Record, name: str) -> dict[int, float]:
    return {point.step: point.values[name] for point in record.curve if name in point.values}


@pytest.fixture(scope="module")
def registry() -> bench.registry.Registry:
    return load([fakes.FILE])


def made(registry: bench.registry.Registry, folder: Path, **objective: Any) -> Record:
    return trials.done(fakes.cell(registry.create("objective", objective)), folder)


def test_a_training_by_gradient_descent_is_in_its_record(
    tmp_path: Path, registry: bench.registry.Registry
) -> None:
    record = made(registry, tmp_path, name="fine-tune", epochs=5, lr=0.02, keep="best")
    losses, accuracies = values(record, "train loss"), values(record, "val accuracy")
    assert list(losses) == list(range(1, 21))  # four batches an epoch
    assert losses[20] < losses[1]
    assert list(accuracies) == [4, 8, 12, 16, 20]
    chosen = record.quality["train"]["chosen_epoch"]
    best = max(accuracies.values())
    assert accuracies[4 * chosen] == best == pytest.approx(record.quality["val"]["accuracy"])
    assert {"val f1", "val precision", "val recall"} <= record.curve[3].values.keys()


def test_val_is_not_looked_at_for_the_curve(tmp_path: Path, registry: bench.registry.Registry) -> None:
    record = made(registry, tmp_path, name="fine-tune", epochs=2)
    assert {name for point in record.curve for name in point.values} == {"train loss"}


@pytest.mark.parametrize("head", ["gradient-descent", "logistic-regression"])
def test_a_head_on_kept_features_has_one_too(
    head: str, tmp_path: Path, registry: bench.registry.Registry
) -> None:
    record = made(registry, tmp_path, name="feature-extract", head=head)
    losses = values(record, "train loss")
    assert list(losses) == list(range(1, record.effective["steps"] + 1))
    assert all(map(math.isfinite, losses.values()))


def test_a_phase_of_the_objective_s_own_is_training(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(Told(losses=("3", "2"))), tmp_path)
    assert values(record, "train loss") == {1: 3.0, 2: 2.0}
    encoding = trials.done(fakes.cell(Told(losses=("3", "2"), phase="encode")), tmp_path)
    assert encoding.curve == []


def test_a_training_that_fails_keeps_its_course(tmp_path: Path) -> None:
    record = trials.trial(fakes.cell(Told(losses=("3", "inf"), fails=True)), tmp_path)
    assert (record.status, record.reason) == ("failed", "it ends here")
    assert [point.step for point in record.curve] == [1, 2]
    assert record.notes == ["train loss was not finite 1 times of 2"]


def test_a_record_with_a_diverged_training_is_strict_json(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(Told(losses=("1", "nan"))), tmp_path)
    text = record.model_dump_json()
    json.loads(text, parse_constant=pytest.fail)
    assert Record.model_validate_json(text) == record


def test_a_record_without_a_curve_has_an_empty_one(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(Told(losses=("1",))), tmp_path)
    assert Record.model_validate(record.model_dump(exclude={"curve"})).curve == []


def test_what_is_told_as_a_cell_runs_is_its_curve(tmp_path: Path) -> None:
    told: list[Progress] = []
    cell = fakes.cell(Told(losses=("3", "2", "1")))
    record = run_trial(trials.job(cell, tmp_path), (), told.append)
    points = [point for progress in told for point in progress.points]
    assert [(point.step, dict(point.values)) for point in points] == [
        (point.step, point.values) for point in record.curve
    ]


def test_progress_is_made_of_its_message() -> None:
    message = {"phase": "train", "steps": 3, "loss": 0.5, "points": [{"step": 3, "values": {"val f1": 1}}]}
    assert Progress(**json.loads(json.dumps(message))) == Progress(
        "train", 3, 0.5, (Point(3, {"val f1": 1.0}),)
    )
