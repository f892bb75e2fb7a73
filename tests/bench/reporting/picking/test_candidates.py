"""From records to the rows to choose from."""

from __future__ import annotations

import numpy as np
import pytest

from bench.errors import BenchError
from bench.records.contributions import Contributions
from bench.reporting.picking.candidates import candidates
from bench.reporting.picking.values import Limit, Wish
from bench.reporting.standings import Standings
from reports import InMemory, registry

LATENCY = Limit("latency_ms", 20.0, True)


def found(records, wish=Wish(), kept=None):  # noqa: B008
    results = InMemory(records, kept)
    return candidates(Standings(records), results, registry(), wish)


def seeds(record, backbone, *latencies, **fields):
    return [
        record(backbone, seed=seed, accuracy=0.5, resources=timed(latency), **fields)
        for seed, latency in enumerate(latencies)
    ]


def timed(latency=3.0, *, speed=10.0, cached=None, **phases):
    whole = {} if latency is None else {"latency_ms": latency, "parameters": 7}
    train = {"samples_per_s": speed, **({} if cached is None else {"cached": cached})}
    return {"throughput": {"train": train, "": whole, **phases}}


def test_rows_of_a_data_set_are_candidates_with_the_columns_that_count(record):
    [made] = found([*seeds(record, "a", 3.0, 4.0), *seeds(record, "b", 5.0, 5.0)], Wish([LATENCY]))
    assert (made.dataset, [row.title for row in made.rows]) == ("digits", ["a · fine-tune", "b · fine-tune"])
    assert (made.goal.column.title, made.goal.values) == ("test accuracy", [0.5, 0.5])
    assert made.chooser == made.goal
    [(limit, latency)] = made.limits
    assert (limit, latency.column.title, latency.values) == (LATENCY, "latency_ms", [3.5, 5.0])
    assert [price.column.title for price in made.prices] == ["train_samples_per_s", "latency_ms"]
    assert (made.quality, dict(made.place)) == (None, {})


def test_val_chooses_where_all_rows_have_it(record):
    both = {"test": {"accuracy": 0.5}, "val": {"accuracy": 0.6}}
    records = [record("a", quality=both), record("b", quality=both)]
    [made] = found(records)
    assert (made.goal.column.title, made.chooser.column.title) == ("test accuracy", "val accuracy")
    [made] = found([*records, record("c", accuracy=0.4)])
    assert made.chooser.column.title == "test accuracy"
    [made] = found(records, Wish(goal="val accuracy"))
    assert (made.goal.column.title, made.chooser.column.title) == ("val accuracy", "val accuracy")


def test_what_examples_contribute_is_read(record):
    right = np.array([True, True, False, True])
    one = record("a", accuracy=0.75)
    kept = {one.id: {"test": Contributions("test", np.arange(4), {"": {"correct": right}})}}
    [made] = found([one], kept=kept)
    [scores] = made.goal.scores
    assert scores is not None
    assert scores.examples is not None
    assert scores.examples.tolist() == [right.tolist()]
    assert (made.goal.examples, made.goal.overs) == (4, ["1 seed and 4 test examples"])


def test_each_data_set_and_metric_has_candidates_of_its_own(record):
    records = [
        record("a", dataset="x", accuracy=0.1),
        record("a", dataset="y", accuracy=0.2),
        record("b", dataset="y", quality={"test": {"loss": 2.0}}, primary="loss"),
        record("c", dataset="z"),
    ]
    assert [(made.dataset, made.goal.column.title) for made in found(records)] == [
        *(("x", "test accuracy"), ("y", "test accuracy"), ("y", "test loss")),
    ]
    assert [made.dataset for made in found(records, Wish(dataset="x"))] == ["x"]


@pytest.mark.parametrize(
    ("dataset", "told"), [("digit", "; did you mean 'digits'?"), ("q", "; there are digits")]
)
def test_a_data_set_that_is_not_there_is_told(record, dataset, told):
    with pytest.raises(BenchError, match=f"--dataset: no row of '{dataset}' is done{told[:10]}") as error:
        found([record(accuracy=0.5)], Wish(dataset=dataset))
    assert str(error.value).endswith(told)


def test_what_others_start_from_is_a_step_unless_it_is_asked_for(record):
    parent = record("a", "pretraining", "low", accuracy=1.0)
    child = record("a", dataset="high", accuracy=0.5, parent=parent.id)
    assert [made.dataset for made in found([parent, child])] == ["high"]
    assert [made.dataset for made in found([parent, child], Wish(dataset="low"))] == ["low"]
    assert [made.dataset for made in found([parent])] == ["low"]
    # Beside a choice it is one, too.
    sibling = record("b", "pretraining", "low", accuracy=0.9)
    assert [made.dataset for made in found([parent, child, sibling])] == ["high", "low"]


