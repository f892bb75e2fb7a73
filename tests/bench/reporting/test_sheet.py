"""Records as a sheet: what stands in it is what was measured, nothing is lost and nothing is added."""

from __future__ import annotations

import pytest

from bench.reporting.sheet import make_sheet

SPEED = {"throughput": {"train": {"samples_per_s": 100.0}, "": {"latency_ms": 2.5, "method": "a\nb"}}}


def titles(sheet) -> list[str]:
    return [column.title for column in sheet.columns]


def values(sheet, title) -> list[object]:
    at = titles(sheet).index(title)
    return [cell.value(at) for cell in sheet.cells]


def test_each_record_is_a_cell_and_each_figure_a_column(record):
    quality = {"val": {"accuracy": 0.4, "loss": 1.0}, "test": {"accuracy": 0.5, "loss": 2.0}}
    sheet = make_sheet([record(quality=quality, resources=SPEED), record("b", accuracy=0.7)])
    assert titles(sheet) == [
        "test accuracy",
        "val accuracy",
        "test loss",
        "val loss",
        "train_samples_per_s",
        "latency_ms",
        "method",
    ]
    assert values(sheet, "test accuracy") == [0.5, 0.7]
    assert values(sheet, "val loss") == [1.0, None]
    assert values(sheet, "train_samples_per_s") == [100.0, None]
    assert values(sheet, "method") == ["a b", None]
    column = sheet.columns[titles(sheet).index("train_samples_per_s")]
    assert (column.phase, column.figure.unit, column.figure.better) == ("train", "samples/s", "higher")
    assert (sheet.columns[0].split, sheet.columns[0].figure.name) == ("test", "accuracy")


def test_a_cell_tells_what_it_is_and_how_it_was_computed(record):
    found = record(
        accuracy=0.5, seed=3, effective={"device": "cuda:1", "device_name": "G", "precision": "bf16"}
    )
    [cell] = make_sheet([found]).cells
    assert (cell.id, cell.row, cell.suite, cell.seed) == (found.id, found.row, "vision", 3)
    assert (cell.status, cell.reason, cell.ranks_by) == ("done", "", "accuracy")
    assert cell.labels == {"backbone": "timm/resnet18", "objective": "fine-tune", "dataset": "digits"}
    assert cell.conditions.items() >= {
        ("machine", "aaa"),
        ("device", "cuda"),
        ("device_name", "G"),
        ("precision", "bf16"),
        ("batch_size", None),
    }
    assert (cell.started, cell.seconds) == ("2030-01-01T00:00:00+00:00", 1.5)
    assert cell.machine == {"id": "aaa", "processor": "A"}
    assert (cell.software, cell.commit) == ({"python": "3.12"}, {"commit": "abc", "dirty": True})


@pytest.mark.parametrize("status", ["failed", "skipped"])
def test_what_is_not_done_has_its_reason_and_no_figures(record, status):
    missing = record("b", status=status, reason="out of\x1b[2J memory", resources=SPEED, quality={})
    sheet = make_sheet([record(accuracy=0.5), missing])
    assert titles(sheet) == ["test accuracy"]
    assert values(sheet, "test accuracy") == [0.5, None]
    assert sheet.cells[1].status == status
    assert sheet.cells[1].reason == "out of�[2J memory"
    assert sheet.cells[1].conditions == {}


def test_runs_are_there_one_by_one(record):
    again = [{"throughput": {"train": {"samples_per_s": rate}}} for rate in (110.0, 120.0)]
    sheet = make_sheet([record(accuracy=0.5, resources=SPEED, repeats=again)])
    at = titles(sheet).index("train_samples_per_s")
    assert list(sheet.cells[0].runs[at]) == [100.0, 110.0, 120.0]
    assert values(sheet, "train_samples_per_s") == [110.0]


def test_what_a_further_run_has_measured_takes_the_place_of_what_was_found_in_the_cache(record):
    first = {"throughput": {"encode": {"samples_per_s": 1.0, "cached": True}}}
    again = [{"throughput": {"encode": {"samples_per_s": 5.0}}}]
    sheet = make_sheet([record(accuracy=0.5, resources=first, repeats=again)])
    assert values(sheet, "encode_samples_per_s") == [5.0]


def test_data_sets_are_told_apart_by_title_content_and_task(record):
    def used(title, digest, **data):
        identity = {"dataset": {"name": "csv", "fingerprint": digest}, "task": {"name": "text"}}
        return record(dataset=title, accuracy=0.5, identity=identity, data=data)

    few = used("pets", "aa", examples={"train": 10, "test": 5}, classes=2, licence="CC0")
    many = used("pets", "aa", examples={"train": 100, "test": 5}, classes=2)
    sheet = make_sheet([few, many, used("pets", "bb"), used("cars", "aa")])
    assert [(data.title, data.fingerprint) for data in sheet.data] == [
        ("pets", "aa"),
        ("pets", "bb"),
        ("cars", "aa"),
    ]
    first = sheet.data[0]
    assert (first.name, first.task, first.licence) == ("csv", "text", "CC0")
    assert (first.examples, first.classes) == ({"train": 100, "test": 5}, 2)
    assert [cell.data for cell in sheet.cells] == [first, first, *sheet.data[1:]]
