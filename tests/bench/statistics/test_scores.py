"""What groups of examples contribute."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from bench.statistics import grouped


def test_groups_contribute_how_far_they_are_from_the_mean_by_their_size():
    # By hand: the mean is 3/5; groups of 3, 1 and 1 with sums 2, 1 and 0; three groups of five examples.
    found = grouped(np.array([[1.0, 1, 0, 1, 0]]), np.array([8, 8, 8, 2, 5]))
    at_5, at_8, at_2 = 0.6 + (0 - 0.6) * 3 / 5, 0.6 + (2 - 1.8) * 3 / 5, 0.6 + (1 - 0.6) * 3 / 5
    assert_allclose(found, [[at_2, at_5, at_8]])


def test_examples_that_belong_to_no_other_stay_as_they_are():
    examples = np.random.default_rng(0).integers(0, 2, (3, 50)).astype(float)
    assert_array_equal(grouped(examples, np.arange(50)), examples)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_the_mean_over_groups_is_the_mean_over_examples(groups):
    examples = np.random.default_rng(0).normal(size=(2, len(groups)))
    found = grouped(examples, np.array(groups))
    assert found.shape == (2, len({*groups}))
    assert_allclose(found.mean(axis=1), examples.mean(axis=1), atol=1e-12)
