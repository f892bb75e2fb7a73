"""Tables on a terminal: fitted to its width, nothing lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pages
from bench.reporting.writers.terminal import Terminal, fit, wrap
from bench.toolkit.rendering import TextColumn
from reports import report_of

COLUMNS = [
    TextColumn("name", ["a", "bb"], key=True),
    TextColumn("x", ["1", "2"]),
    TextColumn("a long header", ["3", "4"]),
    TextColumn("y", ["long cell", ""]),
]


def titles(part) -> list[str]:
    return [column.title for column in part]


def test_columns_that_fit_stay_together():
    assert list(fit(COLUMNS, 80)) == [COLUMNS]


def test_columns_that_do_not_fit_go_on_below_after_the_repeated_ones():
    # Widths with gaps: 6, 3, 8 (the header can be broken) and 11.
    parts = [titles(part) for part in fit(COLUMNS, 17)]
    assert parts == [["name", "x", "a long header"], ["name", "y"]]


@given(st.integers(0, 60))
def test_no_column_is_lost_and_none_repeated_but_the_keys(width):
    parts = list(map(titles, fit(COLUMNS, width)))
    assert [name for part in parts for name in part if name != "name"] == ["x", "a long header", "y"]
    assert all(next(iter(part)) == "name" for part in parts)


def test_headers_are_broken_between_words():
    assert wrap("train_samples_per_s", 10) == "train_\nsamples_\nper_s"
    assert wrap("train_samples_per_s", 14) == "train_samples_\nper_s"
    assert wrap("test accuracy", 8) == "test\naccuracy"
    assert wrap("seeds", 2) == "seeds"


def test_keys_alone():
    assert list(fit(COLUMNS[:1], 3)) == [COLUMNS[:1]]


@pytest.fixture
def report(record):
    method = "a long text that is the same in each of all the rows"
    return report_of(
        [
            record(name, accuracy=value, resources={"memory": {"": {"method": method, "[b]": 5}}})
            for name, value in (("a", 0.5), ("[red]", 0.25))
        ]
    )


def lines(report, width: int, *, wide: bool = False) -> list[str]:
    [text] = Terminal(width=width, wide=wide).write(report).values()
    return [line.rstrip() for line in re.sub("\x1b\\[[0-9;]*m", "", text).splitlines()]


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("width", [30, 60, 200])
def test_no_line_is_longer_than_the_terminal(report, width, wide):
    assert max(map(len, lines(report, width, wide=wide))) <= width


def test_the_answer_comes_first(report):
    answer = (
        "digits, test accuracy: 1 seed each cannot decide between a · fine-tune (0.5000, 1 seed) "
        "and [red] · fine-tune (0.2500)"
    )
    [text] = Terminal().write(report).values()
    for shown in (lines(report, 200), lines(report, 200, wide=True), text.splitlines()):
        assert shown[:2] == [answer, ""]


def test_all_columns_are_shown_where_they_are_asked_for(report):
    shown = lines(report, 100, wide=True)
    assert [line for line in shown if line in ("accuracy", "memory")] == ["accuracy", "memory"]
    assert any(re.fullmatch(r"\[red\] +fine-tune +digits +done +1 +0\.2500 +1-2", line) for line in shown)
    assert any(re.fullmatch(r"backbone +objective +dataset +status +seeds +\[b\]", line) for line in shown)
    told = "method, the same in all rows: a long text that is the same in each of all the rows"
    assert shown.count(told) == 1


def test_one_screen_holds_what_decides_and_says_what_is_left_out(record):
    speeds = {"throughput": {"train": {"samples_per_s": 5.0, "latency_ms": 2.0}}}
    records = [
        record(f"b{at:02}", dataset=dataset, accuracy=0.9 - at / 100, resources=speeds)
        for dataset in "xy"
        for at in range(40)
    ]
    shown = lines(report_of(records), 60)
    rows = [line.split() for line in shown if re.match(r"b\d\d ", line)]
    assert [row[:2] for row in rows] == [[f"b{at:02}", dataset] for dataset in "xy" for at in range(8)]
    assert shown[-1] == "64 more rows: bench report --wide, or summary.md"
    assert "in all rows: objective fine-tune, status done, seeds 1," in " ".join(shown)


def test_tables_are_markdown_where_there_is_no_terminal(report):
    [text] = Terminal().write(report).values()
    assert "\n\n## accuracy\n\n| backbone | objective |" in text
    assert "\n\n## memory\n\n| backbone |" in text
    assert "\x1b" not in text


def test_rows_that_were_taken_apart_come_last():
    found = pages.taken_apart(pages.report(), parts=2)
    [text] = Terminal(width=60).write(found).values()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert (
        "timm/resnet18 · fine-tune · digits\n\ntest, 3 seeds: by class\nclass           accuracy\n" in plain
    )
    assert plain.splitlines()[-2:] == ["class 0      1      1", "class 1      2      2"]
    [markdown] = Terminal().write(found).values()
    assert markdown.endswith("| class 0 | 1 | 1 |\n| class 1 | 2 | 2 |\n")
