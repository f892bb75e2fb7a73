"""How much was compared: what a figure must not be read without."""

from __future__ import annotations

from bench import Extent
from bench.reporting.writers.html import Html
from bench.reporting.writers.summary import summary_page
from bench.reporting.writers.terminal import Terminal
from bench.toolkit.rendering import extent, notes
from reports import report_of

CELL = {"backbone": {"name": "timm", "weights": "none"}, "limits": {"steps": 1, "seconds": None}}


def cell(record, backbone, seed, *, test=4, steps=1, lr=0.1, **fields):
    return record(
        backbone,
        seed=seed,
        accuracy=0.5,
        data={"classes": 2, "examples": {"train": 10, "test": test}},
        effective={"steps": steps},
        cell={**CELL, "seed": seed, "objective": {"name": "fine-tune", "lr": lr, "blocks": [1]}},
        **fields,
    )


def test_rows_seeds_examples_steps_and_what_all_share(record):
    records = [
        cell(record, "a", 0),
        cell(record, "a", 1, test=5),
        cell(record, "b", 0, steps=3, lr=0.2),
        record("c"),
    ]
    [found] = report_of(records).circumstances.extents
    shared = {"backbone.name": "timm", "backbone.weights": "none", "objective.name": "fine-tune"}
    assert found == Extent(
        *("digits", 2, (1, 2), 2),
        {"train": (10, 10), "test": (4, 5)},
        (1, 3),
        {**shared, "limits.steps": 1},
        cells=3,
    )
    assert extent(found) == (
        "digits: 2 rows of 1 to 2 seeds, 2 classes, 10 train examples, 4 to 5 test examples, "
        "1 to 3 steps of training; in all cells backbone.name timm, backbone.weights none, "
        "objective.name fine-tune, limits.steps 1"
    )


def test_what_a_record_does_not_say_is_left_out(record):
    [found] = report_of([record("a", accuracy=0.5)]).circumstances.extents
    assert extent(found) == "digits: 1 row of 1 seed"


def test_notes_of_records_are_told_with_how_many_have_them(record):
    shared = "test: 3 of 5 examples are also in train"
    cells = [record("a", accuracy=0.5, notes=[shared, "odd"]), record("b", accuracy=0.4, notes=[shared])]
    [found] = report_of(cells).circumstances.extents
    assert list(notes(found)) == [shared, "odd (1 of 2 cells)"]
    many = record("a", accuracy=0.5, notes=[f"note {number}" for number in range(20)])
    [found] = report_of([many]).circumstances.extents
    assert list(notes(found))[-1] == "8 more notes are in the records"


def test_notes_on_the_data_are_on_the_page_in_the_summary_and_in_the_terminal(record):
    note = "test: 3 of 100 examples are in train too"
    report = report_of([record(seed=seed, accuracy=0.5, notes=[note] * (seed == 0)) for seed in range(2)])
    told = f"{note} (1 of 2 cells)"
    assert f"<li>{told}" in Html().write(report)["report.html"]
    assert f"- digits: {told}\n" in summary_page(report)
    assert f"digits, noted: {told}" in Terminal(width=200).write(report)["report.txt"]
