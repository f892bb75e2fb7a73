"""JSON that every program reads."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.toolkit.strict_json import to_json

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(PLAIN, st.booleans())
def test_what_is_finite_comes_back(data: object, ascii: bool) -> None:
    assert json.loads(to_json(data, ascii=ascii)) == data


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_not_is_null_however_deep_it_is(value: float) -> None:
    def refuse(name: str) -> object:
        raise AssertionError(name)

    text = to_json({"a": [value, 1.5, {"b": (value,)}]}, indent=1)
    assert json.loads(text, parse_constant=refuse) == {"a": [None, 1.5, {"b": [None]}]}


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError):
        to_json({1, 2})
