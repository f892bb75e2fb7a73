"""Suggestions, and messages on one line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.toolkit.messages import did_you_mean, one_line


def test_suggestions_are_close_or_none() -> None:
    assert did_you_mean("epoch", ["lr", "epochs"]) == "; did you mean 'epochs'?"
    assert did_you_mean("nothing", ["lr", "epochs"]) == ""
    assert did_you_mean(3, ["3"]) == ""
    assert did_you_mean("", ["3"]) == ""
    assert did_you_mean("a" * 1000, ["a" * 1001]) == ""


def test_the_beginning_of_a_word_suggests_it_where_none_is_closer() -> None:
    assert did_you_mean("a1", ["b2_in1k", "a1_in1k"]) == "; did you mean 'a1_in1k'?"
    assert did_you_mean("resnet", ["resnet101_of_another_kind", "resnet1"]) == "; did you mean 'resnet1'?"


def test_a_suggestion_is_shown_as_asked_for() -> None:
    assert did_you_mean("epoch", ["epochs"], show="--{}".format) == "; did you mean '--epochs'?"


@given(st.text())
def test_any_error_is_on_one_line(text: str) -> None:
    line = one_line(ValueError(text))
    assert len(line.splitlines()) <= 1
    assert line.split() == text.split()
    assert one_line(text, 3) == line[:3]
