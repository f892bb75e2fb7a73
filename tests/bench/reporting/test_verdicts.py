"""What is best: by seeds alone, and by what the examples contribute."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench import Verdict
from bench.records.contributions import Contributions
from reports import report_of


def verdicts(records, kept=None, margin=0.0) -> list[Verdict]:
    return list(report_of(records, kept, margin).verdicts)


def seeds(record, backbone, *values, **fields):
    return [record(backbone, seed=seed, accuracy=value, **fields) for seed, value in enumerate(values)]


def scored(record, backbone, *correct, split="test", **fields):
    """Cells that were right where `correct` says, one a seed, and what is kept of them."""
    records = [
        record(backbone, seed=seed, quality={split: {"accuracy": float(np.mean(right))}}, **fields)
        for seed, right in enumerate(correct)
    ]
    return records, {
        each.id: {split: Contributions("test", np.arange(len(right)), {"": {"correct": np.array(right)}})}
        for each, right in zip(records, correct, strict=True)
    }


def together(*pairs):
    return [each for records, _ in pairs for each in records], {
        k: v for _, kept in pairs for k, v in kept.items()
    }


def right(count, of, start=0):
    """Right in so many examples, from one on."""
    return np.isin(np.arange(of), np.arange(start, start + count))


def test_the_best_is_surely_better_where_seeds_are_far_apart(record):
    [found] = verdicts(
        [
            *seeds(record, "a", 0.80, 0.82, 0.81),
            *seeds(record, "b", 0.90, 0.92, 0.91),
            *seeds(record, "c", 0.1, 0.11, 0.12),
        ]
    )
    assert [rival.title for rival in found.contenders] == ["b · fine-tune", "a · fine-tune", "c · fine-tune"]
    assert found.winner is found.best is found.contenders[0]
    assert [rival.rank for rival in found.contenders] == [(1, 1), (2, 2), (3, 3)]
    nearest = found.comparisons[0]
    assert nearest.difference == pytest.approx(0.1)
    assert 0 < nearest.low < 0.1 < nearest.high < 0.2
    assert (nearest.basis, found.examples, found.chosen_on, found.over) == ("seeds", None, "test", "seeds")
    assert (found.column.split, found.column.figure.name) == ("test", "accuracy")


def test_seeds_that_overlap_leave_it_undecided_and_nobody_wins(record):
    [found] = verdicts([*seeds(record, "a", 0.88, 0.92), *seeds(record, "b", 0.83, 0.91)])
    assert (found.winner, found.comparisons[0].answer) == (None, "undecided")
    assert [rival.rank for rival in found.contenders] == [(1, 2), (1, 2)]


def test_one_seed_alone_decides_nothing(record):
    [found] = verdicts([record("a", accuracy=0.9), record("b", accuracy=0.1)])
    assert (found.winner, found.comparisons[0].answer) == (None, "undecidable")


def test_two_networks_are_compared_as_by_mcnemar(record):
    # 25 examples are decided differently, 20 of them for a.
    a, b = right(80, 100), np.concatenate([right(60, 80), np.ones(5, bool), np.zeros(15, bool)])
    [found] = verdicts(*together(scored(record, "a", a), scored(record, "b", b)))
    [comparison] = found.comparisons
    assert comparison.p == pytest.approx(stats.binomtest(20, 25).pvalue, abs=1e-3)
    assert (comparison.answer, comparison.basis, found.examples) == ("better", "networks", 100)


def test_seeds_that_are_alike_to_the_last_example_count_as_one(record):
    one, other = right(80, 100), right(80, 100, 10)
    [found] = verdicts(
        *together(scored(record, "a", one, one, one), scored(record, "b", other, other, other))
    )
    assert [rival.alike for rival in found.contenders] == [True, True]
    assert found.winner is None


def test_equal_within_a_margin(record):
    random = np.random.default_rng(0)
    base = random.random(4000) < 0.9

    def seed():
        return base ^ (random.random(4000) < 0.001)

    pairs = together(scored(record, "a", seed(), seed(), seed()), scored(record, "b", seed(), seed(), seed()))
    assert verdicts(*pairs)[0].comparisons[0].answer == "undecided"
    [found] = verdicts(*pairs, margin=0.02)
    assert (found.comparisons[0].answer, found.margin) == ("same", 0.02)


def test_the_one_to_take_is_chosen_on_val_where_all_have_figures_on_it(record):
    def cells(backbone, val, test):
        return [
            record(backbone, seed=s, quality={"val": {"accuracy": val}, "test": {"accuracy": test}})
            for s in (0, 1)
        ]

    [found] = verdicts([*cells("a", 0.8, 0.7), *cells("b", 0.7, 0.8)])
    assert [rival.title for rival in found.contenders] == ["b · fine-tune", "a · fine-tune"]
    assert (found.best.title, found.chosen, found.chosen_on) == ("a · fine-tune", 1, "val")
    assert found.corrected is None
    assert found.comparisons[0].difference == pytest.approx(-0.1)
    [found] = verdicts([*cells("a", 0.8, 0.7), *seeds(record, "b", 0.8, 0.8)])
    assert (found.best.title, found.chosen_on) == ("b · fine-tune", "test")


def test_one_chosen_by_the_figure_itself_is_flattered_and_corrected(record):
    rows = [
        seeds(record, name, 0.80 + shift, 0.84 - shift, 0.82)
        for name, shift in zip("abcd", (0, 0.01, 0.02, 0.03), strict=True)
    ]
    [found] = verdicts([each for row in rows for each in row])
    assert found.corrected < found.best.mean


def test_lower_can_be_better(record):
    def records(backbone, *values):
        return [
            record(backbone, seed=seed, quality={"test": {"loss": value}}, primary="loss")
            for seed, value in enumerate(values)
        ]

    [found] = verdicts([*records("a", 1.0, 1.1, 1.05), *records("b", 2.0, 2.1, 2.05)])
    assert found.winner.title == "a · fine-tune"
    [comparison] = found.comparisons
    assert comparison.low < comparison.difference < comparison.high < 0
    assert comparison.difference == pytest.approx(-1.0)
    assert found.best.interval.low < 1.05 < found.best.interval.high
    assert found.corrected == pytest.approx(1.05, abs=0.01)


def test_a_verdict_for_each_data_set_and_none_without_quality(record):
    found = verdicts(
        [record(dataset="x", accuracy=0.1), record(dataset="y", accuracy=0.2), record(dataset="z")]
    )
    assert [(each.dataset, each.rivals, each.winner) for each in found] == [("x", [], None), ("y", [], None)]


def test_rows_on_another_split_or_other_data_or_by_another_metric_are_not_compared(record):
    rows = [
        record("a", accuracy=0.5),
        record("b", quality={"val": {"accuracy": 0.9}}),
        record("c", quality={"test": {"loss": 2.0}}, primary="loss"),
        record("d", accuracy=0.6, identity={"dataset": {"name": "digits", "fingerprint": "other"}}),
    ]
    assert {len(each.contenders) for each in verdicts(rows)} == {1}


def test_what_ranks_has_its_interval_and_rank_in_the_tables(record):
    report = report_of([*seeds(record, "a", 0.8, 0.82, 0.81), *seeds(record, "b", 0.1, 0.12, 0.11)])
    for table in (report.tables[0], report.summary):
        a, b = (row.measurements[0] for row in table.rows)
        assert (a.rank, b.rank) == ((1, 1), (2, 2))
        assert a.interval.low < 0.81 < a.interval.high
        assert a.interval.basis == "seeds"
    assert report.tables[0].rows[0].cells == report.verdicts[0].contenders[0].cells


def test_of_very_many_rows_the_one_that_is_far_ahead_is_found_and_equal_ones_are_not_told_apart(record):
    random = np.random.default_rng(1)
    rows = [("ahead", 0.9), *((f"b{at:03}", 0.5) for at in range(120))]

    [found] = verdicts(
        [
            each
            for name, mean in rows
            for each in seeds(record, name, *(mean + 0.01 * random.standard_normal(5)))
        ]
    )
    assert found.winner.title == "ahead · fine-tune"
    assert {rival.rank for rival in found.contenders[1:]} == {(2, 121)}


def equals(record, *latencies, **fields):
    """Rows, named a, b, ... that are equal but for what they cost."""
    return [
        record(name, accuracy=0.5, resources={"speed": {"": {"latency_ms": latency}}}, **fields)
        for name, latency in zip("abc", latencies, strict=False)
    ]


def test_of_equals_the_cheapest_is_to_be_taken_as_by_a_pick(record):
    [found] = verdicts(equals(record, 3.0, 1.0, 2.0))
    assert found.best.title == "b · fine-tune"


def test_by_title_where_they_cost_the_same_or_were_measured_on_different_machines(record):
    [found] = verdicts(equals(record, 1.0, 1.0))
    assert found.best.title == "a · fine-tune"
    [found] = verdicts([*equals(record, 3.0), *equals(record, 3.0, 1.0, machine={"id": "bbb"})[1:]])
    assert found.best.title == "a · fine-tune"
