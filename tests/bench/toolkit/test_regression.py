"""Regression: figures are scikit-learn's and scipy's, and numbers are learnt in units of their deviation."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

import bench
import fakes
import trials
from bench.toolkit.heads import OnPooled
from bench.toolkit.number_heads import NumberHead
from bench.toolkit.regression import Regression, RegressionMetrics
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_objectives.gradual_unfreeze import GradualUnfreeze

INFO = bench.DatasetInfo({"test": 1})
NUMBER = st.floats(-100, 100, width=32)


def figures(predicted: list[float], true: list[float], weights: np.ndarray | None = None) -> dict[str, float]:
    metrics = RegressionMetrics()
    numbers = {"number": torch.tensor(predicted)}
    kept = metrics.statistics(numbers, {"number": torch.tensor(true)})
    return metrics.compute({name: tensor.numpy() for name, tensor in kept.items()}, weights)


@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=2, max_size=40))
@settings(deadline=None)
def test_figures_are_those_of_scikit_learn_and_scipy(pairs: list[tuple[float, float]]) -> None:
    predicted, true = map(list, zip(*pairs, strict=True))
    found = figures(predicted, true)
    assert found["mse"] == pytest.approx(mean_squared_error(true, predicted))
    assert found["mae"] == pytest.approx(mean_absolute_error(true, predicted))
    assert ("r2" in found) == (len(set(true)) > 1)
    assert ("spearman" in found) == (len(set(true)) > 1 and len(set(predicted)) > 1)
    if np.ptp(true) > 1e-3:
        assert found["r2"] == pytest.approx(r2_score(true, predicted), rel=1e-6)
    if "spearman" in found:
        assert found["spearman"] == pytest.approx(stats.spearmanr(predicted, true)[0], abs=1e-12)


def test_what_weighs_nothing_is_not_looked_at() -> None:
    assert figures([1, 2, 9], [1, 2, 0], np.array([1, 1, 0])) == figures([1, 2], [1, 2])
    assert figures([1, 2], [1, 2], np.zeros(2)) == {}


def test_errors_are_kept_to_the_last_digit_of_large_numbers() -> None:
    found = figures([2.0**24], [2.0**24 - 1])
    assert (found["mse"], found["mae"]) == (1.0, 1.0)


class Heights(fakes.Points):
    """Points, and a number far from 0 that is linear in them."""

    name: ClassVar[str] = "heights"
    task: ClassVar[str] = "height"
    targets: ClassVar[frozenset[str]] = frozenset({"number"})

    def info(self) -> bench.DatasetInfo:
        return bench.DatasetInfo(super().info().sizes)

    def load(self, split: bench.Split) -> list[bench.Example]:
        points = [np.asarray(example.input) for example in super().load(split)]
        return [bench.Example(point, 1000 + 50 * float(point.sum())) for point in points]


class Height(Regression):
    name: ClassVar[str] = "height"
    modality: ClassVar[str] = fakes.PointClassification.modality

    def prepare(self, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        return bench.Sample(processor(example.input), self.targets(example))


def cell(objective: bench.Objective) -> object:
    return fakes.cell(objective, dataset=Heights(), task=Height())


@pytest.mark.parametrize(
    "objective",
    [FineTune(lr=1e-2, epochs=60), FeatureExtract(epochs=40), GradualUnfreeze(lr=1e-2, epochs=10)],
    ids=lambda objective: objective.name,
)
def test_numbers_far_from_0_are_learnt(tmp_path: Path, objective: bench.Objective) -> None:
    assert trials.done(cell(objective), tmp_path).quality["test"]["r2"] > 0.8


def test_units_are_those_of_train_alone(tmp_path: Path) -> None:
    run = trials.live(tmp_path, cell(FineTune(epochs=1)))
    trials.drain(run.cell.objective.train(run))
    numbers = np.array([example.target for example in Heights().load("train")])
    assert float(run.head.origin) == pytest.approx(numbers.mean())
    assert float(run.head.unit) == pytest.approx(numbers.std())


def test_numbers_that_are_all_alike_have_a_unit_too() -> None:
    head = NumberHead(OnPooled(torch.nn.Linear(2, 1)))
    head.fit_targets([{"number": torch.full((3,), 7.0)}])
    assert (float(head.origin), float(head.unit)) == (7.0, 1.0)


def test_units_and_numbers_are_each_other_s_inverse() -> None:
    head = NumberHead(OnPooled(torch.nn.Linear(2, 1)))
    head.fit_targets([{"number": torch.tensor([1.0, 3.0])}, {"number": torch.tensor([8.0])}])
    numbers = torch.tensor([-2.0, 0.0, 5.0])
    torch.testing.assert_close(head.in_numbers(head.in_units(numbers)), numbers)


def test_a_prediction_is_a_number_for_people() -> None:
    shown = Height().postprocess(
        {"number": torch.tensor([1.5])}, INFO, ["a"], fakes.Layers().load().processor
    )
    assert shown == [{"number": 1.5}]
