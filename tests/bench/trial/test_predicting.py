"""Predictions for new inputs: batch by batch, in order, whatever cannot be read among them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import bench
import fakes
import trials
from bench import DataError, NewInput, UnsuitableError
from bench.trial.live import LiveRun
from bench.trial.predicting import predictions


def item(number: int) -> NewInput:
    return NewInput(f"point {number}", lambda: np.array([number, 1.0]))


def broken() -> NewInput:
    def read() -> object:
        raise DataError("point x: is none")

    return NewInput("point x", read)


def live(folder: Path) -> LiveRun:
    run = trials.live(folder, settings=bench.Settings(batch_size=2, eval_batch_size=3))
    run.cell.objective.rebuild(run)
    return run


def test_they_come_in_order_and_as_if_alone(tmp_path: Path) -> None:
    run = live(tmp_path)
    found = list(predictions(run, [item(0), broken(), *map(item, range(1, 7)), DataError("gone")]))
    assert [one.where for one in found] == ["point 0", "point x", *(f"point {n}" for n in range(1, 7)), ""]
    assert [one.fault for one in found if one.fault] == ["is none", "gone"]
    for number, one in enumerate(one for one in found if not one.fault):
        point = torch.tensor([[number, 1.0]])
        with torch.no_grad():
            expected = run.head(run.encoder({"point": point})).softmax(1)[0]
        assert one.values["probability"] == pytest.approx(float(expected.max()), abs=1e-6)
        assert one.values["class"] == ("a", "b", "c")[int(expected.argmax())]


def test_they_do_not_wait_for_all_inputs(tmp_path: Path) -> None:
    def inputs():
        yield from map(item, range(3))
        raise AssertionError("asked for more than a batch")

    assert next(predictions(live(tmp_path), inputs())).where == "point 0"


def test_without_a_head_there_are_none(tmp_path: Path) -> None:
    with pytest.raises(UnsuitableError, match="nothing that predicts was kept"):
        next(predictions(trials.live(tmp_path), [item(0)]))


def test_a_task_that_says_nothing_shows_its_predictions(tmp_path: Path) -> None:
    shown = bench.Task.postprocess(
        fakes.PointClassification(),
        {"value": torch.tensor([1.5, 2.0]), "box": torch.tensor([[1, 2], [3, 4]])},
        bench.DatasetInfo({}),
        [None, None],
        None,
    )
    assert shown == [{"value": 1.5, "box": [1, 2]}, {"value": 2.0, "box": [3, 4]}]
