from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bench_data.classes import ClassNames, in_order, positions, quoted


def test_numbers_are_ordered_as_numbers():
    assert in_order(["10", "9", "-1", "9"]) == ("-1", "9", "10")


def test_names_are_ordered_by_letters():
    assert in_order(["10", "9", "zebra", "ant"]) == ("10", "9", "ant", "zebra")
    assert in_order(["01", "1"]) == ("01", "1")
    assert in_order(["²", "1"]) == ("1", "²")


@given(st.sets(st.text(), min_size=1))
def test_order_keeps_every_name_once_and_indices_follow_it(names):
    classes = in_order(names)
    assert sorted(classes) == sorted(names)
    assert positions(names, classes) == {name: index for index, name in enumerate(classes)}


def test_labels_are_names_before_they_are_indices():
    assert positions({"0", "1"}, ("1", "0")) == {"1": 0, "0": 1}
    assert positions({"0", "1"}, ("negative", "positive")) == {"0": 0, "1": 1}
    assert positions({"positive"}, ("negative", "positive")) == {"negative": 0, "positive": 1}


def test_a_label_that_is_neither_name_nor_index_has_no_position():
    assert "2" not in positions({"0", "2"}, ("negative", "positive"))
    assert "-1" not in positions({"-1", "0"}, ("negative", "positive"))


def test_class_names_may_be_written_as_numbers_but_not_twice():
    read = TypeAdapter(ClassNames).validate_python
    assert read([0, 1]) == ("0", "1")
    with pytest.raises(ValidationError, match="named twice"):
        read(["a", "a"])
    with pytest.raises(ValidationError):
        read([])
    with pytest.raises(ValidationError):
        read([False])  # what YAML makes of `no`


def test_long_lists_are_cut():
    assert quoted(["a", "b"]) == "'a', 'b'"
    assert quoted([str(i) for i in range(100)]).endswith("'11', ... (100 in all)")
