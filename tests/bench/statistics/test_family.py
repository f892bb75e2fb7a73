"""Contenders that are judged together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.api import Comparison
from bench.statistics import Family, Scores, judge

RANDOM = np.random.default_rng(2)
OPPOSITE = {"better": "worse", "worse": "better"}


def field(levels, seeds=3, units=300, spread=0.3):
    """Contenders at some levels, in a hurry: normal scores, a common hardness of examples."""
    hard = RANDOM.normal(0, 1, units)
    found = []
    for level in levels:
        noise = RANDOM.normal(0, 0.5, (seeds, units)) + spread * RANDOM.normal(0, 1, (seeds, 1))
        examples = level + hard + noise
        found.append(Scores(examples.mean(axis=1), examples))
    return found


@st.composite
def families(draw):
    """Some contenders of any kinds and numbers of seeds: right or wrong, other scores, or seeds alone."""
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    units, crossed, binary = draw(st.integers(2, 30)), draw(st.booleans()), draw(st.booleans())
    found = []
    for _ in range(draw(st.integers(2, 5))):
        seeds, level = draw(st.integers(1, 4)), draw(st.floats(-1, 1))
        examples = random.normal(level, 1, (seeds, units))
        examples = (examples > 0).astype(float) if binary else examples
        found.append(
            Scores(examples.mean(axis=1), examples if crossed else None, draw(st.sampled_from(["a", "b"])))
        )
    return found


def everything(family: Family, count: int) -> list[Comparison]:
    return [family.comparison(i, j) for i in range(count) for j in range(count) if i != j]


def close(first: Comparison, second: Comparison) -> None:
    numbers = [[each.difference, each.low, each.high, each.p] for each in (first, second)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-6, abs=1e-9)
    assert (first.answer, first.basis) == (second.answer, second.basis)


@given(families())
@settings(max_examples=40, deadline=None)
def test_what_one_is_to_another_this_is_not_to_it(contenders):
    family = judge(contenders, margin=0.2)
    for i in range(len(contenders)):
        for j in range(i):
            there, back = family.comparison(i, j), family.comparison(j, i)
            assert (there.difference, there.low, there.high) == (-back.difference, -back.high, -back.low)
            assert there.p == back.p
            assert back.answer == OPPOSITE.get(there.answer, there.answer)


@given(families())
@settings(max_examples=40, deadline=None)
def test_statements_go_together(contenders):
    family = judge(contenders, margin=0.2)
    assert sorted(family.order) == list(range(len(contenders)))
    means = [contenders[at].means.mean() for at in family.order]
    assert means == sorted(means, reverse=True)
    for found in everything(family, len(contenders)):
        assert found.low <= found.difference <= found.high
        assert 0 < found.p <= 1
        assert (found.need is not None) == (found.answer == "undecided")
        if found.answer in OPPOSITE:
            assert found.p <= 0.05
            assert found.low >= 0 or found.high <= 0
        if found.answer == "undecided":
            assert found.p > 0.05
            assert found.low <= 0 <= found.high
    for first, last in family.ranks:
        assert 1 <= first <= last <= len(contenders)
    assert family.chosen_again(50).sum() == pytest.approx(1)


@given(families(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_in_which_they_are_given_does_not_matter(contenders, random):
    if len({float(each.means.mean()) for each in contenders}) < len(contenders):
        return
    places = random.sample(range(len(contenders)), len(contenders))
    family, moved = judge(contenders), judge([contenders[at] for at in places])
    for i, first in enumerate(places):
        assert moved.ranks[i] == family.ranks[first]
        assert moved.corrected(i) == pytest.approx(family.corrected(first))
        for j, second in enumerate(places):
            if i != j:
                close(moved.comparison(i, j), family.comparison(first, second))


@pytest.mark.parametrize("binary", [True, False])
def test_neither_a_shift_nor_a_unit_changes_what_is_said(binary):
    contenders = field([0, 0.2, 0.5])
    examples = [each.examples > 0 if binary else each.examples for each in contenders]
    plain = judge([Scores(each.mean(axis=1), each) for each in examples], margin=0.1)
    percent = [100 * each + 7 for each in examples]
    moved = judge([Scores(each.mean(axis=1), each) for each in percent], margin=10)
    for at in (1, 2):
        found, expected = moved.comparison(0, at), plain.comparison(0, at)
        assert (found.p, found.answer) == (pytest.approx(expected.p), expected.answer)
        assert (found.low, found.high) == pytest.approx((100 * expected.low, 100 * expected.high))
        assert moved.corrected(at) == pytest.approx(100 * plain.corrected(at) + 7)


def test_the_same_is_said_each_time():
    contenders = field([0, 0.1, 0.2, 0.3])
    assert everything(judge(contenders), 4) == everything(judge(contenders), 4)


def test_ranks_count_who_is_surely_better_and_surely_worse():
    family = judge(field([0.0, 10.0, 10.0, 20.0]))
    assert family.order[0] == 3
    assert list(family.ranks) == [(4, 4), (2, 3), (2, 3), (1, 1)]


def test_the_same_within_a_margin_is_sure_too():
    contenders = field([0.0, 0.0], seeds=5, units=2000, spread=0.01)
    found = judge(contenders, margin=0.5).comparison(0, 1)
    assert found.answer == "same"
    assert judge(contenders, margin=abs(found.difference)).comparison(0, 1).answer != "same"


def test_what_differs_within_the_margin_is_the_same():
    contenders = field([1.0, 0.0], seeds=5, units=2000, spread=0.01)
    assert judge(contenders).comparison(0, 1).answer == "better"
    assert judge(contenders, margin=5.0).comparison(0, 1).answer == "same"


def test_more_examples_are_asked_for_where_seeds_would_not_do():
    hard = RANDOM.normal(0, 3, (2, 40))
    hard[0] += 0.1 + hard[1].mean() - hard[0].mean()
    examples = hard[:, None] + RANDOM.normal(0, 0.01, (2, 4, 40)) + RANDOM.normal(0, 0.01, (2, 4, 1))
    found = judge([Scores(each.mean(axis=1), each) for each in examples]).comparison(0, 1)
    assert found.answer == "undecided"
    assert found.need is not None
    assert found.need.low is None


def test_runs_are_not_moderated_and_need_to_be_five():
    means = RANDOM.normal(0, 1, (3, 5)) * [[0.01], [0.1], [1.0]] + [[3.0], [2.0], [0.0]]
    family = judge([Scores(each) for each in means], runs=True)
    assert family.comparison(0, 1).answer == "better"
    assert family.comparison(0, 1).basis == "runs"
    few = judge([Scores(means[0]), Scores(means[1][:4])], runs=True).comparison(0, 1)
    assert few.answer == "undecidable"
    assert np.isfinite(few.low)


def test_those_with_one_seed_and_those_with_more_are_judged_together():
    contenders = field([0.0, 2.0, 4.0])
    single = contenders[1].examples[:1]
    family = judge([contenders[0], Scores(single.mean(axis=1), single), contenders[2]])
    bases = {(i, j): family.comparison(i, j).basis for i, j in [(0, 1), (1, 2), (0, 2)]}
    assert bases == {(0, 1): "networks", (1, 2): "networks", (0, 2): "recipe"}


def test_many_contenders_are_judged_by_a_bound():
    examples = RANDOM.normal(0, 1, (450, 2, 30)) + RANDOM.normal(0, 1, 30)
    examples[7] += 100
    family = judge([Scores(each.mean(axis=1), each) for each in examples])
    assert family.order[0] == 7
    assert family.ranks[7] == (1, 1)
    assert all(answer == (2, 450) for at, answer in enumerate(family.ranks) if at != 7)


def test_one_that_went_astray_does_not_blur_the_others():
    contenders = field([0.0, 2.0], spread=0.1)
    astray = -np.exp(RANDOM.normal(60, 5, (3, 300)))
    family = judge([*contenders, Scores(astray.mean(axis=1), astray, "other")])
    assert family.comparison(1, 0).answer == "better"
    assert family.order[-1] == 2
