"""Accuracy among the best five: against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import top_k_accuracy_score

import fakes
from bench import DatasetInfo
from bench_metrics.top_5 import Top5
from bench_text.plain_text import PlainText


def info(classes: int) -> DatasetInfo:
    return DatasetInfo({"test": 1}, tuple(map(str, range(classes))))


@pytest.mark.parametrize("coarse", [True, False])
@pytest.mark.parametrize("classes", [6, 10, 100])
def test_it_is_that_of_scikit_learn(classes: int, coarse: bool) -> None:
    random = torch.Generator().manual_seed(classes)
    labels = torch.randint(classes, (300,), generator=random)
    logits = torch.randn(300, classes, generator=random)
    if coarse:
        logits = logits.round()  # many classes are equally probable
    metrics = Top5().metrics(info(classes))
    found = metrics.statistics({"logits": logits}, {"label": labels})
    weights = np.random.default_rng(0).integers(0, 4, 300)
    for weight in (None, weights):
        expected = top_k_accuracy_score(labels, logits, k=5, labels=range(classes), sample_weight=weight)
        computed = metrics.compute({name: tensor.numpy() for name, tensor in found.items()}, weight)
        assert computed == {"top5_accuracy": pytest.approx(expected)}


def test_what_it_suits() -> None:
    assert Top5().suits(fakes.PointClassification(), info(6))
    assert not Top5().suits(fakes.PointClassification(), info(5))
    assert not Top5().suits(PlainText(), info(6))