def test_limits_hold_where_they_were_measured(record):
    there = {"machine": {"id": "bbb", "processor": "B"}}
    records = [
        *seeds(record, "a", 3.0, 3.0),
        *seeds(record, "b", 5.0, 5.0),
        *[record("a", seed=seed, accuracy=0.5, resources=timed(9.0), **there) for seed in (2, 3)],
    ]
    here, elsewhere = found(records, Wish([LATENCY]))
    assert (dict(here.place), dict(elsewhere.place)) == ({"machine": "aaa (A)"}, {"machine": "bbb (B)"})
    assert [row.title for row in here.rows] == ["a · fine-tune", "b · fine-tune"]
    assert here.limits[0][1].values == [3.0, 5.0]
    assert elsewhere.limits[0][1].values == [9.0]
    # Quality is the same on all machines, so all seeds count.
    assert elsewhere.goal.overs == ["4 seeds"]
    [together] = found(records)
    assert (dict(together.place), list(together.prices)) == ({}, [])
    assert [len(row.done) for row in together.rows] == [4, 2]


def test_what_an_axis_says_is_a_choice_and_no_circumstance(record):
    used = {"device": "cpu", "device_name": "a CPU", "precision": "fp32", "batch_size": 32}
    records = [
        record(
            "a", accuracy=0.5, resources=timed(), axes={"threads": str(n)}, effective={**used, "threads": n}
        )
        for n in (1, 2)
    ]
    assert len(found(records, Wish([LATENCY]))) == 1
    apart = [
        record(name, accuracy=0.5, resources=timed(), effective={**used, "threads": n})
        for name, n in (("a", 1), ("b", 2))
    ]
    assert [dict(made.place) for made in found(apart, Wish([LATENCY]))] == [{"threads": 1}, {"threads": 2}]


def test_what_was_found_in_the_cache_is_no_measurement(record):
    records = [
        record("a", accuracy=0.5, resources=timed(speed=10.0, cached=False)),
        record("a", seed=1, accuracy=0.5, resources=timed(speed=10.0, cached=True)),
    ]
    [made] = found(records, Wish([Limit("train_samples_per_s", 5.0, False)]))
    assert made.limits[0][1].overs == ["1 seed"]


def test_a_busy_machine_is_told(record):
    busy = {"throughput": {"": {"latency_ms": 3.0, "other_cores": 1.5}}}
    records = [
        record("a", accuracy=0.5, resources=busy, machine={"id": "aaa", "threads": 2}),
        record("b", accuracy=0.5, resources=timed(), machine={"id": "aaa", "threads": 2}),
    ]
    [made] = found(records, Wish([LATENCY]))
    assert made.limits[0][1].overs == ["1 seed, the machine busy in 1", "1 seed"]


def test_a_resource_is_chosen_by_itself_and_pays_with_quality(record):
    both = {"test": {"accuracy": 0.5}, "val": {"accuracy": 0.6}}
    [made] = found([record("a", quality=both, resources=timed())], Wish(goal="latency_ms"))
    assert made.goal == made.chooser
    assert [price.column.title for price in made.prices] == ["val accuracy", "train_samples_per_s"]
    assert made.quality is not None
    assert made.quality.column.title == "test accuracy"


def test_speeds_on_encoded_features_are_chosen_among_themselves(record):
    plain_row = record("a", accuracy=0.5, resources=timed())
    encoded = record("b", accuracy=0.5, resources=timed(speed=999.0, encode={"samples_per_s": 3.0}))
    made = found([plain_row, encoded], Wish(goal="train_samples_per_s"))
    assert [dict(each.place) for each in made] == [
        *({"features": "computed each time"}, {"features": "encoded beforehand"}),
    ]
    [together] = found([plain_row, encoded], Wish(goal="latency_ms"))
    assert list(together.encoded) == [False, True]


def test_a_column_that_is_not_there_is_told(record):
    with pytest.raises(BenchError, match="--max latency=1: no column 'latency' of numbers"):
        found([record(accuracy=0.5, resources=timed())], Wish([Limit("latency", 1.0, True)]))


def test_counts_are_known_from_one_cell(record):
    [made] = found([record(accuracy=0.5, resources=timed())], Wish([Limit("parameters", 9.0, True)]))
    assert made.limits[0][1].bounds(0.05) == [(7, 7)]
