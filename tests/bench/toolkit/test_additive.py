"""Sums over examples, against loops and repetition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from bench.toolkit.additive import Additive


class Ratio(Additive):
    """Mean intersection over union of three classes, and the mean of a number."""

    def statistics(self, predictions: Any, targets: Any) -> Mapping[str, Any]:
        return {**predictions, **targets}

    def of_sums(self, sums: Mapping[str, Any], count: float) -> dict[str, float]:
        assert sums["intersection"].shape == (3,)
        return {
            "iou": float((sums["intersection"] / sums["union"]).mean()),
            "mean": float(sums["number"]) / count,
        }


RANDOM = np.random.default_rng(0)
STATISTICS = {
    "intersection": RANDOM.integers(0, 5, (20, 3)),
    "union": RANDOM.integers(5, 9, (20, 3)),
    "number": RANDOM.random(20, dtype=np.float32),
}


def test_sums_by_hand() -> None:
    found = Ratio().compute(STATISTICS)
    by_class = [
        sum(int(row[c]) for row in STATISTICS["intersection"])
        / sum(int(row[c]) for row in STATISTICS["union"])
        for c in range(3)
    ]
    assert found["iou"] == pytest.approx(sum(by_class) / 3)
    assert found["mean"] == pytest.approx(sum(map(float, STATISTICS["number"])) / 20)


def test_a_weight_is_how_often_an_example_counts() -> None:
    weights = RANDOM.integers(0, 4, 20)
    repeated = {name: np.repeat(values, weights, axis=0) for name, values in STATISTICS.items()}
    assert Ratio().compute(STATISTICS, weights) == pytest.approx(Ratio().compute(repeated))
    assert Ratio().compute(STATISTICS, np.ones(20)) == Ratio().compute(STATISTICS)


def test_small_types_do_not_overflow() -> None:
    many = {
        "number": np.full(1000, 255, np.uint8),
        **{n: np.ones((1000, 3), bool) for n in ("intersection", "union")},
    }
    assert Ratio().compute(many) == {"iou": 1.0, "mean": 255.0}
    assert Ratio().compute(many, np.ones(1000, np.uint8)) == {"iou": 1.0, "mean": 255.0}
