"""How many seeds it would take."""

from __future__ import annotations

import pytest
from scipy import stats

from bench.api import Need
from bench.statistics.needs import need


def test_about_as_many_as_a_power_analysis_asks_for():
    # Two normal samples that differ by one standard deviation: 17 of each for a power of 80 % at 5 %
    # (Cohen, Statistical Power Analysis, table 2.4.1). The more surely the variance is known, the closer.
    found = need(1.0, by_units=0.0, by_seeds=2.0, freedom=1e9, critical=stats.norm.ppf(0.975), seeds=3)
    assert found == Need(17, 17)


def test_a_variance_that_is_hardly_known_gives_a_wide_range():
    found = need(1.0, by_units=0.0, by_seeds=2.0, freedom=4, critical=1.96, seeds=3)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 17 < found.high
    # The quantiles of chi-square with four degrees of freedom, at 10 % and 90 %: 1.064 and 7.779.
    assert (found.high - 1) / (found.low - 1) == pytest.approx(7.779 / 1.064, rel=0.15)


def test_no_number_of_seeds_makes_up_for_too_few_examples():
    assert need(1.0, by_units=0.5, by_seeds=2.0, freedom=4, critical=1.96, seeds=3) == Need()
    assert need(0.0, by_units=0.1, by_seeds=2.0, freedom=4, critical=1.96, seeds=3) == Need()


def test_more_than_a_hundred_seeds_are_no_advice():
    found = need(1.0, by_units=0.0, by_seeds=12.0, freedom=1e9, critical=1.96, seeds=3)
    assert found == Need(96, 96)
    assert need(1.0, by_units=0.0, by_seeds=13.0, freedom=1e9, critical=1.96, seeds=3) == Need()


def test_nor_of_what_no_seed_changes():
    assert need(1.0, by_units=0.0, by_seeds=0.0, freedom=4, critical=1.96, seeds=1) == Need()


def test_it_is_always_more_than_there_are():
    assert need(100.0, by_units=0.0, by_seeds=2.0, freedom=4, critical=1.96, seeds=3) == Need(4, 4)
