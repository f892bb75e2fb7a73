from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from bench import Table
from bench.records.record import Record
from bench.toolkit.rendering import flat_columns
from reports import report_of

Columns = dict[str, list]


def flat(table: Table) -> Columns:
    return {title: list(values) for title, values in flat_columns(table)}


def all_tables(records: Sequence[Record]) -> dict[str, Columns]:
    report = report_of(records)
    return {table.name: flat(table) for table in (*report.tables, report.summary)}


def accuracy(records: Sequence[Record]) -> Columns:
    return all_tables(records)["accuracy"]


def resource(records: Sequence[Record], name: str) -> Columns:
    return all_tables(records)[name]


def test_mean_and_spread_over_seeds_by_hand(record):
    table = accuracy([record(seed=seed, accuracy=value) for seed, value in enumerate((0.5, 0.7, 0.9))])
    assert len(table["seeds"]) == 1
    assert table["test accuracy"][0] == pytest.approx(0.7)
    # (0.2^2 + 0 + 0.2^2) / (3 - 1) = 0.04
    assert table["test accuracy std"][0] == pytest.approx(0.2)
    assert (table["seeds"][0], table["status"][0], table["reason"][0]) == (3, "done", None)


def test_one_seed_has_no_spread(record):
    assert "test accuracy std" not in accuracy([record(accuracy=0.5)])
    table = accuracy([record(accuracy=0.5), *(record("other", seed=s, accuracy=0.1 * s) for s in (1, 3))])
    assert table["test accuracy std"][table["backbone"].index("timm/resnet18")] is None


def test_seeds_that_failed_are_told_and_not_averaged(record):
    done = [record(seed=seed, accuracy=value) for seed, value in ((0, 0.4), (2, 0.6))]
    table = accuracy([*done, record(seed=1, reason="out of\nmemory")])
    assert table["status"] == ["done 2 of 3"]
    assert table["seeds"] == [2]
    assert table["reason"] == ["seed 1: out of memory"]
    assert table["test accuracy"][0] == pytest.approx(0.5)


def test_rows_that_never_worked(record):
    skipped = [record("b", seed=seed, status="skipped", reason="no head") for seed in (0, 1)]
    mixed = [record("c", reason="boom"), record("c", seed=1, status="skipped", reason="no parent")]
    table = accuracy([*skipped, *mixed, record("a", accuracy=0.1)])
    assert table["backbone"] == ["a", "c", "b"]
    assert table["status"] == ["done", "failed", "skipped"]
    assert table["reason"] == [None, "seed 0: boom; seed 1: no parent", "no head"]
    assert table["test accuracy"] == [0.1, None, None]


def test_order_is_by_data_set_and_then_the_best_first(record):
    records = [
        record("low", dataset="b", accuracy=0.1),
        record("high", dataset="b", accuracy=0.9),
        record("failed", dataset="a"),
        record("fine", dataset="a", accuracy=0.5),
        record("quiet", dataset="a", quality={}),
    ]
    expected = ["fine", "quiet", "failed", "high", "low"]
    assert accuracy(records)["backbone"] == expected
    assert accuracy(records[::-1])["backbone"] == expected


def test_order_where_lower_is_better_and_only_val_is_measured(record):
    def perplexity(backbone: str, value: float):
        return record(backbone, quality={"val": {"loss": value}}, primary="loss")

    table = accuracy([perplexity("worse", 30.0), perplexity("better", 20.0)])
    assert table["backbone"] == ["better", "worse"]


def test_the_primary_metric_comes_first_and_test_before_val(record):
    figures = {"f1": 0.1, "accuracy": 0.2}
    table = accuracy([record(quality={"train": figures, "val": figures, "test": figures})])
    assert list(table) == [
        *("backbone", "objective", "dataset", "status", "seeds"),
        *("test accuracy", "val accuracy", "train accuracy", "test f1", "val f1", "train f1", "reason"),
    ]


def test_more_axes_are_columns_and_empty_where_a_row_has_none(record):
    table = accuracy([record(accuracy=0.2, axes={"batch_size": "8"}), record(accuracy=0.1)])
    assert table["batch_size"] == ["8", None]


def test_cells_with_the_same_labels_but_other_settings_are_told_apart(record):
    old = record(accuracy=0.2, identity={"limits": {"steps": 10}})
    new = record(accuracy=0.3, identity={"limits": {"steps": 20}})
    table = accuracy([old, new])
    assert table["settings"] == ["limits.steps=20", "limits.steps=10"]
    assert "settings" not in accuracy([old])


