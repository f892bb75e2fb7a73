"""Published networks on CIFAR-10: as right as was measured, and judged as textbook tests judge them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bench.records.record import Record
from bench.records.results import Results
from bench.statistics import Scores, judge
from commandline import run_here

RIGHT = {"cifar/resnet20": (8103, 20), "cifar/resnet32": (8256, 19)}
"""How many of the 10,000 test images were measured to be classified right, and how many of 20 PNG files."""


def evaluated(dataset: str, weights: Path, folder: Path) -> Results:
    """What is found of both networks on some images."""
    run_here(
        f"""
        limits: {{train_examples: 10, val_examples: 10}}
        matrix:
          backbone:
            - {{name: cifar/resnet20, weights: {weights / "resnet20.safetensors"}, as: cifar/resnet20}}
            - {{name: cifar/resnet32, weights: {weights / "resnet32.safetensors"}, as: cifar/resnet32}}
          objective: evaluate
          dataset: {dataset}
        """,
        folder,
    )
    return Results.of(folder / "results" / "suite")


@pytest.fixture(scope="module")
def results(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What is found of both networks on the test images."""
    dataset = f"{{name: parquet, path: {shared_data / 'cifar10'}, image: image}}"
    return evaluated(dataset, shared_data / "weights", tmp_path_factory.mktemp("cifar"))


def found(results: Results, network: str) -> Record:
    (record,) = (each for each in results.records if each.labels["backbone"] == network)
    return record


def correct(results: Results, network: str) -> NDArray[Any]:
    """Whether a network is right of each test image, `[10000]`."""
    kept = results.predictions(found(results, network))
    assert kept is not None
    return kept["test"].statistics[""]["correct"]


@pytest.mark.parametrize("network", RIGHT)
@pytest.mark.slow
def test_they_are_as_right_as_measured(results: Results, network: str) -> None:
    # The count can move by a few images between decoders and devices.
    assert found(results, network).quality["test"]["accuracy"] * 10_000 == pytest.approx(
        RIGHT[network][0], abs=10
    )


def test_they_are_as_right_as_measured_of_a_few_files(shared_data: Path, tmp_path: Path) -> None:
    dataset = f"{{name: imagefolder, path: {shared_data / 'cifar10-png20'}}}"
    results = evaluated(dataset, shared_data / "weights", tmp_path)
    accuracies = [found(results, network).quality["test"]["accuracy"] for network in RIGHT]
    assert [20 * accuracy for accuracy in accuracies] == pytest.approx([right for _, right in RIGHT.values()])


@pytest.mark.slow
def test_single_networks_differ_as_mcnemars_exact_test_says(results: Results) -> None:
    first, second = both = [correct(results, network) for network in RIGHT]
    assert [each.sum() for each in both] == pytest.approx([right for right, _ in RIGHT.values()], abs=10)
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    mcnemar = stats.binomtest(only_first, only_first + only_second)

    scores = [Scores(np.array([each.mean()]), each[None].astype(float)) for each in both]
    judged = judge(scores).comparison(0, 1)

    assert judged.p == pytest.approx(mcnemar.pvalue, rel=1e-3)
    assert judged.answer == ("worse" if mcnemar.pvalue <= 0.05 else "undecided")
    assert judged.basis == "networks"
    assert judged.difference == pytest.approx((only_first - only_second) / 10_000)
    # Bonett and Price 2012: the interval of a difference of paired proportions.
    shares = [(count + 1) / 10_002 for count in (only_first, only_second)]
    error = np.sqrt((sum(shares) - (shares[0] - shares[1]) ** 2) / 10_002)
    reach = stats.norm.ppf(0.975) * error
    assert (judged.low, judged.high) == pytest.approx((-0.0153 - reach, -0.0153 + reach), abs=0.001)
