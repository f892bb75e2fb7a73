"""Whatever decides repeatedly spends its chance to be wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.statistics import spent

LOOKS = (3, 5, 7, 10, 15, 20)
"""How many seeds there are at each look."""


def test_by_hand():
    # The sum of 1 / k^2 is pi^2 / 6 (Euler 1735).
    assert spent(0.05, 1) == pytest.approx(0.0303963551)
    assert spent(0.05, 2) == spent(0.05, 1) / 4


def test_all_looks_together_spend_what_there_is():
    total = sum(spent(0.05, look) for look in range(1, 20_001))
    assert total == pytest.approx(0.05, rel=1e-4)
    assert total < 0.05


@pytest.mark.parametrize("look", [0, -1])
def test_looks_are_counted_from_one(look):
    with pytest.raises(ValueError, match=f"look {look}: looks are counted from 1"):
        spent(0.05, look)


def false_alarms(levels: list[float]) -> float:
    """How often one of several looks at growing samples of two equal rows calls them different."""
    first, second = np.random.default_rng(0).normal(size=(2, 10_000, LOOKS[-1]))
    alarms = [
        stats.ttest_ind(first[:, :seeds], second[:, :seeds], axis=1, equal_var=False).pvalue < level
        for seeds, level in zip(LOOKS, levels, strict=True)
    ]
    return float(np.any(alarms, axis=0).mean())


def test_who_looks_again_and_again_is_wrong_too_often_unless_it_is_spent():
    assert false_alarms([0.05] * len(LOOKS)) > 0.12
    assert false_alarms([spent(0.05, look) for look in range(1, len(LOOKS) + 1)]) < 0.05
