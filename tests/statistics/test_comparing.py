"""How often `bench compare` is right: simulated runs, written and compared as real ones are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.main import call
from invented import Truth, world

pytestmark = pytest.mark.slow

ROUNDS = 100
BASE = Truth("resnet20", accuracy=0.9)


def failures(tmp_path: Path, truth: Truth, fail_on: str, **given: int) -> int:
    """How many of 100 comparisons with a row fail."""
    found = 0
    for number in range(ROUNDS):
        here = world(number, **given)
        old = here.write(tmp_path / f"{number} old", [BASE])
        new = here.write(tmp_path / f"{number} new", [truth])
        code = call(["compare", str(old), str(new), "--fail-on", fail_on])
        assert code in (0, 1)
        found += code
    return found


def test_equal_speeds_are_seldom_taken_for_a_loss(tmp_path):
    assert failures(tmp_path, BASE, "train_samples_per_s:1%", seeds=1, runs=5) <= 5


def test_a_loss_of_five_percent_at_two_percent_noise_is_found(tmp_path):
    truth = replace(BASE, speed=95.0)
    assert failures(tmp_path, truth, "train_samples_per_s:1%", seeds=1, runs=5) >= 90


def test_equal_accuracies_are_seldom_taken_for_a_loss(tmp_path):
    assert failures(tmp_path, BASE, "accuracy", examples=2000) <= 7


def test_three_points_are_found(tmp_path):
    truth = replace(BASE, accuracy=0.87)
    assert failures(tmp_path, truth, "accuracy:1%", examples=2000, seeds=5) >= 90
