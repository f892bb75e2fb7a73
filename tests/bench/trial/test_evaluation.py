"""Statistics are gathered, figures computed; a stranger's metric that fails costs its own figures only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch

import bench
import fakes
import trials
from bench import Batch, Figure, UnsuitableError
from bench.records.contributions import TASK
from bench.trial.evaluation import Evaluation, Evaluator, as_arrays


class Sums(bench.Metrics):
    """The sum of a number, and what it was asked for."""

    def __init__(self, name: str = "sum", fault: str = "") -> None:
        self.name = name
        self.fault = fault

    def statistics(self, predictions: Any, targets: Any) -> Mapping[str, torch.Tensor]:
        if self.fault == "statistics":
            raise ZeroDivisionError("no\nnumbers")
        if self.fault == "shape":
            return {"number": predictions["number"][:1]}
        return {"number": predictions["number"]}

    def compute(self, statistics: Any, weights: Any = None) -> dict[str, float]:
        if self.fault == "compute":
            raise ZeroDivisionError("no\nnumbers")
        if self.fault == "infinite":
            return {self.name: float("inf")}
        return {self.name: float(statistics["number"].sum())}


def batch(*examples: int) -> tuple[Batch, dict[str, torch.Tensor]]:
    return Batch({}, {}, examples), {"number": torch.tensor([10.0 * example for example in examples])}


def evaluated(further: Sums) -> tuple[Any, list[str]]:
    notes: list[str] = []
    evaluation = Evaluation({TASK: Sums(), "more": further}, notes)
    for examples in ((3, 1), (0, 2)):
        evaluation.add(*batch(*examples))
    return evaluation.scores(), notes


def test_statistics_are_in_the_order_of_the_split() -> None:
    scores, notes = evaluated(Sums("more"))
    assert scores.figures == {"sum": 60.0, "more": 60.0}
    assert scores.examples.tolist() == [0, 1, 2, 3]
    assert {name: found["number"].tolist() for name, found in scores.statistics.items()} == {
        TASK: [0.0, 10.0, 20.0, 30.0],
        "more": [0.0, 10.0, 20.0, 30.0],
    }
    assert notes == []


class Places(Sums):
    """The sum of the places among all that were seen."""

    def settle(self, statistics: Any) -> Mapping[str, Any]:
        return {"number": statistics["number"].argsort().argsort()}


def test_candidates_are_there_until_statistics_are_settled_and_then_left_out() -> None:
    counted = np.array([False, True, False, True])
    evaluation = Evaluation({TASK: Places(), "more": Sums("more")}, [], counted)
    for examples in ((3, 1), (0, 2)):
        evaluation.add(*batch(*examples))
    scores = evaluation.scores()
    assert scores.examples.tolist() == [1, 3]
    assert scores.statistics[TASK]["number"].tolist() == [1, 3]
    assert scores.figures == {"sum": 4.0, "more": 40.0}
    assert scores.seen == 4


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("statistics", "ZeroDivisionError: no numbers"),
        ("compute", "ZeroDivisionError: no numbers"),
        ("shape", "UnsuitableError: statistic 'number' is [1] for 2 examples"),
        ("infinite", "ValueError: more is inf"),
    ],
)
def test_a_further_metric_that_fails_leaves_a_note_and_the_others_their_figures(
    fault: str, reason: str
) -> None:
    scores, notes = evaluated(Sums("more", fault))
    assert scores.figures == {"sum": 60.0}
    assert scores.statistics.keys() == {TASK}
    assert notes == [f"metric 'more' failed: {reason}"]


def test_a_metric_that_fails_alike_on_two_splits_leaves_one_note() -> None:
    notes: list[str] = []
    for _ in ("val", "test"):
        evaluation = Evaluation({TASK: Sums(), "more": Sums("more", "compute")}, notes)
        evaluation.add(*batch(0, 1))
        evaluation.scores()
    assert notes == ["metric 'more' failed: ZeroDivisionError: no numbers"]


def test_a_fault_of_the_task_s_own_metrics_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        Evaluation({TASK: Sums(fault="statistics")}, []).add(*batch(0, 1))
    evaluation = Evaluation({TASK: Sums(fault="compute")}, [])
    evaluation.add(*batch(0, 1))
    with pytest.raises(ZeroDivisionError):
        evaluation.scores()


def test_a_figure_that_the_task_has_is_refused() -> None:
    with pytest.raises(UnsuitableError, match="metric 'more' computes 'sum', as the task does; rename or"):
        evaluated(Sums("sum"))


def test_statistics_are_copies_in_types_that_every_reader_knows() -> None:
    shared = torch.ones(2)
    given = {
        "shared": shared,
        "half": torch.ones(2, dtype=torch.float16),
        "brain": torch.ones(2, dtype=torch.bfloat16),
        "truth": torch.ones(2, dtype=torch.bool),
        "parameter": torch.nn.Parameter(torch.ones(2, 3)),
    }
    arrays = as_arrays(given, 2)
    shared.zero_()
    assert all((array == 1).all() for array in arrays.values())
    assert {name: str(array.dtype) for name, array in arrays.items()} == {
        "shared": "float32",
        "half": "float32",
        "brain": "float32",
        "truth": "bool",
        "parameter": "float32",
    }


@pytest.mark.parametrize("name", ["split", "source", "index", "a.b", "A", "", "a b"])
def test_names_that_no_column_can_have_are_refused(name: str) -> None:
    with pytest.raises(UnsuitableError, match="needs another name: lower case letters, digits and '_'"):
        as_arrays({name: torch.ones(2)}, 2)


@pytest.mark.parametrize("tensor", [torch.ones(3), torch.tensor(1.0), torch.ones(2, 0)])
def test_tensors_that_do_not_fit_are_refused(tensor: torch.Tensor) -> None:
    with pytest.raises(UnsuitableError, match=r"statistic 'a' is \[.*\] for 2 examples"):
        as_arrays({"a": tensor}, 2)


class Ones(bench.Metrics):
    """Counts examples, one by one."""

    def statistics(self, predictions: Any, targets: Any) -> Mapping[str, torch.Tensor]:
        return {"one": torch.ones(len(targets["label"]))}

    def compute(self, statistics: Any, weights: Any = None) -> dict[str, float]:
        return {"examples": float(np.sum(statistics["one"]))}


class Further(bench.Metric):
    """Counts examples."""

    name = "further"
    figures = (Figure("examples"),)

    def suits(self, task: bench.Task, info: bench.DatasetInfo) -> bool:
        return len(info.classes) == 3

    def metrics(self, info: bench.DatasetInfo) -> Any:
        return Ones()


class Other(Further):
    """Has a figure of the same name."""

    name = "other"


class Undecided(Further):
    """Does not know what suits it."""

    name = "undecided"

    def suits(self, task: bench.Task, info: bench.DatasetInfo) -> bool:
        raise ZeroDivisionError("neither")


INFO = fakes.Points().info()


def test_metrics_that_suit_are_found() -> None:
    two = fakes.Points(classes=("a", "b")).info()
    assert list(Evaluator(fakes.PointClassification(), INFO, [Further()]).further) == ["further"]
    assert list(Evaluator(fakes.PointClassification(), two, [Further()]).further) == []
    evaluator = Evaluator(fakes.PointClassification(), INFO, [Undecided(), Further()])
    assert evaluator.figures == (Figure("examples"),)
    assert evaluator.notes == ["metric 'undecided' failed: ZeroDivisionError: neither"]


def test_two_metrics_with_one_figure_end_the_cell_before_it_trains(tmp_path: Any) -> None:
    class Never(trials.Nothing):
        def train(self, run: bench.Run) -> bench.Steps[None]:
            raise AssertionError("it trains")
            yield

    record = trials.trial(fakes.cell(Never()), tmp_path, metrics=[Further(), Other()])
    assert record.status == "failed"
    assert record.reason == ("metrics 'further' and 'other' both compute 'examples'; uninstall one of them")


def test_further_metrics_stand_beside_the_task_s_where_it_is_reported(tmp_path: Any) -> None:
    run = trials.live(tmp_path, metrics=[Further()])
    assert "examples" not in trials.drain(run.metrics("val"))
    list(run.evaluate("val"))
    assert list(run.quality["val"]) == ["accuracy", "precision", "recall", "f1", "examples"]
    assert run.quality["val"]["examples"] == 60.0
    assert run.contributions["val"].statistics["further"]["one"].tolist() == [1.0] * 60


def test_the_notes_of_metrics_are_the_record_s(tmp_path: Any) -> None:
    record = trials.done(fakes.cell(trials.Nothing()), tmp_path, metrics=[Undecided()])
    assert record.notes == ["metric 'undecided' failed: ZeroDivisionError: neither"]
