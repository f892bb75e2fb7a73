"""Error rates are those of jiwer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_audio.error_rates import ErrorRates, edits, normalised, words_of

jiwer = pytest.importorskip("jiwer")

TEXT = st.text("ab \n\té", max_size=12) | st.text(max_size=12)
RIGHT = TEXT.filter(lambda text: bool(words_of(text)))


def rates(right, found, weights=None):
    metrics = ErrorRates(normalise=False)
    statistics = metrics.statistics({"text": found}, {"text": right})
    arrays = {name: np.asarray(values) for name, values in statistics.items() if name != "text"}
    return metrics.compute(arrays, weights)


def table_distance(one, other):
    """The textbook's table."""
    row = list(range(len(other) + 1))
    for i, item in enumerate(one, 1):
        above, row = row, [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (item != wanted)))
    return row[-1]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.integers(0, 3), max_size=90), st.lists(st.integers(0, 3), max_size=90))
def test_edits_are_those_of_the_textbook(one, other):
    assert edits(one, other) == table_distance(one, other)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(RIGHT, TEXT), min_size=1, max_size=5))
def test_rates_are_those_of_jiwer(pairs):
    right, found = map(list, zip(*pairs, strict=True))
    ours = rates(right, found)
    assert ours["word_error_rate"] == pytest.approx(jiwer.wer(right, found), abs=1e-12)
    assert ours["character_error_rate"] == pytest.approx(jiwer.cer(right, found), abs=1e-12)


def test_weights_stand_for_examples_that_come_again():
    right, found = ["a b c", "d", "e f"], ["a b", "x", "e f g h"]
    weighted = rates(right, found, np.array([2.0, 0.0, 1.0]))
    assert weighted == rates([right[0], right[0], right[2]], [found[0], found[0], found[2]])
    assert rates(right, found, np.zeros(3)) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Seven.", "seven"),
        ("  It's  -- “late”, isn't it?\n", "it's late isn't it"),
        ("50% of 3.5", "50 of 3 5"),
        ("Straße, ÉCOLE", "straße école"),
        ("हिन्दी।", "हिन्दी"),
        ("...", ""),
    ],
)
def test_texts_as_they_are_spoken(text, expected):
    assert normalised(text) == expected


def test_predictions_are_normalised_too():
    metrics = ErrorRates(normalise=True)
    kept = metrics.statistics({"text": ["Seven, Eight!"]}, {"text": ["seven eight"]})
    assert kept["text"] == ["seven eight"]
    assert kept["word_edits"].tolist() == kept["character_edits"].tolist() == [0]
