"""Changes to put in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.api import Column, Comparison, Figure
from bench.reporting.comparing.values import Change, Measured

COLUMNS = {
    "accuracy": Column(Figure("accuracy", better="higher"), "test accuracy", split="test"),
    "psnr": Column(Figure("psnr", "dB", better="higher"), "test psnr", split="test"),
    "speed": Column(
        Figure("samples_per_s", "samples/s", better="higher"), "train_samples_per_s", phase="train"
    ),
}


def make(
    name: str, difference: float, low: float, high: float, answer: Any, *, first: float = 0.5, **fields: Any
) -> Change:
    """Return a change; of a speed what differs is a ratio."""
    column, need = COLUMNS[name], fields.pop("need", None)
    comparison = Comparison(difference, low, high, 0.5, answer, fields.pop("basis", "recipe"), need)
    second = first + difference if column.split else first * difference
    over = "seeds" if column.split else "runs"
    return Change(column, over, Measured(first, None, 3), Measured(second, None, 3), comparison, **fields)


@pytest.fixture(scope="session")
def change() -> Callable[..., Change]:
    """The maker of changes."""
    return make
