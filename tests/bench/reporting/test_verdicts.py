from __future__ import annotations

from bench.toolkit.rendering import verdict
from reports import report_of


def verdicts(records) -> list[str]:
    return list(map(verdict, report_of(records).verdicts))


def seeds(record, backbone, *values, **fields):
    return [record(backbone, seed=seed, accuracy=value, **fields) for seed, value in enumerate(values)]


def test_the_best_is_named_where_it_is_clear(record):
    records = [
        *seeds(record, "a", 0.80, 0.82),
        *seeds(record, "b", 0.90, 0.92),
        *seeds(record, "c", 0.1, 0.1),
    ]
    assert verdicts(records) == [
        "digits, test accuracy: b · fine-tune (0.9100 ± 0.0141, 2 seeds) is best, "
        "before a · fine-tune (0.8100 ± 0.0141, 2 seeds)"
    ]


def test_overlapping_spreads_are_a_tie(record):
    # 0.90 ± 0.0283 and 0.85 ± 0.0283 overlap; 0.5 does not.
    records = [
        *seeds(record, "a", 0.88, 0.92),
        *seeds(record, "b", 0.83, 0.87),
        *seeds(record, "c", 0.5, 0.5),
    ]
    [told] = verdicts(records)
    assert "a tie within the spread over seeds between a · fine-tune (0.9000" in told
    assert "and b · fine-tune (0.8500" in told
    assert "c · fine-tune" not in told


def test_equal_means_are_a_tie_without_any_spread(record):
    assert "accuracy: a tie between a" in verdicts([record("a", accuracy=0.5), record("b", accuracy=0.5)])[0]


def test_a_long_tie_is_cut(record):
    [told] = verdicts([record(name, accuracy=0.5) for name in "abcdefgh"])
    assert told.endswith("d · fine-tune (0.5000, 1 seed) and 4 more")


def test_single_seeds_are_not_trusted(record):
    [told] = verdicts([record("a", accuracy=0.9), record("b", accuracy=0.1)])
    assert told.endswith("without the spread of several seeds this may be chance")


def test_lower_can_be_better(record):
    def records(backbone, *values):
        return [
            record(backbone, seed=seed, quality={"test": {"loss": value}}, primary="loss")
            for seed, value in enumerate(values)
        ]

    [told] = verdicts([*records("a", 1.0, 1.1), *records("b", 2.0, 2.1)])
    assert "a · fine-tune (1.050" in told.partition(" is best")[0]


def test_a_verdict_for_each_data_set_and_none_without_quality(record):
    found = verdicts(
        [record(dataset="x", accuracy=0.1), record(dataset="y", accuracy=0.2), record(dataset="z")]
    )
    assert [told.split(",")[0] for told in found] == ["x", "y"]
    assert "only timm/resnet18 · fine-tune (0.1000, 1 seed) was measured" in found[0]


def test_rows_on_another_split_are_not_compared(record):
    val = record("b", quality={"val": {"accuracy": 0.9}})
    tested, validated = verdicts([record("a", accuracy=0.5), record("c", accuracy=0.4), val])
    assert "b ·" not in tested
    assert validated.endswith("only b · fine-tune (0.9000, 1 seed) was measured")


def test_a_verdict_for_each_metric_that_ranks(record):
    found = verdicts(
        [
            record("a", accuracy=0.5),
            record("b", accuracy=0.4),
            record("c", quality={"test": {"loss": 2.0}}, primary="loss"),
        ]
    )
    assert [told.split(":")[0].split(", ")[1] for told in found] == ["test accuracy", "test loss"]
    assert "c ·" not in found[0]


def test_a_verdict_is_a_value(record):
    def verdict_of(*records):
        return report_of([cell for cells in records for cell in cells]).verdicts[0]

    alone = seeds(record, "a", 0.8, 0.82)
    clear = verdict_of(alone, seeds(record, "b", 0.9, 0.92), seeds(record, "c", 0.1))
    assert [rival.title for rival in clear.contenders] == ["b · fine-tune", "a · fine-tune", "c · fine-tune"]
    assert (clear.column.split, clear.column.figure.name, clear.column.figure.better) == (
        *("test", "accuracy", "higher"),
    )
    assert (clear.winner, list(clear.tied), clear.unsure) == (clear.contenders[0], [], False)
    tie = verdict_of(alone, seeds(record, "b", 0.81, 0.81), seeds(record, "c", 0.1))
    assert (tie.winner, list(tie.tied), tie.unsure) == (None, list(tie.contenders[:2]), False)
    assert verdict_of(seeds(record, "a", 0.8), seeds(record, "b", 0.9)).unsure
    only = verdict_of(alone)
    assert (only.winner, list(only.tied), only.unsure) == (None, [], False)
