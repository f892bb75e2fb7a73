"""Statements about real networks, beside what textbook tests say of the same predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bench.records.results import Results
from bench.statistics import Scores, judge
from commandline import run_suite

RIGHT = {"cifar/resnet20": 8103, "cifar/resnet32": 8256}
"""How many of the 10,000 test images were measured to be classified right."""


@pytest.fixture(scope="module")
def correct(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[NDArray[Any]]:
    """Whether each network is right of each test image, `[10000]`."""
    folder, weights = tmp_path_factory.mktemp("cifar"), shared_data / "weights"
    records = run_suite(
        f"""
        limits: {{train_examples: 10, val_examples: 10}}
        matrix:
          backbone:
            - {{name: cifar/resnet20, weights: {weights / "resnet20.safetensors"}, as: cifar/resnet20}}
            - {{name: cifar/resnet32, weights: {weights / "resnet32.safetensors"}, as: cifar/resnet32}}
          objective: evaluate
          dataset: {{name: parquet, path: {shared_data / "cifar10"}, image: image}}
        """,
        folder,
    )
    results = Results.of(folder / "results" / "suite")
    found = {}
    for record in records:
        kept = results.predictions(record)
        assert kept is not None
        found[record.labels["backbone"]] = kept["test"].statistics[""]["correct"]
    return [found[name] for name in RIGHT]


def test_single_networks_differ_as_mcnemars_exact_test_says(correct: list[NDArray[Any]]) -> None:
    first, second = correct
    # The count can move by a few images between decoders and devices.
    assert [each.sum() for each in correct] == pytest.approx(list(RIGHT.values()), abs=10)
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    mcnemar = stats.binomtest(only_first, only_first + only_second)

    scores = [Scores(np.array([each.mean()]), each[None].astype(float)) for each in correct]
    found = judge(scores).comparison(0, 1)

    assert found.p == pytest.approx(mcnemar.pvalue, rel=1e-3)
    assert found.answer == ("worse" if mcnemar.pvalue <= 0.05 else "undecided")
    assert found.basis == "networks"
    assert found.difference == pytest.approx((only_first - only_second) / 10_000)
    # Bonett and Price 2012: the interval of a difference of paired proportions.
    shares = [(count + 1) / 10_002 for count in (only_first, only_second)]
    error = np.sqrt((sum(shares) - (shares[0] - shares[1]) ** 2) / 10_002)
    reach = stats.norm.ppf(0.975) * error
    assert (found.low, found.high) == pytest.approx((-0.0153 - reach, -0.0153 + reach), abs=0.001)
