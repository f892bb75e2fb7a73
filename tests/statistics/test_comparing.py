"""How often `bench compare` is right: simulated runs, written and compared as real ones are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.main import call
from invented import Truth, world

pytestmark = pytest.mark.slow

ROUNDS = 100
BASE = [Truth("resnet20", accuracy=0.9)]
MANY = [Truth(f"model {number}", accuracy=0.85 + 0.01 * number) for number in range(12)]


def failures(folder: Path, old: Sequence[Truth], new: Sequence[Truth], fail_on: str, **given: int) -> int:
    """How many of 100 comparisons of rows with others fail."""
    found = 0
    for number in range(ROUNDS):
        here = world(number, **given)
        first = here.write(folder / f"{number} old", old)
        second = here.write(folder / f"{number} new", new)
        code = call(["compare", str(first), str(second), "--fail-on", fail_on])
        assert code in (0, 1)
        found += code
    return found


def changed(**changes: float) -> list[Truth]:
    return [replace(BASE[0], **changes)]


def test_equal_speeds_are_seldom_taken_for_a_loss(tmp_path):
    assert failures(tmp_path, BASE, BASE, "train_samples_per_s", seeds=1, runs=5) <= 5


def test_a_loss_of_five_percent_at_two_percent_noise_is_found(tmp_path):
    slower = changed(speed=95.0)
    assert failures(tmp_path, BASE, slower, "train_samples_per_s:1%", seeds=1, runs=5) >= 90


def test_equal_accuracies_are_seldom_taken_for_a_loss(tmp_path):
    assert failures(tmp_path, BASE, BASE, "accuracy", examples=2000) <= 6


def test_among_many_equal_rows_there_is_seldom_a_loss(tmp_path):
    assert failures(tmp_path, MANY, MANY, "accuracy") <= 6


@pytest.mark.parametrize("seeds", [3, 5])
def test_three_points_are_found(tmp_path, seeds):
    worse = changed(accuracy=0.87)
    assert failures(tmp_path, BASE, worse, "accuracy:1%", examples=2000, seeds=seeds) >= 90
