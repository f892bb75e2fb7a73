"""What is told of a cell as it goes, how often, and how long it is said to take."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
import torch

import bench
import fakes
import trials
from bench import Limits, Progress, Step
from bench.trial.live import LiveRun
from bench.trial.telling import MOST_CHANGES, Mark, Pace, Teller
from bench.trial.trial import run_trial


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Told:
    """A teller of a run that does nothing, and what it has told."""

    def __init__(self, folder: Path, **limits: object) -> None:
        self.clock = Clock()
        self.heard: list[Progress] = []
        self.run: LiveRun = trials.live(folder, fakes.cell(trials.Nothing(), limits=Limits(**limits)))
        self.teller = Teller(self.run, self.heard.append, self.clock)

    def steps(self, count: int, each: float) -> None:
        """So many steps are done, each after so many seconds."""
        for step in range(1, count + 1):
            self.clock.now += each
            self.run.curve.add(step, torch.tensor(float(step)))
            self.teller.stepped(step, torch.tensor(float(step)))


def test_a_phase_is_told_at_once_and_what_it_goes_through_once_a_second(tmp_path: Path) -> None:
    told = Told(tmp_path)
    with told.run.stopwatch.phase("encode", 100):
        for _ in range(40):
            told.clock.now += 0.125
            told.run.stopwatch.went_through(2)
    assert [(p.phase, p.examples, p.total_examples) for p in told.heard] == [
        ("encode", 0, 100),
        *(("encode", done, 100) for done in (2, 18, 34, 50, 66)),
        ("measure", 0, None),
    ]


def test_an_objective_that_opens_a_phase_in_each_step_is_not_slowed_down(tmp_path: Path) -> None:
    told = Told(tmp_path)
    for _ in range(1000):
        told.clock.now += 0.001
        with told.run.phase("dream"):
            pass
    assert len(told.heard) <= 2 * MOST_CHANGES


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_not_told(tmp_path: Path, loss: float) -> None:
    told = Told(tmp_path)
    told.teller.stepped(1, torch.tensor(loss))
    assert [progress.loss for progress in told.heard] == [None]


def test_steps_are_told_once_a_second_with_the_loss_and_what_the_curve_has_gained(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.run.expect(16)
    with told.run.phase("train"):
        told.steps(16, each=0.25)
    stepped = [progress for progress in told.heard if progress.steps]
    assert [p.steps for p in stepped[:-1]] == [1, 5, 9, 13]
    assert [p.loss for p in stepped[:-1]] == [1.0, 5.0, 9.0, 13.0]
    assert [len(p.points) for p in stepped[:-1]] == [1, 4, 4, 4]
    assert [p.total_steps for p in stepped] == [16] * 5
    assert [p.seconds_left for p in stepped[:-1]] == [None, 2.75, 1.75, 0.75]


def test_what_is_left_is_of_the_training_and_goes_down_while_an_epoch_is_evaluated(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.run.expect(10)
    with told.run.phase("train"):
        told.steps(5, each=1.0)
        told.clock.now += 2
        with told.run.stopwatch.phase("evaluate", 3):
            assert told.heard[-1].seconds_left == 3.0
        told.teller.rest()
    assert told.heard[-1].seconds_left is None


def test_a_recipe_of_several_loops_says_at_first_how_many_steps_they_all_take(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    run.expect(30)
    run.expect(10)
    run.curve.add(10, None)
    run.expect(15)
    assert run.expected == 30
    run.expect(25)
    assert run.expected == 35


@pytest.mark.parametrize(
    ("limits", "expected", "total", "left"),
    [
        ({}, None, None, None),  # an objective that does not say
        ({"steps": 20}, None, None, None),
        ({}, 101, 101, 90.0),
        ({"steps": 51}, 101, 51, 40.0),
        ({"steps": 200}, 101, 101, 90.0),
        ({"seconds": 25.0}, 101, 101, 40.0),  # half of the time is training
        ({"seconds": 5.0}, 101, 101, 0.0),
        ({}, 6, 6, 0.0),  # more steps than were expected
    ],
)
def test_what_is_left_is_what_ends_the_training_first(
    limits: dict[str, object], expected: int | None, total: int | None, left: float | None
) -> None:
    pace = Pace(Limits(**limits))
    assert pace.left(Mark(time=100.0, steps=1, trained=0.0), expected) is None
    assert pace.left(Mark(time=110.0, steps=11, trained=5.0), expected) == left
    assert pace.total(expected) == total


def test_the_steps_of_an_attempt_that_was_cut_off_say_nothing_of_the_pace() -> None:
    pace = Pace(Limits())
    pace.left(Mark(0.0, 501, 900.0), 1000)
    assert pace.left(Mark(1.0, 502, 901.0), 1000) == 498.0


class Silent(trials.Nothing):
    """Takes steps, and does not say how many."""

    name: ClassVar[str] = "silent"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        for _ in range(3):
            yield Step(1)


def heard_of(objective: bench.Objective, folder: Path) -> Iterator[Progress]:
    told: list[Progress] = []
    run_trial(trials.job(fakes.cell(objective), folder), [], told.append)
    return iter(told)


def test_an_objective_that_says_nothing_has_steps_only(tmp_path: Path) -> None:
    told = list(heard_of(Silent(), tmp_path))
    assert max(progress.steps for progress in told) > 0
    assert {progress.total_steps for progress in told} == {None}


def test_preparing_encoding_and_evaluating_say_how_many_examples_of_how_many(tmp_path: Path) -> None:
    from bench_objectives.feature_extract import FeatureExtract

    counted = {
        (progress.phase, progress.total_examples)
        for progress in heard_of(FeatureExtract(epochs=1), tmp_path)
        if progress.total_examples is not None
    }
    assert counted == {(phase, 60) for phase in ("prepare", "encode", "evaluate")}


def test_all_stages_of_gradual_unfreezing_are_expected_from_the_first_step(tmp_path: Path) -> None:
    from bench_objectives.gradual_unfreeze import GradualUnfreeze

    told = list(heard_of(GradualUnfreeze(epochs=2), tmp_path))
    assert {progress.total_steps for progress in told if progress.steps} == {3 * 2 * 4}
