"""Pairs of a family, each judged by itself."""

from __future__ import annotations

import numpy as np
import pytest

from bench.statistics import Scores, judge


def scores(random: np.random.Generator, kind: str, center: float) -> Scores:
    units = center + random.normal(size=(4, 200)) + 0.1 * random.normal(size=(4, 1))
    return Scores(units.mean(axis=1), units, kind)


@pytest.fixture
def contenders() -> list[Scores]:
    random = np.random.default_rng(0)
    return [scores(random, str(number), 0.1 * number) for number in range(4)]


def test_a_pair_by_itself_is_as_if_there_were_no_others(contenders):
    family = judge(contenders, together=False)
    for first, second in ((0, 1), (1, 3), (3, 0)):
        alone = judge([contenders[first], contenders[second]]).comparison(0, 1)
        found = family.comparison(first, second)
        assert (found.difference, found.answer) == (pytest.approx(alone.difference), alone.answer)
        assert (found.low, found.high, found.p) == pytest.approx((alone.low, alone.high, alone.p))


def test_together_they_are_less_sure(contenders):
    alone, together = judge(contenders, together=False), judge(contenders)
    assert alone.comparison(0, 1).p < together.comparison(0, 1).p


def test_rows_of_one_kind_lend_each_other_their_spread(contenders):
    kin = [Scores(each.means, each.examples, "one") for each in contenders]
    alone, lent = judge(contenders[:2]), judge(kin, together=False)
    assert lent.comparison(0, 1).p != alone.comparison(0, 1).p
