from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import DataError
from bench_data.labels import identifier_note, refuse_others, spell


def fault(*labels: str, rows: int = 10) -> str:
    places = {label: f"a.csv, row {row}" for row, label in enumerate(labels, 1)}
    with pytest.raises(DataError) as caught:
        refuse_others(places, rows, "label")
    assert caught.value.field == "label"
    return str(caught.value)


def fine(*labels: str, rows: int = 10) -> None:
    refuse_others(dict.fromkeys(labels, "a.csv, row 1"), rows, "label")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pos", "pos "),
        ("pos", "\tpos"),
        ("New York", "New  York"),
        ("New York", "New\u00a0York"),
        ("café", unicodedata.normalize("NFD", "café")),
        ("pos", "\ufeffpos"),
        ("1", "1.0"),
        ("1", "01"),
        ("1", " 1"),
        ("1", "+1"),
        ("100", "1e2"),
        ("0,5", "0.5"),
    ],
)
def test_one_name_in_two_spellings_is_refused_with_both_places(one, other):
    assert fault("x", one, other) == (
        f"a.csv, row 3: {other!a} in column 'label' and {one!a} (a.csv, row 2) are one name in two "
        "spellings; write them alike, or, if these are two classes, list all under `classes:`"
    )


@pytest.mark.parametrize(
    "labels",
    [
        ("pos", "neg"),
        ("Co", "CO"),
        ("2001-12-24", "2001-12-25", "24.12.2001"),
        ("²", "2", "x"),
        ("0", "1", "-1"),
        ("10.0", "2.0"),
        ("3.11", "3.12", "other"),
        ("123456789012345678901234567890", "1"),
        ("nan", "inf"),
    ],
)
def test_these_are_classes(labels):
    fine(*labels)


def test_numbers_that_are_not_whole_are_no_classes():
    assert fault("1", "0.33").startswith(
        "a.csv, row 2: 0.33 in column 'label' is a number, no class; write a"
    )
    assert "0,33 in column" in fault("0,33", "1,5")


def test_an_empty_label_is_none():
    assert fault("a", " ") == "a.csv, row 2: column 'label' holds an empty label"


def test_a_label_of_its_own_for_most_rows_is_no_class():
    names = [f"id-{number}" for number in range(20_000)]
    assert "20,000 different labels in 20,000 rows" in fault(*names, rows=20_000)
    fine(*names, rows=40_000)
    fine(*names[:100], rows=100)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=6, unique=True))
def test_labels_that_pass_stay_apart_however_their_spaces_and_forms_are_written(labels):
    try:
        fine(*labels)
    except DataError:
        return
    plain = {" ".join(unicodedata.normalize("NFC", label).split()) for label in labels}
    assert len(plain) == len(labels)


def test_numbers_and_truth_values_are_spelled_alike_whatever_their_type():
    assert [spell(value) for value in ("a", 1, 1.0, 1.5, True)] == ["a", "1", "1", "1.5", "True"]


@pytest.mark.parametrize(
    ("classes", "rows", "noted"),
    [(20_000, 41_000, True), (101, 504, True), (101, 505, False), (100, 200, False), (0, 10, False)],
)
def test_a_column_with_few_rows_of_many_classes_may_be_an_identifier(classes, rows, noted):
    notes = list(identifier_note(classes, rows, "customer"))
    assert len(notes) == noted
    assert all(f"'customer' has {classes:,} classes in {rows:,} rows" in note for note in notes)
