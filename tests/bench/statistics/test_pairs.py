"""Differences of two, against textbook tests and the mean squares of a two-way layout."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.statistics import Scores, judge

RANDOM = np.random.default_rng(11)


def scores(examples, kind=""):
    examples = np.atleast_2d(np.asarray(examples, dtype=float))
    return Scores(examples.mean(axis=1), examples, kind)


def by_seeds(means, kind):
    return Scores(np.asarray(means, dtype=float), None, kind)


def compared(first, second, **options):
    return judge([first, second], **options).comparison(0, 1)


def right(both, first, second, neither):
    """Two networks by how many examples both, only the first, only the second and neither got right."""
    counts = (both, first, second, neither)
    return scores(np.repeat([1, 1, 0, 0], counts)), scores(np.repeat([1, 0, 1, 0], counts))


@pytest.mark.parametrize(
    "counts",
    [
        (80, 15, 4, 1),
        (7500, 603, 756, 1141),
        (0, 6, 0, 14),
        (90, 5, 5, 0),
        (10, 0, 0, 0),
        (794, 86, 150, 570),  # approval of a prime minister; Agresti, Categorical Data Analysis, table 10.1
    ],
)
def test_two_networks_are_compared_by_mcnemars_exact_test(counts):
    first, second = right(*counts)
    found, only = compared(first, second), counts[1] + counts[2]
    p = stats.binomtest(counts[1], only).pvalue if only else 1.0
    assert found.p == pytest.approx(p, rel=1e-6)
    assert found.basis == "networks"
    assert found.difference == pytest.approx((counts[1] - counts[2]) / sum(counts))


def test_their_interval_is_that_of_bonett_and_price():
    first, second = right(794, 86, 150, 570)
    found = compared(first, second)
    shares = np.array([87, 151]) / 1602
    error = np.sqrt((shares.sum() - (shares[0] - shares[1]) ** 2) / 1602)
    assert found.low == pytest.approx(-64 / 1600 - 1.96 * error, abs=2e-4)
    assert found.high == pytest.approx(-64 / 1600 + 1.96 * error, abs=2e-4)


@pytest.mark.parametrize("first", range(2, 16))
def test_the_interval_says_what_the_exact_test_says(first):
    found = compared(*right(20, first, 2, 20))
    assert (found.low > 0) == (found.p <= 0.05) == (found.answer == "better")


@pytest.mark.parametrize(("examples", "answer"), [(5, "undecidable"), (6, "better")])
def test_too_few_examples_could_not_have_decided(examples, answer):
    # All of five on one side have p = 2 / 2^5 = 0.0625; of six half of that.
    assert compared(*right(0, examples, 0, 0)).answer == answer


def test_one_seed_of_either_is_a_paired_test_over_examples():
    first, second = RANDOM.normal(0.3, 1, 40), RANDOM.normal(0, 1, 40)
    test = stats.ttest_rel(first, second)
    interval = test.confidence_interval(0.95)
    found = compared(scores(first), scores(second))
    assert (found.p, found.low, found.high) == pytest.approx((test.pvalue, interval.low, interval.high))
    assert found.basis == "networks"


def test_seeds_of_one_alone_say_nothing_of_the_recipe():
    first, second = RANDOM.normal(0.3, 1, (3, 40)), RANDOM.normal(0, 1, 40)
    test = stats.ttest_rel(first.mean(axis=0), second)
    found = compared(scores(first), scores(second))
    assert (found.p, found.basis) == (pytest.approx(test.pvalue), "networks")


def test_seeds_alone_are_compared_by_welchs_test():
    # Kinds differ, so that neither borrows from the other.
    first, second = [0.81, 0.83, 0.80, 0.84], [0.78, 0.79, 0.76]
    test = stats.ttest_ind(first, second, equal_var=False)
    interval = test.confidence_interval(0.95)
    found = compared(by_seeds(first, "a"), by_seeds(second, "b"))
    assert (found.p, found.low, found.high) == pytest.approx((test.pvalue, interval.low, interval.high))
    assert found.basis == "seeds"


def test_of_one_kind_by_students_with_a_pooled_variance():
    first, second = [0.81, 0.83, 0.80, 0.84], [0.78, 0.79, 0.76, 0.80]
    test = stats.ttest_ind(first, second)
    assert compared(by_seeds(first, ""), by_seeds(second, "")).p == pytest.approx(test.pvalue)


def mean_squares(examples):
    """Of a two-way layout without repeats: between seeds, and what is left."""
    seeds, units = examples.shape
    table = examples - examples.mean()
    between_seeds = units * (table.mean(axis=1) ** 2).sum() / (seeds - 1)
    left = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0)
    return between_seeds, (left**2).sum() / (seeds - 1) / (units - 1)


def test_seeds_and_examples_are_crossed():
    units = 30
    hard = RANDOM.normal(0, 1, units)
    examples = [
        hard + RANDOM.normal(0, 0.5, (seeds, units)) + RANDOM.normal(0, 0.4, (seeds, 1)) for seeds in (3, 5)
    ]
    difference = examples[0].mean(axis=0) - examples[1].mean(axis=0)
    parts, doubt = [difference.var(ddof=1) / units], (difference.var(ddof=1) / units) ** 2 / (units - 1)
    for each in examples:
        between, left = mean_squares(each)
        assert between > left
        parts.append((between - left) / units / len(each))
        doubt += (between / units / len(each)) ** 2 / (len(each) - 1)
    freedom, error = sum(parts) ** 2 / doubt, np.sqrt(sum(parts))
    found = compared(scores(examples[0], "a"), scores(examples[1], "b"))
    assert found.basis == "recipe"
    assert found.p == pytest.approx(2 * stats.t.sf(abs(difference.mean()) / error, freedom))
    reach = stats.t.ppf(0.975, freedom) * error
    assert (found.low, found.high) == pytest.approx((difference.mean() - reach, difference.mean() + reach))


def test_what_all_seeds_gave_alike_is_one_measurement_of_the_recipe():
    first, second = RANDOM.integers(0, 2, (2, 60)).astype(float)
    family = judge([scores([first] * 4), scores([second] * 2)])
    alone = compared(scores(first), scores(second))
    found = family.comparison(0, 1)
    assert family.alike(0)
    assert family.alike(1)
    assert (found.p, found.low, found.high) == (alone.p, alone.low, alone.high)
    assert (found.basis, alone.basis) == ("recipe", "networks")


def test_and_lends_no_certainty_to_others():
    noisy = [scores(RANDOM.normal(0, 1, (3, 50)) + RANDOM.normal(0, 1, (3, 1)), "a") for _ in range(2)]
    sure = scores([RANDOM.normal(0, 1, 50)] * 3, "a")
    alone = judge(noisy).interval(0)
    assert judge([*noisy, sure]).interval(0) == alone


def test_a_single_seed_without_its_examples_says_nothing():
    found = compared(by_seeds([0.8], ""), by_seeds([0.7, 0.71, 0.72], ""))
    assert (found.answer, found.p, found.low, found.high) == ("undecidable", 1.0, -np.inf, np.inf)


def test_nor_do_means_that_do_not_vary_at_all():
    assert compared(by_seeds([0.8, 0.8], ""), by_seeds([0.7, 0.7], "")).answer == "undecidable"


def test_two_that_are_one_are_not_told_apart():
    for examples in (RANDOM.normal(size=(1, 30)), RANDOM.integers(0, 2, (3, 30))):
        found = compared(scores(examples), scores(examples))
        assert (found.difference, found.p, found.answer) == (0, 1, "undecided")