def test_the_seed_of_a_parent_does_not_split_a_row(record):
    records = [
        record(
            seed=seed,
            accuracy=0.5,
            identity={"parent": f"id of {seed}"},
            cell={"seed": seed, "parent": {"seed": seed, "labels": {}, "parent": None}},
        )
        for seed in (0, 1)
    ]
    assert accuracy(records)["seeds"] == [2]


def test_a_smaller_effective_batch_is_another_row(record):
    used = {"device": "cuda:0", "device_name": "G", "precision": "fp32"}
    records = [
        record(seed=seed, accuracy=0.5, effective={**used, "batch_size": size})
        for seed, size in enumerate((32, 16, 32))
    ]
    table = accuracy(records)
    assert sorted(table["seeds"]) == [1, 2]
    assert sorted(table["settings"]) == ["used.batch_size=16", "used.batch_size=32"]


def speed(record, seed, rate, **fields):
    whole = {"windows": 4, "method": "clock", "found": False}
    resources = {"throughput": {"": whole, "train": {"samples_per_s": rate}}}
    return record(seed=seed, accuracy=0.5, resources=resources, **fields)


def test_resources_are_averaged_over_seeds(record):
    table = resource([speed(record, 0, 100.0), speed(record, 1, 300.0)], "throughput")
    assert table["train_samples_per_s"] == [200]
    assert table["train_samples_per_s std"][0] == pytest.approx(math.sqrt(20_000))
    assert "windows std" not in table  # the same each time
    assert (type(table["windows"][0]), table["windows"][0]) == (int, 4)
    assert (table["method"][0], table["found"][0]) == ("clock", False)
    assert "machine" not in table
    assert "device" not in table


def repeated(record, seed, *rates, **fields):
    first, *further = ({"throughput": {"train": {"samples_per_s": rate}}} for rate in rates)
    return record(seed=seed, accuracy=0.5, resources=first, repeats=further, **fields)


def test_a_speed_is_the_mean_over_runs_with_the_spread_between_them(record):
    table = resource(
        [repeated(record, 0, 90.0, 100.0, 110.0), repeated(record, 1, 298.0, 302.0)], "throughput"
    )
    assert table["train_samples_per_s"] == [200]  # of 100 and 300: a seed counts once
    assert table["train_samples_per_s std"][0] == pytest.approx(math.sqrt(20_000))
    # (10^2 + 0 + 10^2 + 2^2 + 2^2) over 2 + 1 degrees of freedom
    assert table["train_samples_per_s run std"][0] == pytest.approx(math.sqrt(208 / 3))
    assert (table["seeds"], table["runs"]) == ([2], [5])


def test_a_row_without_further_runs_has_no_spread_between_them(record):
    records = [repeated(record, 0, 90.0, 110.0), repeated(record, 0, 70.0, dataset="z")]
    for table in (resource(records, "throughput"), all_tables(records)["summary"]):
        assert table["train_samples_per_s run std"] == [pytest.approx(math.sqrt(200)), None]
        assert table["runs"] == [2, 1]
    once = resource(records[1:], "throughput")
    assert not {"runs", "train_samples_per_s run std"} & set(once)
    assert "runs" not in accuracy(records)


def test_what_further_runs_measured_takes_the_place_of_what_was_found_on_disk(record):
    found = {"encode": {"samples_per_s": 5.0, "cached": True}, "train": {"samples_per_s": 1.0}}
    here = {"encode": {"samples_per_s": 7.0}, "train": {"samples_per_s": 3.0}}
    for repeats, encode, train in ([], 5.0, 1.0), ([{"throughput": here}], 7.0, 2.0):
        cell = record(accuracy=0.5, resources={"throughput": found}, repeats=repeats)
        table = resource([cell], "throughput")
        assert table["encode_samples_per_s"] == [encode]
        assert table["train_samples_per_s"] == [train]
        assert ("encode_cached" in table) == (not repeats)


def test_rows_say_in_how_many_of_their_runs_the_machine_was_busy(record):
    def beside(backbone, *others):
        first, *further = ({"throughput": {"": {"other_cores": cores}}} for cores in others)
        machine = {"id": "aaa", "threads": 4}
        return record(backbone, accuracy=0.5, machine=machine, resources=first, repeats=further)

    table = resource([beside("a", 0.39, 0.41, 3.0), beside("b", 0.0)], "throughput")
    assert (table["runs"], table["busy"]) == ([3, 1], [2, 0])
    assert "busy" not in resource([beside("b", 0.39)], "throughput")


