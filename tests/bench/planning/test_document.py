"""YAML text to plain data with places."""

from __future__ import annotations

import json
import string
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import SuiteError
from bench.planning.document import MAX_NODES, Place, parse, read, spell


def at(line: int, column: int) -> Place:
    return Place(line, column, "s.yaml")


def data_of(text: str) -> Any:
    document = parse(text, at)
    document.check()
    return document.data


def problems_of(text: str) -> list[str]:
    with pytest.raises(SuiteError) as caught:
        parse(text, at).check()
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("", None),
        ("''", ""),
        ("1", 1),
        ("+1", 1),
        ("-0", 0),
        ("017", 17),
        ("0o17", 15),
        ("0xfF", 255),
        ("1_000", "1_000"),
        ("1e-4", 1e-4),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1.5E+3", -1500.0),
        ("1.2.3", "1.2.3"),
        ("12:30", "12:30"),
        ("2001-99-99", "2001-99-99"),
        ("2001-01-01", "2001-01-01"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("=", "="),
        ("<<", "<<"),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: Any) -> None:
    got = data_of(f"x: {text}")["x"]
    assert got == value
    assert type(got) is type(value)


def test_places_of_keys_and_values_count_from_one() -> None:
    document = parse("a:\n  - b: 1\n    'c d': [2, 3]\n", at)
    assert document.data == {"a": [{"b": 1, "c d": [2, 3]}]}
    assert document.keys["a", 0, "c d"] == at(3, 5)
    assert document.place(("a", 0, "c d", 1)) == at(3, 16)
    assert document.place(("a", 0, "nowhere", "at all")) == at(2, 5)


def test_keys_are_text() -> None:
    assert data_of("{1: a, true: b, null: c}") == {"1": "a", "true": "b", "null": "c"}


def test_an_alias_is_a_value_of_its_own_at_its_own_place() -> None:
    document = parse("a: &x [1]\nb: *x\n", at)
    assert document.data == {"a": [1], "b": [1]}
    assert document.data["a"] is not document.data["b"]
    assert document.place(("b",)) == at(2, 4)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a: 1\nb: 2\na: 3\n", ["s.yaml:3:1: a: duplicate key"]),
        ("- {x: 1, x: 2}", ["s.yaml:1:10: [0].x: duplicate key"]),
        ("a: &x [*x]", ["s.yaml:1:8: a[0]: refers to itself"]),
        ("a: &x {b: [*x]}", ["s.yaml:1:12: a.b[0]: refers to itself"]),
        ("a: *x", ["s.yaml:1:4: not valid YAML: found undefined alias 'x'"]),
        ("a: !!int 3", ["s.yaml:1:4: a: tags are not supported; write the plain value"]),
        (
            "!!python/object/apply:os.system [ls]",
            ["s.yaml:1:1: tags are not supported; write the plain value"],
        ),
        ("a: .inf\nb: [.NaN, 1e999]", [
            "s.yaml:1:4: a: must be a finite number",
            "s.yaml:2:5: b[0]: must be a finite number",
            "s.yaml:2:11: b[1]: must be a finite number",
        ]),
        ("a: 9223372036854775808", ["s.yaml:1:4: a: must be a smaller number"]),
        ("a: " + "9" * 10_000, ["s.yaml:1:4: a: must be a smaller number"]),
        (r'a: "\ud800"', ["s.yaml:1:4: a: must not hold half of a surrogate pair"]),
        (r'a: "\Uffffffff"', ["s.yaml:1:7: not valid YAML: no such character"]),
        ("? [1]\n: 2", ["s.yaml:1:3: a key must be text"]),
        ("a:\n\t- b", ["s.yaml:2:1: a tab cannot indent; use spaces"]),
        ("a: b: c", ["s.yaml:1:5: not valid YAML: mapping values are not allowed here"]),
        ("a: [1\nb: 2", ["s.yaml:2:2: not valid YAML: expected ',' or ']', but got ':'"]),
        ("a: 1\n---\nb: 2", ["s.yaml:2:1: a second document begins; a suite is one"]),
        ("a: \x07", [r"s.yaml:1:4: character '\x07' is not allowed"]),
        ("[" * 100 + "]" * 100, ["s.yaml:1:66: nested deeper than 64"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_problem_at_its_place(text: str, lines: list[str]) -> None:
    assert problems_of(text) == lines


def test_nesting_is_bounded_through_aliases_too() -> None:
    text = "\n".join(["a0: &a0 [1]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 100))])
    assert problems_of(text)[0].endswith("nested deeper than 64")


def test_aliases_cannot_make_a_small_file_huge() -> None:
    text = "\n".join(
        ["a0: &a0 [1]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9))]
    )
    (line,) = problems_of(text)
    assert line.endswith(f"more than {MAX_NODES:,} values")


def test_nothing_more_is_said_about_what_could_not_be_read() -> None:
    document = parse("a: !x 1", at)
    document.fault(("a", "b"), "is wrong")
    assert len(document.problems) == 1


@given(st.text() | st.text(alphabet="[]{}:,-&*!|>'\"%@?# \n\tab1.~\\U"))
def test_any_text_is_data_or_problems(text: str) -> None:
    with suppress(SuiteError):
        parse(text, at).check()


def plain_data(text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    numbers = st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
    return st.recursive(
        st.none() | st.booleans() | numbers | text,
        lambda inner: st.lists(inner) | st.dictionaries(text, inner),
        max_leaves=20,
    )


@given(plain_data(st.text(string.printable, max_size=100)))
def test_json_is_yaml(data: Any) -> None:
    assert data_of(json.dumps(data)) == data


# PyYAML writes YAML 1.1, which quotes all that YAML 1.2 takes for something else, but for some numbers.
@given(plain_data(st.text(string.ascii_letters + string.punctuation + " \n")))
def test_plain_data_survives_yaml(data: Any) -> None:
    assert data_of(yaml.safe_dump(data)) == data


def test_files_that_cannot_be_read(tmp_path: Any) -> None:
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"a: 1\nb: \xff\xfe")
    for path, line in [
        (tmp_path / "none.yaml", f"{tmp_path}/none.yaml: no such file"),
        (tmp_path, f"{tmp_path}: must be a file"),
        (binary, f"{binary}:2:4: must be text in UTF-8"),
    ]:
        with pytest.raises(SuiteError) as caught:
            read(path)
        assert caught.value.problems == (line,)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Any) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1")
    assert read(path).data == {"a": 1}


@pytest.mark.parametrize(
    ("loc", "text"),
    [
        (("matrix", "objective", 1, "epochs"), "matrix.objective[1].epochs"),
        ((0, "a"), "[0].a"),
        (("a b", 'c"\n'), '"a b"."c\\"\\n"'),
    ],
)
def test_locations_are_spelled_on_one_line(loc: Any, text: str) -> None:
    assert spell(loc) == text
