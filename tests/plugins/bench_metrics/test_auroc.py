"""The area under the ROC curve: against scikit-learn, and against counting pairs."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

import fakes
from bench import DatasetInfo
from bench_metrics.auroc import Auroc, area
from bench_text.plain_text import PlainText


def statistics(logits: torch.Tensor, labels: torch.Tensor) -> dict[str, np.ndarray]:
    found = Auroc().metrics(info(logits.shape[1])).statistics({"logits": logits}, {"label": labels})
    return {name: tensor.numpy() for name, tensor in found.items()}


def compute(kept: dict[str, np.ndarray], classes: int, weights: Any = None) -> dict[str, float]:
    return Auroc().metrics(info(classes)).compute(kept, weights)


def info(classes: int) -> DatasetInfo:
    return DatasetInfo({"test": 1}, tuple(map(str, range(classes))))


def drawn(classes: int, *, coarse: bool) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(classes)
    labels = torch.randint(classes, (300,), generator=random)
    logits = torch.randn(300, classes, generator=random)
    logits[torch.arange(300), labels] += 1
    return (logits.round() if coarse else logits), labels


@pytest.mark.parametrize("coarse", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_two_classes_are_those_of_scikit_learn(coarse: bool, weighted: bool) -> None:
    logits, labels = drawn(2, coarse=coarse)
    kept = statistics(logits, labels)
    weights = np.random.default_rng(0).integers(0, 4, 300) if weighted else None
    expected = roc_auc_score(labels, logits.softmax(1)[:, 1], sample_weight=weights)
    assert kept["score"].shape == (300, 1)
    assert compute(kept, 2, weights) == {"auroc": pytest.approx(expected, abs=1e-12)}


@pytest.mark.parametrize("coarse", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("classes", [3, 10])
def test_more_classes_are_those_of_scikit_learn(classes: int, weighted: bool, coarse: bool) -> None:
    logits, labels = drawn(classes, coarse=coarse)
    kept = statistics(logits, labels)
    weights = np.random.default_rng(0).integers(0, 4, 300) if weighted else None
    expected = roc_auc_score(
        labels, logits.softmax(1), multi_class="ovr", average="macro", sample_weight=weights
    )
    assert kept["score"].dtype == np.float32
    assert compute(kept, classes, weights) == {"auroc": pytest.approx(expected, abs=1e-12)}


def test_classes_that_do_not_occur_are_left_out() -> None:
    logits, labels = drawn(4, coarse=False)
    labels %= 3
    kept = statistics(logits, labels)
    expected = np.mean([roc_auc_score(labels == c, kept["score"][:, c]) for c in range(3)])
    assert compute(kept, 4) == {"auroc": pytest.approx(expected)}
    assert compute(kept, 4, (labels == 1).numpy()) == {}  # one class alone cannot be told from others


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=1, max_size=30))
@settings(deadline=None)
def test_the_area_is_the_share_of_pairs_in_order(examples: list[tuple[int, bool, int]]) -> None:
    scores, positive, weights = (np.array(column) for column in zip(*examples, strict=True))
    pairs = [
        (first[2] * second[2], (first[0] > second[0]) + (first[0] == second[0]) / 2)
        for first, second in product(examples, examples)
        if first[1] and not second[1]
    ]
    total = sum(weight for weight, _ in pairs)
    found = area(scores, positive, weights)
    if total == 0:
        assert found is None
    else:
        assert found == pytest.approx(sum(weight * order for weight, order in pairs) / total)


def test_what_it_suits() -> None:
    assert Auroc().suits(fakes.PointClassification(), info(2))
    assert Auroc().suits(fakes.PointClassification(), info(100))
    assert not Auroc().suits(fakes.PointClassification(), info(101))
    assert not Auroc().suits(PlainText(), info(2))
