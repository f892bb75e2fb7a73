from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from bench.records.store import Store
from bench.reporting import Standings, write_tables

HOSTILE = "x | <script>alert(1)</script> [a](b)\n`c`"


@pytest.fixture
def records(record):
    rates = [
        record(
            seed=seed,
            accuracy=value,
            resources={"throughput": {"train_samples_per_s": 1 / 3 + seed}, "memory": {"method": "PSS"}},
        )
        for seed, value in enumerate((0.5, 0.7, 0.9))
    ]
    return [*rates, record("=cmd()", reason=HOSTILE), record(HOSTILE, status="skipped", reason="no head")]


def test_files(tmp_path, records):
    write_tables(tmp_path, Standings(records))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("accuracy.csv", "accuracy.md", "memory.csv", "memory.md"),
        *("summary.md", "throughput.csv", "throughput.md"),
    ]


def test_csv_holds_full_precision_and_no_formula(tmp_path, records):
    made = write_tables(tmp_path, Standings(records))
    table = pd.read_csv(tmp_path / "throughput.csv")
    assert table["train_samples_per_s"][0] == made["throughput"]["train_samples_per_s"][0]
    assert "'=cmd()" in set(table["backbone"])
    assert table["train_samples_per_s"].isna().tolist() == [False, True, True]


def test_nothing_hostile_reaches_the_pages(tmp_path, records):
    write_tables(tmp_path, Standings(records))
    for path in tmp_path.glob("*.md"):
        text = path.read_text()
        assert "<" not in text
        assert "](" not in text
        table = [line for line in text.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in table}) == 1


def test_the_summary_answers_first_and_names_what_is_missing(tmp_path, records):
    write_tables(tmp_path, Standings(records))
    page = (tmp_path / "summary.md").read_text()
    assert page.startswith("# vision\n\n- digits, test accuracy: only timm/resnet18 · fine-tune")
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
        record(seed=seed, accuracy=0.9, machine=machine, resources={"throughput": {"other_cores": cores}})
        for seed, cores in enumerate([0.0, 0.39, 0.41, 3.0])
    ]
    write_tables(tmp_path, Standings(cells))
    assert "(other_cores) while 2 of 4 cells were measured" in (tmp_path / "summary.md").read_text()
    write_tables(tmp_path, Standings(cells[:2]))
    assert "busy machine" not in (tmp_path / "summary.md").read_text()


def test_the_summary_says_what_is_fastest_where_speeds_were_measured(tmp_path, records, record):
    write_tables(tmp_path, Standings(records))
    page = (tmp_path / "summary.md").read_text()
    assert "## Fastest\n\n- digits: machine aaa, cpu" in page
    write_tables(tmp_path, Standings([record(accuracy=0.5)]))
    assert "## Fastest" not in (tmp_path / "summary.md").read_text()


def test_tables_rebuilt_from_stored_records_are_the_same(tmp_path, records):
    store = Store(tmp_path)
    for item in records:
        store.put(item)
    first = write_tables(tmp_path, Standings(records))
    written = {path.name: path.read_bytes() for path in tmp_path.glob("*.*")}
    again = write_tables(tmp_path, Standings(store.records()))
    for name, table in first.items():
        assert_frame_equal(table, again[name])
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.*")} == written


def test_a_table_cannot_be_written_elsewhere(tmp_path, record):
    folder = tmp_path / "in"
    write_tables(folder, Standings([record(accuracy=0.1, resources={"../../out": {"x": 1}})]))
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
