from __future__ import annotations

import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.toolkit.rendering import TextColumn, to_markdown
from bench.toolkit.rendering.text import (
    CONTROL,
    harmless,
    harmless_json,
    markdown,
    number,
    plain,
    spreadsheet,
    with_spread,
)

HOSTILE = [
    "a|b",
    "two\nlines\r\n\u2028three",
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "`code` **bold** _it_ ~~no~~ \\| \\",
    "&lt;b&gt;",
    "\x1b[31mred\x07\x00\u202e",
    "![x](http://tracker)",
    "",
]


@given(
    st.lists(st.lists(st.text() | st.sampled_from(HOSTILE), min_size=3, max_size=3), min_size=1, max_size=4)
)
def test_a_row_always_has_its_cells_and_nothing_of_them_is_markup(rows):
    columns = list(map(TextColumn, "abc", map(list, zip(*rows, strict=True))))
    lines = to_markdown(columns).removesuffix("\n").split("\n")
    assert len(lines) == len(rows) + 2
    for line in lines:
        assert line.count("|") == 4
        assert not set(line) & set("<>`*[]\\~!")
        assert len(line.splitlines()) == 1


@given(st.text() | st.sampled_from(HOSTILE))
def test_escaped_text_still_reads_as_it_did(text):
    assert html.unescape(markdown(text)) == plain(text)


@given(st.text())
def test_plain_text_is_printable_and_on_one_line(text):
    assert plain(text).isprintable()


def test_names_stay_legible():
    assert markdown("timm/vit_tiny_patch16_224 (weights=none)") == "timm/vit_tiny_patch16_224 (weights=none)"
    assert "_" not in markdown("_emphasis_ and __more__")


@given(st.text() | st.sampled_from(["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"]))
def test_no_text_is_a_formula(text):
    assert not re.match(r"[=+\-@\t\r]", spreadsheet(text))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.912345, "0.9123"),
        (0.5, "0.5000"),
        (1.0, "1.000"),
        (0.0, "0.0000"),
        (0.03, "0.0300"),
        (0.0084713, "0.008471"),
        (123.456, "123.5"),
        (999.96, "1000"),
        (12345.6, "12346"),
        (-3.14159, "-3.142"),
        (0.00001234, "1.234e-05"),
        (269722, "269722"),
    ],
)
def test_numbers_have_four_significant_digits(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(
    ("mean", "spread", "shown"),
    [
        (0.9123, 0.0042, "0.9123 ± 0.0042"),
        (0.9123, None, "0.9123"),
        (0.9123, 0.00001, "0.9123 ± 1e-05"),
        (0.9123, 0.0, "0.9123 ± 0.0000"),
        (1234.5, 56.7, "1234 ± 57"),
        (0.00001234, 0.0000056, "1.234e-05 ± 5.6e-06"),
    ],
)
def test_a_spread_has_the_decimals_of_its_mean(mean, spread, shown):
    assert with_spread(mean, spread) == shown


def test_the_spread_between_runs_follows_that_over_seeds():
    assert with_spread(1234.5, 56.7, 8.9) == "1234 ± 57 (runs ± 9)"
    assert with_spread(0.5, None, 0.01) == "0.5000 (runs ± 0.0100)"


@given(st.text() | st.sampled_from(HOSTILE))
def test_harmless_text_keeps_its_lines_and_letters(text):
    shown = harmless(text)
    assert len(shown) == len(text)
    assert all(
        new == old or (new == "�" and CONTROL.match(old)) for new, old in zip(shown, text, strict=True)
    )
    assert harmless(shown) == shown


@given(st.recursive(st.text() | st.integers() | st.sampled_from(HOSTILE), st.lists))
def test_json_is_harmless_and_loses_nothing(data):
    text = harmless_json(data)
    assert not CONTROL.search(text)
    assert json.loads(text) == data