def test_machines_and_devices_are_never_averaged(record):
    other = {"id": "bbb", "processor": "B"}
    used = {"device": "cuda:0", "device_name": "G", "precision": "fp32", "batch_size": 32}
    records = [
        *(speed(record, seed, rate) for seed, rate in ((0, 100.0), (1, 300.0))),
        speed(record, 2, 900.0, machine=other),
        speed(record, 3, 5000.0, effective=used),
        speed(record, 4, 7000.0, effective={**used, "device": "cuda:1"}),
    ]
    table = resource(records, "throughput")
    assert set(zip(table["train_samples_per_s"], table["machine"], table["device"], strict=True)) == {
        (200, "aaa (A)", "cpu (a CPU)"),
        (900, "bbb (B)", "cpu (a CPU)"),
        (6000, "aaa (A)", "cuda (G)"),
    }
    assert accuracy(records)["seeds"] == [5]  # quality does not depend on the machine


def test_what_was_not_measured_is_empty(record):
    readings = [{"rate": None, "never": None, "method": None}, {"rate": 3.0, "never": None, "method": "x"}]
    records = [
        record("ab"[number], accuracy=0.5, resources={"energy": {"": reading}})
        for number, reading in enumerate(readings)
    ]
    table = resource([*records, record("c", accuracy=0.5)], "energy")
    assert table["rate"] == [None, 3.0, None]
    assert table["never"] == [None] * 3
    assert table["method"] == [None, "x", None]


def test_texts_and_truths_that_differ_are_all_told(record):
    readings = [{"method": "PSS", "cached": True}, {"method": "RSS", "cached": False}]
    records = [
        record(seed=seed, accuracy=0.5, resources={"memory": {"": reading}})
        for seed, reading in enumerate(readings)
    ]
    table = resource(records, "memory")
    assert (table["method"][0], table["cached"][0]) == ("PSS/RSS", "True/False")


def test_a_meter_may_use_any_column_name(record):
    reading = {"status": 3, "reason": "x", "device": "y"}
    table = resource([record(accuracy=0.5, resources={"odd": {"": reading}})], "odd")
    assert table["status"] == ["done"]
    assert table["status (measured)"] == [3]


def test_tables_are_those_of_the_records(record):
    records = [
        speed(record, 0, 100.0),
        record("b", accuracy=0.1, resources={"energy": {"train": {"joules": 2.0}}}),
    ]
    found = all_tables(records)
    assert list(found) == ["accuracy", "throughput", "energy", "summary"]
    assert all(len(table["seeds"]) == 2 for table in found.values())


def test_the_summary_puts_quality_and_resources_side_by_side(record):
    table = all_tables([speed(record, 0, 100.0), speed(record, 1, 300.0), record("b")])["summary"]
    assert list(table) == [
        *("backbone", "objective", "dataset", "status", "seeds", "test accuracy"),
        *("train_samples_per_s", "train_samples_per_s std", "reason"),
    ]
    assert table["train_samples_per_s"] == [200, None]


def test_nothing_but_failures(record):
    found = all_tables([record(), record("b", status="skipped", reason="no")])
    assert list(found) == ["accuracy", "summary"]
    assert found["accuracy"]["status"] == ["failed", "skipped"]


@pytest.mark.parametrize(
    "name",
    ["precision", "batch_size", "micro_batches", "eval_batch_size", "threads", "governor", "shared", "anew"],
)
def test_tables_of_speed_say_how_rows_were_measured_where_that_differs(record, name):
    used = {"device": "cpu", "device_name": "a CPU"}
    records = [
        speed(record, 0, 1.0, backbone="a", effective={**used, name: 1}),
        speed(record, 0, 2.0, backbone="b", effective={**used, name: 2}),
        record("failed"),
    ]
    assert resource(records, "throughput")[name] == [1, 2, None]
    assert name not in resource(records[:1], "throughput")
    assert name not in accuracy(records)
    axis = [speed(record, 0, 1.0, axes={name: str(at)}, effective={**used, name: at}) for at in (1, 2)]
    assert resource(axis, "throughput")[name] == ["1", "2"]


@pytest.mark.parametrize("name", ["eval_batch_size", "micro_batches", "threads", "shared", "anew"])
def test_speeds_are_not_averaged_over_conditions(record, name):
    used = {"device": "cpu", "device_name": "a CPU"}
    records = [speed(record, seed, float(seed), effective={**used, name: seed}) for seed in (1, 2)]
    table = resource(records, "throughput")
    assert table["train_samples_per_s"] == [1, 2]
    assert table["settings"] == [f"used.{name}=1", f"used.{name}=2"]
