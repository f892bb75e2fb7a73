"""The choice of a penalty on val, against one made with scikit-learn."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

import bench
import fakes
import probes
import trials
from bench import Limits, UnsuitableError
from bench.measuring.parameters import Parameters
from bench.toolkit.penalties import GRID, RISE
from bench.toolkit.penalties import Path as Tried
from bench.trial.live import LiveRun
from bench_objectives.feature_extract import FeatureExtract

AUTO = FeatureExtract(head="logistic-regression")


def probed(folder: Path, objective: bench.Objective = AUTO, **changes: object) -> LiveRun:
    """A live run of a hard cell, after training and measuring."""
    cell = probes.hard(objective, **changes)
    run = trials.live(folder, cell)
    trials.drain(cell.objective.train(run))
    trials.drain(cell.objective.measure(run))
    return run


@pytest.mark.parametrize("normalise", probes.ORACLES)
def test_it_is_the_one_with_the_least_loss_on_val(tmp_path: Path, normalise: str) -> None:
    run = probed(tmp_path, FeatureExtract(head="logistic-regression", normalise=normalise))
    train, val, test = (probes.features(run, split) for split in bench.SPLITS)
    losses = probes.losses_on_val(normalise, train, val, [l2 for l2 in GRID if 1e-2 < l2 < 1e4])
    l2 = run.quality["train"]["chosen_l2"]
    assert losses[l2] == pytest.approx(min(losses.values()), rel=0.01)
    before = probes.fitted(run, normalise, l2, "train")
    after = probes.fitted(run, normalise, l2, "train", "val")
    # Under a weak penalty the loss is flatter than float32 can tell, which moves an example or the other.
    assert run.quality["val"]["accuracy"] == pytest.approx(before.score(*val), abs=0.0125)
    assert run.quality["test"]["accuracy"] == pytest.approx(after.score(*test), abs=0.0125)
    found = run.predict(run.data("test").take(range(400)))["logits"].softmax(dim=1).numpy()
    np.testing.assert_allclose(found, after.predict_proba(test[0]), atol=0.02)


def test_so_it_is_over_tokens(tmp_path: Path) -> None:
    cell = probes.tagged(FeatureExtract(head="logistic-regression", normalise="none"))
    run = trials.live(tmp_path, cell)
    trials.drain(cell.objective.train(run))
    trials.drain(cell.objective.measure(run))
    train, val, test = (probes.token_features(run, split)[:2] for split in bench.SPLITS)
    losses = probes.losses_on_val("none", train, val, [l2 for l2 in GRID if 0.5 < l2 < 200])
    l2 = run.quality["train"]["chosen_l2"]
    assert min(losses) < l2 < max(losses)
    assert losses[l2] == pytest.approx(min(losses.values()), rel=0.01)
    words, tags = (np.concatenate(both) for both in zip(train, val, strict=True))
    after = probes.solved("none", l2, words, tags)
    found = probes.of_first_tokens(run, "test")
    np.testing.assert_allclose(found, after.predict_proba(test[0]), atol=0.02)


def test_a_val_cut_off_train_is_trained_on_in_the_end(tmp_path: Path) -> None:
    run = probed(tmp_path, splits=("train", "test"))
    assert {split: len(run.data(split)) for split in bench.SPLITS} == {"train": 360, "val": 40, "test": 400}
    model = probes.fitted(run, "standardise", run.quality["train"]["chosen_l2"], "train", "val")
    np.testing.assert_allclose(run.head.linear.weight.detach(), model[-1].coef_, atol=0.02)


def test_nothing_is_cut_off_train_where_nothing_is_chosen(tmp_path: Path) -> None:
    fixed = FeatureExtract(head="logistic-regression", l2=1.0)
    run = probed(tmp_path, fixed, splits=("train", "test"))
    assert {split: len(subset.positions) for split, subset in run.subsets.items()} == {
        "train": 400,
        "test": 400,
    }
    assert run.quality.keys() == {"test"}
    assert "val" in probed(tmp_path / "no test", fixed, splits=("train",)).quality
    assert probed(tmp_path / "own val", fixed).quality.keys() == {"val", "test"}


def test_a_limit_on_training_examples_holds(tmp_path: Path) -> None:
    cell = fakes.cell(AUTO, limits=Limits(train_examples=30))
    run = trials.live(tmp_path, cell)
    trials.drain(cell.objective.train(run))
    model = probes.fitted(run, "standardise", run.quality["train"]["chosen_l2"], "train")
    np.testing.assert_allclose(run.head.linear.weight.detach(), model[-1].coef_, atol=0.02)


@pytest.mark.parametrize("steps", [1, 14])
def test_one_that_is_stopped_before_it_has_chosen_has_seen_train_alone(tmp_path: Path, steps: int) -> None:
    cell = probes.hard(AUTO, limits=Limits(steps=steps))
    run = trials.live(tmp_path, cell)
    training = cell.objective.train(run)
    list(islice((step for step in training if step.loss is not None), steps))
    training.close()
    head, other = run.head.state_dict(), run.added["head before val"].state_dict()
    assert all(torch.equal(head[name], other[name]) for name in other)
    trials.drain(cell.objective.measure(run))
    assert run.quality.keys() == {"val", "test"}
    assert run.heads.keys() == {"head"}  # what was for val alone is not kept


def test_the_head_for_val_counts_as_none_of_the_model_s_parameters(tmp_path: Path) -> None:
    records = [
        trials.done(fakes.cell(objective), tmp_path, [Parameters()])
        for objective in (AUTO, FeatureExtract(epochs=1))
    ]
    counts = [trials.measured(record, "memory") for record in records]
    assert counts[0]["parameters_total"] == counts[1]["parameters_total"]
    assert counts[0]["parameters_trainable"] == counts[1]["parameters_trainable"]


def test_without_val_it_says_what_to_set(tmp_path: Path) -> None:
    record = trials.trial(fakes.cell(AUTO, dataset=fakes.Points(size=1, splits=("train", "test"))), tmp_path)
    assert record.reason == "l2 is chosen on val, and there are no val examples; set l2, as in l2: 1"


def test_penalties_are_tried_until_the_loss_has_clearly_risen() -> None:
    path = Tried()
    for loss in (5.0, 5.0, 5.1, 5.1, 3.0, 3.0, 3.29):
        path.add(loss)
        assert not path.over
    path.add(3.31)
    assert path.over
    assert path.best == 4
    path = Tried()
    for number in range(len(GRID)):
        assert not path.over
        path.add(-float(number))
    assert path.over
    assert path.best == len(GRID) - 1


def test_a_loss_that_is_not_finite_is_a_fault() -> None:
    with pytest.raises(UnsuitableError, match=r"with l2 1e[+]06 the loss on val is nan"):
        Tried().add(float("nan"))


def test_the_course_shows_the_loss_on_val_with_each_penalty(tmp_path: Path) -> None:
    record = trials.done(probes.hard(AUTO), tmp_path)
    losses = [point.values["val loss"] for point in record.curve if "val loss" in point.values]
    assert losses[-1] > (1 + RISE) * min(losses)
    assert losses[0] > min(losses)
