"""Multi-label: figures are scikit-learn's, over all examples and for each class."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, precision_recall_fscore_support
from torch.nn.functional import binary_cross_entropy_with_logits

import bench
from bench.toolkit.by_label import ByLabel
from bench.toolkit.multi_label import MultiLabelMetrics, truth
from bench_text.text_multi_label import TextMultiLabel

INFO = bench.DatasetInfo({"test": 1}, ("dog", "cat", "owl"))
Case = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Truth and logits, `[N, C]` each, with ties; and how often each example occurs."""
    count, classes = draw(st.integers(1, 25)), draw(st.integers(2, 4))
    cells = st.tuples(st.booleans(), st.integers(-3, 3))
    rows = draw(st.lists(st.lists(cells, min_size=classes, max_size=classes), min_size=count, max_size=count))
    weights = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    both = np.array(rows)
    return both[..., 0].astype(bool), both[..., 1].astype(np.float32), np.array(weights)


def kept(target: np.ndarray, logit: np.ndarray) -> dict[str, np.ndarray]:
    return {"target": target, "logit": logit, "exact": ((logit > 0) == target).all(axis=1)}


@given(cases())
@settings(deadline=None)
def test_figures_are_those_of_scikit_learn(case: Case) -> None:
    target, logit, weights = case
    found = MultiLabelMetrics(0.0).compute(kept(target, logit), weights)
    if not weights.any():
        assert found == {}
        return
    guess, options = logit > 0, {"sample_weight": weights, "zero_division": 0}
    assert found["micro_f1"] == pytest.approx(f1_score(target, guess, average="micro", **options))
    assert found["macro_f1"] == pytest.approx(f1_score(target, guess, average="macro", **options))
    assert found["subset_accuracy"] == pytest.approx(accuracy_score(target, guess, sample_weight=weights))
    counted = weights > 0
    occurring = target[counted].any(axis=0)
    assert ("mean_average_precision" in found) == occurring.any()
    if occurring.any():
        expected = average_precision_score(
            target[counted][:, occurring],
            logit[counted][:, occurring],
            average="macro",
            sample_weight=weights[counted],
        )
        assert found["mean_average_precision"] == pytest.approx(expected)


@given(cases())
@settings(deadline=None)
def test_each_class_has_the_figures_of_scikit_learn(case: Case) -> None:
    target, logit, _ = case
    found = ByLabel([""] * target.shape[1], 0.0).compute(kept(target, logit))
    guess = logit > 0
    expected = precision_recall_fscore_support(target, guess, zero_division=0)
    occurring = target.any(axis=0) | guess.any(axis=0)
    for name, values in zip(("precision", "recall", "f1"), expected, strict=False):
        assert found[name] == pytest.approx(np.where(occurring, values, np.nan), nan_ok=True)
    assert found["support"].tolist() == target.sum(axis=0).tolist()
    for at in range(target.shape[1]):
        own = average_precision_score(target[:, at], logit[:, at]) if target[:, at].any() else np.nan
        assert found["average_precision"][at] == pytest.approx(own, nan_ok=True)


def test_statistics_are_taken_of_logits_and_classes() -> None:
    logits = torch.tensor([[2.0, -1.0, 0.5], [-1.0, -1.0, -1.0]])
    found = MultiLabelMetrics(1.0).statistics({"logits": logits}, {"classes": torch.tensor([[0], [-1]])})
    assert found["target"].tolist() == [[True, False, False], [False] * 3]
    assert found["exact"].tolist() == [True, True]


def test_examples_may_be_of_no_class() -> None:
    assert truth(torch.tensor([[0, 2], [1, -1], [-1, -1]]), 3).int().tolist() == [
        [1, 0, 1],
        [0, 1, 0],
        [0, 0, 0],
    ]
    assert truth(torch.zeros(2, 0, dtype=torch.int64), 3).any().item() is False


def test_targets_of_unlike_length_become_a_batch() -> None:
    task = TextMultiLabel()
    samples = [bench.Sample({}, task.targets(bench.Example("", target))) for target in ((0, 2), (), (1,))]
    batch = task.collate(samples)
    assert batch.targets["classes"].tolist() == [[0, 2], [-1, -1], [1, -1]]
    assert task.collate([bench.Sample({}, {})]).targets == {}


def test_the_loss_is_the_mean_binary_cross_entropy() -> None:
    logits = torch.tensor([[2.0, -1.0, 0.5]])
    head = torch.nn.Module()
    head.forward = lambda features: logits
    loss = TextMultiLabel().loss(head, bench.Features(logits), {"classes": torch.tensor([[0, 2]])})
    assert loss == binary_cross_entropy_with_logits(logits, torch.tensor([[1.0, 0.0, 1.0]]))


def test_predictions_for_people_name_the_classes_above_the_threshold() -> None:
    logits = torch.tensor([[0.5, 3.0, -3.0]])
    (shown,) = TextMultiLabel().postprocess({"logits": logits}, INFO, [""], None)
    assert shown["classes"] == ["cat", "dog"]
    assert shown["probabilities"] == pytest.approx({"dog": 0.6225, "cat": 0.9526, "owl": 0.0474}, abs=1e-4)
    (strict,) = TextMultiLabel(threshold=0.9).postprocess({"logits": logits}, INFO, [""], None)
    assert strict["classes"] == ["cat"]
