from __future__ import annotations

from dataclasses import replace

import pytest

from bench.errors import NothingSelected
from bench.records.results import Results
from bench.registry import Registry
from bench.reporting.leaderboard import make_leaderboard
from invented import Truth, world

GOOD = Truth("good", accuracy=0.95)
BAD = Truth("bad", accuracy=0.80, speed=200.0)


def board(*folders, **options):
    return make_leaderboard(Results.of(*folders), Registry(), **options)


def cells(report, title) -> dict[str, list]:
    """What each contender has of a column, row by row."""
    [table] = report.tables
    at = [column.title for column in table.columns].index(title)
    found: dict[str, list] = {}
    for row in table.rows:
        found.setdefault(row.labels["backbone"], []).append(row.measurements[at])
    return found


def test_contenders_of_many_folders_are_in_one_table_the_best_first(tmp_path):
    here = world(runs=5)
    report = board(here.write(tmp_path / "a", [BAD]), here.write(tmp_path / "b", [GOOD]))
    [table] = report.tables
    assert table.name == "leaderboard"
    assert report.summary == table
    assert [row.labels["backbone"] for row in table.rows] == ["good", "bad"]
    accuracy = cells(report, "test accuracy")
    assert [found.rank for [found] in accuracy.values()] == [(1, 1), (2, 2)]
    assert all(found.interval.low < found.value < found.interval.high for [found] in accuracy.values())
    speed = cells(report, "train_samples_per_s")
    assert [found.rank for [found] in speed.values()] == [(2, 2), (1, 1)]
    [verdict] = report.verdicts
    assert verdict.winner.title == "good · fine-tune"


def test_a_copied_folder_changes_nothing(tmp_path):
    folder = world(runs=5).write(tmp_path / "a", [GOOD, BAD])
    copy = world(runs=5).write(tmp_path / "b", [GOOD, BAD])
    assert board(folder, copy) == board(folder)


def test_speed_is_ranked_on_each_machine_and_quality_over_all(tmp_path):
    one = world(1, runs=5, machine="aaa")
    other = world(2, runs=5, machine="bbb")
    report = board(
        one.write(tmp_path / "a", [GOOD, BAD]),
        other.write(tmp_path / "b", [replace(GOOD, speed=500.0), BAD], started="2031-01-01"),
    )
    [table] = report.tables
    assert {row.conditions["machine"] for row in table.rows} == {"aaa (A)", "bbb (A)"}
    ranks = {
        (row.labels["backbone"], row.conditions["machine"]): [
            found and found.rank for found in row.measurements[:2]
        ]
        for row in table.rows
    }
    assert [column.title for column in table.columns[:2]] == ["test accuracy", "train_samples_per_s"]
    assert ranks == {
        ("good", "aaa (A)"): [(1, 1), (2, 2)],
        ("good", "bbb (A)"): [(1, 1), (1, 1)],
        ("bad", "aaa (A)"): [(2, 2), (1, 1)],
        ("bad", "bbb (A)"): [(2, 2), (2, 2)],
    }
    [verdict] = report.verdicts
    assert [contender.n for contender in verdict.contenders] == [3, 3]


def test_quality_is_never_ranked_over_unlike_data(tmp_path):
    here = world()
    report = board(
        here.write(tmp_path / "a", [GOOD]), here.write(tmp_path / "b", [replace(BAD, fingerprint="2")])
    )
    assert [found.rank for [found] in cells(report, "test accuracy").values()] == [None, None]
    names = {row.labels["dataset"] for row in report.tables[0].rows}
    assert len(names) == 2
    assert all(name.startswith("digits (") for name in names)
    assert sorted(verdict.dataset for verdict in report.verdicts) == sorted(names)


def test_only_what_is_selected_takes_part(tmp_path):
    folder = world().write(tmp_path / "a", [GOOD, BAD, replace(BAD, backbone="third", dataset="other")])
    assert list(cells(board(folder, only="bad"), "test accuracy")) == ["bad"]
    assert list(cells(board(folder, dataset="oth*"), "test accuracy")) == ["third"]
    with pytest.raises(NothingSelected, match="no cell of these results fits"):
        board(folder, only="nobody")


def test_rows_on_several_data_sets_are_compared_over_all_of_them(tmp_path):
    there = [replace(truth, dataset="other", fingerprint="2") for truth in (GOOD, BAD)]
    report = board(world().write(tmp_path / "a", [GOOD, BAD, *there]))
    [across] = report.across
    assert list(across.titles) == ["good · fine-tune", "bad · fine-tune"]
    assert sorted(across.datasets) == ["digits", "other"]
