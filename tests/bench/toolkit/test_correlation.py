"""Weighted correlations: scipy's, where each row counts once or a whole number of times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.toolkit.correlation import mid_ranks, pearson, spearman

VALUE = st.integers(-4, 4) | st.floats(-1e3, 1e3, width=32)
Rows = list[tuple[float, float, int]]
ROWS = st.lists(st.tuples(VALUE, VALUE, st.integers(0, 3)), min_size=2, max_size=40)


def columns(rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second, weights = np.array(rows, dtype=np.float64).T
    return first, second, weights


@given(ROWS)
@settings(deadline=None)
def test_it_is_scipy_s_of_rows_that_occur_so_often(rows: Rows) -> None:
    first, second, weights = columns(rows)
    one, other = (np.repeat(column, weights.astype(int)) for column in (first, second))
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        assert pearson(first, second, weights) is None
        assert spearman(first, second, weights) is None
        return
    assert spearman(first, second, weights) == pytest.approx(stats.spearmanr(one, other)[0], abs=1e-12)
    if min(np.ptp(one), np.ptp(other)) > 1e-3:  # closer ones leave scipy few digits
        assert pearson(first, second, weights) == pytest.approx(stats.pearsonr(one, other)[0], abs=1e-6)


@given(ROWS)
@settings(deadline=None)
def test_halves_of_a_row_are_a_row(rows: Rows) -> None:
    first, second, weights = columns(rows)
    whole = spearman(first, second, weights)
    halves = spearman(*(np.repeat(column, 2) for column in (first, second)), np.repeat(weights, 2) / 2)
    assert halves == (None if whole is None else pytest.approx(whole))


def test_equal_values_share_a_rank() -> None:
    assert mid_ranks(np.array([7.0, 1.0, 7.0]), np.ones(3)).tolist() == [2.0, 0.5, 2.0]
