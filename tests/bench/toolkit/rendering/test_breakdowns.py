"""Rows part by part, as people and programs are shown them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace

from bench import Confusion, Figure, Measurement, RowBreakdown
from bench.toolkit.rendering import (
    breakdown_columns,
    breakdown_markdown,
    breakdown_stem,
    breakdown_tables,
    breakdown_title,
    confusion_columns,
    to_csv,
)

F1, SUPPORT = Figure("f1", better="higher"), Figure("support", "examples")


def row(scores: Sequence[float | None], confusions: Sequence[tuple[int, int, int]] = ()) -> RowBreakdown:
    """A row with a class for each score."""
    return RowBreakdown(
        labels={"backbone": "b", "dataset": "d"},
        settings="",
        split="test",
        axis="class",
        parts=[f"c{at}" for at in range(len(scores))],
        figures=[F1, SUPPORT],
        measurements=[[None if s is None else Measurement(s, 0.1), Measurement(7)] for s in scores],
        overall=[Measurement(0.5, 0.2), None],
        confusions=[Confusion(*item) for item in confusions],
        cells=["1", "2"],
    )


TWO = row([0.25, None], [(0, 0, 3), (0, 1, 1), (1, 1, 4)])


def lines(found: RowBreakdown, number: int) -> list[tuple[str, ...]]:
    table = list(breakdown_tables(found))[number]
    titles = tuple(column.title for column in table.columns)
    return [titles, *zip(*(column.cells for column in table.columns), strict=True)]


def test_people_see_each_part_the_whole_and_a_matrix():
    assert lines(TWO, 0) == [
        ("class", "f1", "support"),
        ("c0", "0.2500 ± 0.1000", "7"),
        ("c1", "", "7"),
        ("all", "0.5000 ± 0.2000", ""),
    ]
    assert lines(TWO, 1) == [("class", "c0", "c1"), ("c0", "3", "1"), ("c1", "0", "4")]
    assert [table.matrix for table in breakdown_tables(TWO)] == [False, True]


def test_what_cannot_be_confused_has_no_matrix():
    assert len(list(breakdown_tables(row([0.5, 0.5])))) == 1


def test_of_many_parts_people_see_the_worst_and_the_largest_confusions():
    scores = [at / 50 for at in reversed(range(49))]
    confusions = [(0, 0, 100), *((at, at + 1, 30 - at) for at in range(25))]
    found = row([*scores, None], confusions)
    assert [line[0] for line in lines(found, 0)[1:]] == [*(f"c{at}" for at in range(48, 18, -1)), "all"]
    assert lines(found, 1)[:3] == [
        ("class", "taken for", "count", "share"),
        ("c0", "c1", "30", "0.2308"),
        ("c1", "c2", "29", "1.000"),
    ]
    assert len(lines(found, 1)) == 21
    captions = [table.caption for table in breakdown_tables(found)]
    assert captions == [
        "test, 2 seeds: by class, the 30 worst of 50 by f1",
        "test, 2 seeds: most often taken for another",
    ]


def test_where_lower_is_better_the_worst_are_the_highest():
    found = replace(row([at / 50 for at in range(49)]), figures=[Figure("error", better="lower"), SUPPORT])
    assert lines(found, 0)[1][0] == "c48"


def test_titles_tell_settings_where_rows_need_them():
    assert breakdown_title(TWO) == "b · d"
    assert breakdown_title(replace(TWO, settings="lr=1")) == "b · d · lr=1"


def test_programs_get_all_numbers_in_full():
    other = replace(row([0.125]), labels={"backbone": "b", "dataset": "e"}, settings="lr=1")
    text = to_csv(breakdown_columns([TWO, other]))
    assert text.splitlines() == [
        "backbone,dataset,settings,split,seeds,class,f1,f1 std,support",
        "b,d,,test,2,c0,0.25,0.1,7",
        "b,d,,test,2,c1,,,7",
        "b,e,lr=1,test,2,c0,0.125,0.1,7",
    ]


def test_programs_get_all_confusions():
    [first, *_] = csv.DictReader(to_csv(confusion_columns([TWO])).splitlines())
    assert first == {
        "backbone": "b",
        "dataset": "d",
        "split": "test",
        "seeds": "2",
        "truth": "c0",
        "taken_for": "c0",
        "count": "3",
        "share": "0.75",
    }


def test_names_are_escaped():
    found = replace(TWO, parts=["=1|<b>", "[a](b)"])
    text = breakdown_markdown(found)
    assert "<b>" not in text
    assert "[a](" not in text
    assert "'=1|<b>" in to_csv(breakdown_columns([found]))
    assert "'=1|<b>" in to_csv(confusion_columns([found]))


def test_an_axis_of_any_name_has_a_plain_file():
    assert breakdown_stem("../Kind of entity") == "by____kind_of_entity"
