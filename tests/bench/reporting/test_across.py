"""Who comes first over several data sets."""

from __future__ import annotations

import pytest
from scipy import stats

from bench.reporting.writers.html import Html
from bench.reporting.writers.summary import summary_page
from bench.reporting.writers.terminal import Terminal
from bench.toolkit.rendering import ranks
from reports import report_of


def measured(record, dataset, **by_backbone):
    return [
        record(backbone, dataset=dataset, seed=seed, accuracy=value)
        for backbone, values in by_backbone.items()
        for seed, value in enumerate(values)
    ]


def three(record):
    return [
        *measured(record, "d1", a=(0.90, 0.91, 0.92), b=(0.80, 0.81, 0.82), c=(0.7, 0.71, 0.72)),
        *measured(record, "d2", a=(0.50, 0.51, 0.52), b=(0.80, 0.81, 0.82), c=(0.3, 0.31, 0.32)),
        *measured(record, "d3", a=(0.60, 0.70, 0.80), b=(0.60, 0.71, 0.82)),
    ]


def test_rows_are_put_in_order_over_the_data_sets_that_they_share(record):
    [found] = report_of(three(record)).across
    assert (found.column.split, found.column.figure.name) == ("test", "accuracy")
    assert found.datasets == ["d1", "d2", "d3"]
    assert found.titles == ["b · fine-tune", "a · fine-tune", "c · fine-tune"]
    assert found.normalised == pytest.approx([(0.5 + 1 + 1) / 3, (1 + 0.4 + 0) / 3, 0])
    assert found.scores[0] == pytest.approx([0.81, 0.81, 0.71])
    assert found.scores[2] == [pytest.approx(0.71), pytest.approx(0.31), None]


def test_wins_ties_and_losses_are_the_answers_on_each_data_set(record):
    [found] = report_of(three(record)).across
    assert found.records == [
        [(0, 0, 0), (1, 1, 1), (2, 0, 0)],
        [(1, 1, 1), (0, 0, 0), (2, 0, 0)],
        [(0, 0, 2)] * 2 + [(0, 0, 0)],
    ]


def test_the_first_is_compared_with_each_other_as_on_fresh_data_sets(record):
    [found] = report_of(three(record)).across
    p = stats.ttest_rel([0.81, 0.81, 0.71], [0.91, 0.51, 0.70]).pvalue
    assert found.comparisons[0].p == pytest.approx(min(1.0, 3 * p))
    assert [item.answer for item in found.comparisons] == ["undecided", "undecidable"]
    assert found.note.startswith("of 3 data sets no rank test can reach 0.05")


def test_a_figure_that_is_better_lower_keeps_its_unit(record):
    records = [
        record(backbone, dataset=dataset, quality={"test": {"loss": loss}}, primary="loss")
        for dataset, losses in {"d1": (1.0, 2.0), "d2": (2.0, 3.1), "d3": (3.0, 4.05)}.items()
        for backbone, loss in zip("ab", losses, strict=True)
    ]
    [found] = report_of(records).across
    assert found.titles == ["a · fine-tune", "b · fine-tune"]
    assert found.scores[0] == [1.0, 2.0, 3.0]
    [comparison] = found.comparisons
    assert comparison.difference == pytest.approx(-1.05)
    assert comparison.low < -1.05 < comparison.high < 0
    assert comparison.answer == "better"


@pytest.mark.parametrize("shared", [{"d1": "ab"}, {"d1": "ab", "d2": "c"}, {"d1": "ab", "d2": "a"}])
def test_without_two_rows_on_two_data_sets_there_is_nothing_to_say(record, shared):
    records = [record(name, dataset=dataset, accuracy=0.5) for dataset in shared for name in shared[dataset]]
    assert report_of(records).across == []


def many(record, datasets):
    """Three backbones on so many data sets: a is always first, and c misses the last."""
    return [
        record(name, dataset=f"d{number}", accuracy=value + number / 100)
        for number in range(datasets)
        for name, value in (("a", 0.5), ("b", 0.4), ("c", 0.3), ("d", 0.45))
        if (name, number) != ("c", datasets - 1)
    ]


def test_mean_ranks_are_of_those_measured_on_each_of_six_data_sets_or_more(record):
    [found] = report_of(many(record, 6)).across
    assert found.ranks is not None
    assert found.ranks.means == {"a · fine-tune": 1.0, "d · fine-tune": 2.0, "b · fine-tune": 3.0}
    assert found.ranks.critical == pytest.approx(
        2.343 * (3 * 4 / (6 * 6)) ** 0.5, abs=1e-3
    )  # Demsar, table 5
    assert ranks(found) == (
        "over 6 data sets, test accuracy, mean ranks: a · fine-tune 1.00, d · fine-tune 2.00, "
        "b · fine-tune 3.00; those that differ by less than 1.35 cannot be told apart by Nemenyi's test"
    )


def test_of_fewer_data_sets_there_are_none(record):
    [found] = report_of(many(record, 5)).across
    assert (found.ranks, ranks(found)) == (None, "")


def test_they_are_drawn_on_the_page_and_told_in_the_summary_and_the_terminal(record):
    report = report_of(many(record, 6))
    [page] = Html().write(report).values()
    assert page.count("Mean ranks</b>") == 1
    assert ranks(report.across[0]) in Terminal().write(report)["report.txt"]
    assert "mean ranks: a · fine-tune 1.00" in summary_page(report)
