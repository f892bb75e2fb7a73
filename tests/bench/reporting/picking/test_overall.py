"""What to take for several data sets alike."""

from __future__ import annotations

import pytest

from bench import Column, Figure
from bench.reporting.picking.overall import overall
from bench.reporting.picking.values import Held, Limit, Option, Pick

ACCURACY = Column(Figure("accuracy", better="higher"), "test accuracy", split="test")
LOSS = Column(Figure("loss", better="lower"), "test loss", split="test")
LIMIT = Limit("latency_ms", 20.0, True)


def pick(dataset, values, column=ACCURACY, outside=(), **fields) -> Pick:
    options = [
        Option(
            title,
            [],
            1,
            {column.title: value},
            [Held(LIMIT, ACCURACY, "outside" if title in outside else "within")],
        )
        for title, value in values.items()
    ]
    return Pick(dataset, column, column.title, options, **fields)


def test_the_best_mean_of_normalised_scores_is_taken():
    x = pick("x", {"a": 0.9, "b": 0.8, "c": 0.7})
    y = pick("y", {"b": 0.6, "a": 0.55, "c": 0.4, "d": 0.9})
    [found] = overall([x, y])
    assert found.scores == pytest.approx({"a": 0.875, "b": 0.75, "c": 0.0})
    assert (found.title, found.datasets, found.chosen_on) == ("a", ["x", "y"], "test accuracy")
    assert found.note.startswith("nothing can be concluded of other data sets")


def test_less_can_be_better():
    [found] = overall([pick("x", {"a": 2.0, "b": 1.0}, LOSS), pick("y", {"a": 3.0, "b": 2.5}, LOSS)])
    assert (found.title, found.scores) == ("b", {"b": 1.0, "a": 0.0})


def test_only_what_is_within_the_limits_on_each_data_set_is_taken():
    x, y = pick("x", {"a": 0.9, "b": 0.8}, outside="a"), pick("y", {"a": 0.9, "b": 0.8})
    [found] = overall([x, y])
    assert found.title == "b"
    [found] = overall([x, pick("y", {"a": 0.9, "b": 0.8}, outside="b")])
    assert found.title is None


@pytest.mark.parametrize(
    "picks",
    [
        [pick("x", {"a": 1.0, "b": 0.5})],
        [pick("x", {"a": 1.0, "b": 0.5}), pick("y", {"a": 1.0})],
        [pick("x", {"a": 1.0, "b": 0.5}), pick("y", {"a": 1.0, "b": 0.5}, LOSS)],
        [pick("x", {"a": 1.0, "b": 0.5}), pick("y", {"a": 1.0, "b": 0.5}, place={"machine": "m"})],
    ],
    ids=["one data set", "one row in common", "another metric", "on different machines"],
)
def test_what_shares_too_little_has_no_answer(picks):
    assert overall(picks) == []
