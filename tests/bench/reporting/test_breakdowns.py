"""Figures of rows part by part: made of kept predictions alone, over the seeds of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from bench import Confusion, Measurement, RowBreakdown
from bench.records.contributions import Contributions
from bench.records.record import Record
from bench.reporting.report import make_report
from reports import InMemory, registry, report_of

NAMES = ("cat", "dog", "eel")
FIRST = [(0, 0), (0, 1), (1, 1), (1, 1)]
SECOND = [(0, 1), (0, 1), (1, 1), (1, 2)]

Made = Callable[..., Record]
Pairs = Sequence[tuple[int, int]]


class Named(InMemory):
    """Results whose predictions come with the names of classes, or without."""

    names: tuple[str, ...]

    def classes(self, record: Record) -> tuple[str, ...]:
        return self.names


def kept(pairs: Pairs) -> Contributions:
    target, prediction = np.array(pairs).T
    statistics = {"target": target, "prediction": prediction, "correct": target == prediction}
    return Contributions("test", np.arange(len(pairs)), {"": statistics})


def cell(record: Made, pairs: Pairs, seed: int = 0, **fields: Any) -> tuple[Record, Pairs]:
    """A record whose accuracy is that of pairs of classes, and these."""
    accuracy = float(np.mean([truth == prediction for truth, prediction in pairs]))
    given = {
        "cell": {"seed": seed, "parent": None, "task": {"name": "image-classification"}},
        "data": {"classes": 3},
        "quality": {"val": {"accuracy": 0.5}, "test": {"accuracy": accuracy, "f1": 0.25 + seed}},
    }
    return record(seed=seed, **{**given, **fields}), pairs


def found(*cells: tuple[Record, Pairs], names: tuple[str, ...] = NAMES) -> list[RowBreakdown]:
    results = Named([item for item, _ in cells], {item.id: {"test": kept(pairs)} for item, pairs in cells})
    results.names = names
    return list(make_report(results, registry(), broken_down=True).breakdowns)


def test_figures_are_means_over_seeds_and_confusions_are_added_up(record):
    [row] = found(cell(record, FIRST, 0), cell(record, SECOND, 1))
    assert (row.labels["backbone"], row.split, row.axis, len(row.cells)) == (
        "timm/resnet18",
        "test",
        "class",
        2,
    )
    assert row.parts == NAMES
    cat, dog, eel = (dict(zip([f.name for f in row.figures], item, strict=True)) for item in row.measurements)
    assert cat["recall"] == Measurement(0.25, pytest.approx(0.5**0.5 / 2), None, 2)
    assert cat["support"] == Measurement(2, 0, None, 2)
    assert dog["recall"].value == 0.75
    # The first seed says nothing of the third class.
    assert (eel["f1"], eel["support"].value) == (Measurement(0.0), 0)
    assert row.confusions == [
        Confusion(0, 0, 1),
        Confusion(0, 1, 3),
        Confusion(1, 1, 3),
        Confusion(1, 2, 1),
    ]


def test_the_whole_has_what_the_tables_have(record):
    [row] = found(cell(record, FIRST, 0), cell(record, SECOND, 1))
    overall = dict(zip([figure.name for figure in row.figures], row.overall, strict=True))
    assert overall["f1"] == Measurement(0.75, pytest.approx(0.5**0.5), None, 2)
    assert overall["support"] is None


def test_what_does_not_give_the_recorded_figure_is_left_out(record):
    other = cell(record, FIRST, 1, quality={"test": {"accuracy": 0.9}})
    [row] = found(cell(record, FIRST, 0), other)
    assert len(row.cells) == 1
    assert found(other) == []


def test_without_names_classes_have_numbers(record):
    [row] = found(cell(record, FIRST), names=())
    assert row.parts == ("#0", "#1", "#2")


def test_names_cannot_move_a_terminal_s_cursor(record):
    [row] = found(cell(record, FIRST), names=("a\x1b[2J", "b\nc", "d"))
    assert row.parts == ("a�[2J", "b c", "d")


@pytest.mark.parametrize(
    "fields",
    [
        {"cell": {"seed": 0, "parent": None, "task": {"name": "gone"}}},
        {"cell": {"seed": 0, "parent": None, "task": {"name": "plain-text"}}},
        {"quality": {"test": {"loss": 1.0}}, "primary": "loss"},
        {"quality": {}, "status": "failed", "reason": "out of memory"},
    ],
)
def test_rows_without_parts_have_none(record, fields):
    assert found(cell(record, FIRST, **fields)) == []


def test_nothing_is_taken_apart_unless_asked_for(record):
    item, pairs = cell(record, FIRST)
    assert report_of([item], {item.id: {"test": kept(pairs)}}).breakdowns == ()
