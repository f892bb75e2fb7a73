from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_data.kinds import read_value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_a_number_however_it_is_written(value: float) -> None:
    assert read_value("number", value) == value
    assert read_value("number", f"{value:.6e}") == pytest.approx(value, rel=1e-6)


@given(st.text().filter(str.strip))
def test_a_text_stays_as_it_is(text: str) -> None:
    assert read_value("text", text) == text
    assert read_value("texts", [text, text]) == (text, text)
    assert read_value("texts", text) == (text,)


def test_classes_go_by_their_names() -> None:
    assert read_value("tags", ["B-person", 1, 2.0]) == ["B-person", "1", "2"]
    assert read_value("classes", []) == []


def test_what_a_task_of_a_stranger_asks_for_stays_as_it_is() -> None:
    answers = {"text": ["Bern"], "answer_start": [3]}
    assert read_value("spans", answers) is answers


@pytest.mark.parametrize(
    ("kind", "value", "fault"),
    [
        ("number", "n/a", "'n/a', which is no number"),
        ("number", float("nan"), "nan, which is no finite number"),
        ("number", True, "True, which is no number"),
        ("number", "1e999", "inf, which is no finite number"),
        ("number", [1.0], r"\[1.0\], which is no number"),
        ("text", ["a"], r"\['a'\] where a text belongs"),
        ("text", 3, "3 where a text belongs"),
        ("text", " \n", "an empty text"),
        ("texts", [], "an empty list of texts"),
        ("texts", ["a", ""], "an empty text"),
        ("texts", {"a": 1}, "where a list of texts belongs"),
        ("tags", "B-person", "'B-person' where a list of classes belongs"),
        ("tags", ["a", None], "None in a list of classes"),
        ("classes", ["a", " "], "' ' in a list of classes"),
        ("classes", [["a"]], r"\['a'\] in a list of classes"),
    ],
)
def test_what_is_no_such_target_is_said(kind: str, value: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_value(kind, value)
