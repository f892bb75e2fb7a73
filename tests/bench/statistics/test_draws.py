"""Contenders whose seeds drew the same training examples, against textbook tests and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.statistics import Scores, judge


def seeds_alone(means, draws=()):
    return Scores(np.asarray(means, dtype=float), kind="probe", draws=draws)


def crossed(examples, draws=()):
    examples = np.asarray(examples, dtype=float)
    return Scores(examples.mean(axis=1), examples, "probe", draws)


def compared(first, second, **options):
    return judge([first, second], **options).comparison(0, 1)


DRAWS = tuple(range(10))


@pytest.fixture
def random():
    return np.random.default_rng(5)


def test_by_seeds_alone_it_is_the_paired_t_test(random):
    draw = random.normal(0, 5, 10)
    first, second = draw + random.normal(2, 1, 10), draw + random.normal(0, 1, 10)
    test = stats.ttest_rel(first, second)
    interval = test.confidence_interval(0.95)
    found = compared(seeds_alone(first, DRAWS), seeds_alone(second, DRAWS))
    assert (found.p, found.low, found.high) == pytest.approx((test.pvalue, interval.low, interval.high))
    assert (found.answer, found.basis) == ("better", "seeds")
    assert compared(seeds_alone(first), seeds_alone(second)).answer == "undecided"


@pytest.mark.parametrize("other", [(), tuple(range(1, 11)), DRAWS[::-1], DRAWS[:9]])
def test_only_equal_draws_are_paired(random, other):
    first, second = random.normal(1, 1, 10), random.normal(0, 1, len(other) or 10)
    found = compared(seeds_alone(first, DRAWS), seeds_alone(second, other))
    assert found == compared(seeds_alone(first), seeds_alone(second))


def test_one_draw_pairs_nothing(random):
    first, second = random.random((1, 50)) < 0.7, random.random((1, 50)) < 0.5
    assert compared(crossed(first, (0,)), crossed(second, (0,))) == compared(crossed(first), crossed(second))


def test_the_variance_is_that_of_a_two_way_layout_of_differences(random):
    draw, unit = random.normal(0, 2, (10, 1)), random.normal(0, 1, (1, 40))
    first, second = (draw + unit + random.normal(0, 1, (10, 40)) for _ in range(2))
    differences = first - second
    by_draw, by_unit = differences.mean(axis=1), differences.mean(axis=0)
    rest = differences - by_draw[:, None] - by_unit + differences.mean()
    interaction = (rest**2).sum() / (9 * 39) / 40
    units, draws = by_unit.var(ddof=1) / 40, max(by_draw.var(ddof=1) - interaction, 0) / 10
    error = np.sqrt(units + draws)
    freedom = error**4 / (units**2 / 39 + (by_draw.var(ddof=1) / 10) ** 2 / 9)
    found = compared(crossed(first, DRAWS), crossed(second, DRAWS))
    half = stats.t.ppf(0.975, freedom) * error
    assert (found.low, found.high) == pytest.approx((by_draw.mean() - half, by_draw.mean() + half))


def test_a_pair_is_the_same_beside_others_but_for_the_number_of_pairs(random):
    examples = random.normal(0, 1, (4, 10, 30)) + random.normal(0, 3, (10, 1))
    scores = [crossed(each, DRAWS) for each in examples[:3]] + [crossed(examples[3])]
    family = judge(scores, together=False)
    for first, second in ((0, 1), (1, 2), (0, 2)):
        alone = compared(scores[first], scores[second])
        beside = family.comparison(first, second)
        assert (beside.low, beside.high) == pytest.approx((alone.low, alone.high))


def test_all_pairs_of_paired_contenders_hold_together_by_bonferroni(random):
    means = random.normal(0, 5, 10) + random.normal(0, 1, (4, 10)) + np.arange(4)[:, None]
    family = judge([seeds_alone(each, DRAWS) for each in means])
    for first in range(4):
        for second in range(first):
            p = stats.ttest_rel(means[first], means[second]).pvalue
            assert family.comparison(first, second).p == pytest.approx(min(6 * p, 1.0))


def test_what_all_draws_have_in_common_flatters_nobody(random):
    draw = random.normal(0, 5, 10)
    means = [draw + random.normal(0, 0.01, 10) + 0.1 * number for number in range(4)]
    best = max(np.mean(each) for each in means)
    together = judge([seeds_alone(each, DRAWS) for each in means])
    apart = judge([seeds_alone(each) for each in means])
    assert together.corrected(3) == pytest.approx(best, abs=0.06)  # of 4,000 draws
    assert apart.corrected(3) < best - 0.5
    assert together.chosen_again()[3] > 0.99
    assert apart.chosen_again()[3] < 0.6


def test_how_many_draws_it_would_take(random):
    # A difference of half a standard deviation takes about (1.96 + 0.84)^2 * 4 = 31 pairs for a power of 0.8.
    draw = random.normal(0, 50, 10)
    noise = random.normal(0, 1, 10)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    found = compared(seeds_alone(draw + noise + 0.5, DRAWS), seeds_alone(draw, DRAWS))
    assert found.answer == "undecided"
    assert found.need.low < 34 < found.need.high


@pytest.mark.parametrize("true", [0.0, 0.02])
def test_intervals_cover_the_true_difference_and_are_narrower_for_it(true):
    random, inside, widths = np.random.default_rng(3), 0, []
    for _ in range(300):
        draw, hard = random.normal(0, 0.5, (8, 1)), random.normal(size=400)

        def right(mean, draw=draw, hard=hard):
            own = 0.1 * random.normal(size=(8, 1))
            return mean + draw + own + hard + random.normal(size=(8, 400)) > 0

        first, second = right(0.5 + true * 5), right(0.5)
        expected = [stats.norm.cdf(mean / np.sqrt(2 + 0.25 + 0.01)) for mean in (0.5 + true * 5, 0.5)]
        found = compared(crossed(first, DRAWS[:8]), crossed(second, DRAWS[:8]))
        apart = compared(crossed(first), crossed(second))
        inside += found.low <= expected[0] - expected[1] <= found.high
        widths.append((found.high - found.low) / (apart.high - apart.low))
    assert 0.92 <= inside / 300 <= 0.985
    assert np.median(widths) < 0.5
