"""The expected calibration error: against torchmetrics, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchmetrics.classification import MulticlassCalibrationError

import fakes
from bench import DatasetInfo
from bench_metrics.calibration_error import CalibrationError
from bench_text.plain_text import PlainText

METRICS = CalibrationError().metrics(DatasetInfo({"test": 1}, ("a", "b", "c")))


@pytest.mark.parametrize("classes", [2, 3, 10, 100])
def test_it_is_that_of_torchmetrics(classes: int) -> None:
    random = torch.Generator().manual_seed(classes)
    labels = torch.randint(classes, (500,), generator=random)
    logits = 2 * torch.randn(500, classes, generator=random)
    logits[torch.arange(500), labels] += 2
    found = METRICS.statistics({"logits": logits}, {"label": labels})
    oracle = MulticlassCalibrationError(classes, n_bins=15, norm="l1")(logits.softmax(1), labels)
    computed = METRICS.compute({name: tensor.numpy() for name, tensor in found.items()})
    assert computed == {"calibration_error": pytest.approx(float(oracle), abs=1e-6)}


def test_it_is_as_defined() -> None:
    statistics = {
        "confidence": np.array([0.9, 0.92, 0.5, 1.0], np.float32),
        "correct": np.array([True, False, True, True]),
    }
    # 0.9 and 0.92 share a bin of mean confidence 0.91, half right; 0.5 is too modest, 1 is rightly sure.
    expected = (2 * abs(0.91 - 0.5) + abs(0.5 - 1)) / 4
    assert METRICS.compute(statistics) == {"calibration_error": pytest.approx(expected)}
    weighted = (abs(1 * 0.9 + 3 * 0.92 - 1) + 2 * 0.5) / 6
    found = METRICS.compute(statistics, np.array([1, 3, 2, 0]))
    assert found == {"calibration_error": pytest.approx(weighted)}


def test_the_upper_edge_of_a_bin_belongs_to_it() -> None:
    edges = {"confidence": np.array([0.9375, 1.0]), "correct": np.array([False, True])}
    # Both in (14/15, 1]: the mean confidence is compared with half right.
    assert METRICS.compute(edges) == {"calibration_error": pytest.approx(0.96875 - 0.5)}


def test_what_it_suits() -> None:
    info = DatasetInfo({"test": 1}, ("a", "b"))
    assert CalibrationError().suits(fakes.PointClassification(), info)
    assert not CalibrationError().suits(PlainText(), info)
