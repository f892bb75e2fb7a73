"""The tables of the page: which rows and columns they have."""

from __future__ import annotations

from dataclasses import replace

from bench import Report, Row, Table
from bench.reporting.writers.html.joined import join
from bench.reporting.writers.html.overview import LONGEST, MOST, ROWS, Listing, listings
from pages import Shape, report


def listed(found: Report) -> list[Listing]:
    return listings(found, *join(found))


def titles(found: Listing) -> list[str]:
    return [column.title for column in found.columns]


def test_all_tables_that_have_the_same_rows_are_one():
    [found] = listed(report())
    assert titles(found)[:7] == [
        *("backbone", "objective", "dataset", "status", "seeds"),
        *("test accuracy", "test accuracy rank"),
    ]
    assert {"train_seconds", "method", "extra_9"} <= set(titles(found))
    assert len(set(titles(found))) == len(titles(found))


def test_a_row_keeps_its_figures_in_the_wide_table():
    found = report(Shape(("a", "b")))
    [throughput] = [table for table in found.tables if table.name == "throughput"]
    shuffled = replace(throughput, rows=list(reversed(throughput.rows)))
    wide, apart = join(replace(found, tables=[found.tables[0], shuffled]))
    at, there = ([c.title for c in table.columns].index("extra_3") for table in (wide, throughput))
    assert apart == []
    assert [row.measurements[at] for row in wide.rows] == [row.measurements[there] for row in throughput.rows]


def test_a_table_with_other_rows_stands_apart():
    found = report()
    other = replace(found.tables[1], rows=found.tables[1].rows[1:])
    first, second = listed(replace(found, tables=[found.tables[0], other]))
    assert "extra_9" not in titles(first)
    assert "extra_9" in titles(second)
    assert second.files == ["throughput.csv"]


def test_columns_that_are_not_in_the_summary_are_hidden_at_first():
    [found] = listed(report())
    hidden = {titles(found)[number - 1] for number in found.hidden}
    assert hidden == {"train_seconds", "method", *(f"extra_{at}" for at in range(10))}


def test_text_begins_at_the_left():
    [found] = listed(report())
    left = {titles(found)[number - 1] for number in found.left}
    assert left == {"backbone", "objective", "dataset", "status", "method", "reason"}


def test_rows_come_with_their_cells():
    found = report()
    [listing] = listed(found)
    assert [[trace.id for trace in traces] for traces in listing.records] == [
        list(row.cells) for row in found.summary.rows
    ]


def test_what_there_is_no_room_for_is_counted():
    found = report(Shape(rows=ROWS + 5, seeds=1, columns=60))
    [listing] = listed(found)
    assert len(listing.lines) == ROWS
    assert listing.more_rows == 5
    assert listing.more_columns > 0
    assert {column.title for column in found.summary.columns} <= set(titles(listing))
    assert sum(len(cell) for line in listing.lines for cell in line) < 2 * MOST


def test_long_texts_are_cut():
    row = Row({"backbone": "b" * 500}, "failed", [], missing=1, reasons={"r" * 500: [0]})
    [listing] = listed(
        replace(report(), tables=[Table("accuracy", [], [row])], summary=Table("s", [], [row]))
    )
    assert {len(cell) for line in listing.lines for cell in line if len(cell) > 20} == {LONGEST}


def test_no_rows():
    [listing] = listed(replace(report(), tables=[Table("accuracy", [], [])], summary=Table("s", [], [])))
    assert listing.lines == []
