"""What each report leaves in a results folder, and that no writer can do harm there."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from bench import BenchError, Writer
from bench.records.store import Store
from bench.registry import Owner, Registered, Registry, load
from bench.reporting import write_always, written_by
from reports import report_of

REGISTRY = load()
HOSTILE = "x | <script>alert(1)</script> [a](b)\n`c`"


def write_tables(folder: Path, records):
    report = report_of(records)
    assert write_always(folder, report, REGISTRY) == []
    return report


@pytest.fixture
def records(record):
    rates = [
        record(
            seed=seed,
            accuracy=value,
            resources={
                "throughput": {"train": {"samples_per_s": 1 / 3 + seed}},
                "memory": {"": {"method": "PSS"}},
            },
        )
        for seed, value in enumerate((0.5, 0.7, 0.9))
    ]
    return [*rates, record("=cmd()", reason=HOSTILE), record(HOSTILE, status="skipped", reason="no head")]


def test_files(tmp_path, records):
    write_tables(tmp_path, records)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("accuracy.csv", "accuracy.md", "memory.csv", "memory.md"),
        *("report.html", "summary.md", "throughput.csv", "throughput.md"),
    ]


def test_csv_holds_full_precision_and_no_formula(tmp_path, records):
    made = write_tables(tmp_path, records)
    first, *rest = csv.DictReader((tmp_path / "throughput.csv").read_text().splitlines())
    assert float(first["train_samples_per_s"]) == made.tables[1].rows[0].measurements[0].value
    assert float(first["train_samples_per_s std"]) == math.sqrt(1)
    assert "'=cmd()" in {line["backbone"] for line in rest}
    assert [line["train_samples_per_s"] for line in rest] == ["", ""]


def test_nothing_hostile_reaches_the_pages(tmp_path, records):
    write_tables(tmp_path, records)
    for path in tmp_path.glob("*.md"):
        text = path.read_text()
        assert "<" not in text
        assert "](" not in text
        table = [line for line in text.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in table}) == 1


def test_the_summary_says_what_was_compared_then_answers_and_names_what_is_missing(tmp_path, records):
    write_tables(tmp_path, records)
    page = (tmp_path / "summary.md").read_text()
    assert page.startswith(
        "# vision\n\n## What was compared\n\n- digits: 1 row of 3 seeds\n\n"
        "## What is best\n\n- digits, test accuracy: only timm/resnet18 · fine-tune"
    )
    assert "| timm/resnet18 | fine-tune | digits | done | 3 | 0.7000 ± 0.2000 | 1.333 ± 1.000 |" in page
    assert "- skipped: x &#124; " in page
    assert ": no head" in page
    for fact in (
        "3 done, 1 failed, 1 skipped",
        "id aaa",
        "python 3.12",
        "abc with uncommitted changes",
        "a CPU",
    ):
        assert fact in page


def test_cells_measured_beside_other_programs_are_told(tmp_path, record):
    machine = {"id": "aaa", "threads": 4}
    cells = [
        record(
            seed=seed, accuracy=0.9, machine=machine, resources={"throughput": {"": {"other_cores": cores}}}
        )
        for seed, cores in enumerate([0.0, 0.39, 0.41, 3.0])
    ]
    write_tables(tmp_path, cells)
    assert "(other_cores) while 2 of 4 cells were measured" in (tmp_path / "summary.md").read_text()
    write_tables(tmp_path, cells[:2])
    assert "busy machine" not in (tmp_path / "summary.md").read_text()


def test_the_summary_says_what_is_fastest_where_speeds_were_measured(tmp_path, records, record):
    write_tables(tmp_path, records)
    page = (tmp_path / "summary.md").read_text()
    assert "## Fastest\n\n- digits: machine aaa, cpu" in page
    write_tables(tmp_path, [record(accuracy=0.5)])
    assert "## Fastest" not in (tmp_path / "summary.md").read_text()


def test_tables_rebuilt_from_stored_records_are_the_same(tmp_path, records):
    store = Store(tmp_path)
    for item in records:
        store.put(item)
    first = write_tables(tmp_path, records)
    written = {path.name: path.read_bytes() for path in tmp_path.glob("*.*")}
    again = write_tables(tmp_path, store.records())
    assert again == first
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.*")} == written


def test_a_table_cannot_be_written_elsewhere(tmp_path, record):
    folder = tmp_path / "in"
    write_tables(folder, [record(accuracy=0.1, resources={"../../out": {"": {"x": 1}}})])
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


# --- writers of strangers ------------------------------------------------------------------------------


def having(*classes: type[Writer]) -> Registry:
    """The built-in writers and these."""
    entries = {name: Registered(cls, Owner("mine", "mine.py", "1")) for cls in classes for name in [cls.name]}
    return Registry({**REGISTRY.entries, "writer": {**REGISTRY.entries["writer"], **entries}})


def writer(called: str, documents: object) -> type[Writer]:
    class Mine(Writer):
        """Mine."""

        name = called
        always = True

        def write(self, report):
            return documents() if callable(documents) else documents

    return Mine


class Wide(Writer):
    """Says how wide it is."""

    name = "wide"
    width: int = 7

    def write(self, report):
        return {"a": f"{self.width}"}


@pytest.mark.parametrize(
    "name", ["../out.txt", "/tmp/out.txt", ".lock", "cells/a.json", "", "a b", "a\n", "..", "a\\b"]
)
def test_a_file_of_a_writer_is_a_plain_one_in_the_folder(tmp_path, records, name):
    folder = tmp_path / "in"
    report = report_of(records)
    [told] = write_always(folder, report, having(writer("rude", {name: "text"})))
    assert told.startswith(f"writer 'rude': names a file {name!r}; use letters")
    assert len(told.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert len(list(folder.iterdir())) == 8  # all that the built-in ones write


def test_a_writer_that_fails_costs_its_own_documents_only(tmp_path, records):
    def fail():
        raise ZeroDivisionError("by\nnought")

    broken = writer("broken", fail), writer("numbers", {"a.txt": 5})
    told = write_always(tmp_path, report_of(records), having(*broken))
    assert told == [
        "writer 'broken': ZeroDivisionError: by nought",
        "writer 'numbers': returns int for 'a.txt', not text",
    ]
    assert (tmp_path / "summary.md").is_file()


def test_no_writer_overwrites_what_another_has_written(tmp_path, records):
    [told] = write_always(tmp_path, report_of(records), having(writer("zeal", {"summary.md": "mine"})))
    assert told == "writer 'zeal': leaves out summary.md, which writer 'markdown' has written"
    assert (tmp_path / "summary.md").read_text().startswith("# vision")


def test_a_writer_is_given_the_width_of_the_terminal_if_it_has_one(records):
    report = report_of(records)
    registry = having(Wide, writer("free", {"a": "b"}))
    assert written_by("wide", report, registry) == {"a": "7"}
    assert written_by("wide", report, registry, 80) == {"a": "80"}
    assert written_by("free", report, registry, 80) == {"a": "b"}


def test_a_writer_that_is_not_there_is_told_in_a_line(records):
    with pytest.raises(BenchError, match=r"^no writer 'markdwn' is installed; did you mean 'markdown'\?$"):
        written_by("markdwn", report_of(records), REGISTRY)
