"""Rows of known truth, compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bench.errors import BenchError
from bench.records.results import Results
from bench.registry import Registry
from bench.reporting.comparing import (
    Side,
    compare,
    parse_margins,
    parse_tolerances,
    sides_by_axis,
    to_markdown_page,
    to_text,
)
from bench.reporting.comparing.headline import headline
from bench.reporting.evidence import Evidence
from bench.reporting.standings import Standings
from invented import Truth, world

BASE = Truth("resnet20", accuracy=0.90)


def compared(*folders, by=None, fail_on=(), margin=""):
    results = [Results.of(folder) for folder in folders]
    rows = [Standings(found.records).quality for found in results]
    sides = (
        sides_by_axis(rows[0], by)
        if by
        else [Side(folder.name, part) for folder, part in zip(folders, rows, strict=True)]
    )
    return compare(
        sides,
        Evidence(Results([store for found in results for store in found.stores]), Registry()),
        axis=by,
        margins=parse_margins(margin, ""),
        tolerances=parse_tolerances(fail_on, ""),
        repeated=[("throughput", "samples_per_s")],
    )


def changes(found, pair=0) -> dict:
    return {change.column.title: change for change in found.versus[0].pairs[pair].changes}


def test_results_have_lost_nothing_to_themselves(tmp_path):
    folder = world(runs=5).write(tmp_path / "a", [BASE, replace(BASE, backbone="b")])
    found = compared(folder, folder, fail_on=["accuracy,train_samples_per_s,train_peak_mib"])
    assert not found.failed
    assert {check.outcome for check in found.checks} == {"kept"}
    for change in changes(found).values():
        assert change.first == change.second
        assert change.identical
        assert not (change.comparison and change.comparison.answer in ("better", "worse"))
    assert headline(found.versus[0], found) == "identical in both rows"


def test_three_points_lost_are_found_and_named(tmp_path):
    here = world(examples=2000)
    old = here.write(tmp_path / "old", [BASE, replace(BASE, backbone="b")])
    new = here.write(tmp_path / "new", [replace(BASE, accuracy=0.87), replace(BASE, backbone="b")])
    found = compared(old, new, fail_on=["accuracy:1%"])
    [lost] = found.lost
    assert lost.pair.title == "resnet20 · fine-tune · digits"
    assert lost.loss == pytest.approx(0.03, abs=0.01)
    assert found.failed
    assert "LOST: resnet20 · fine-tune · digits: test accuracy has lost" in to_text(found)
    assert "1 loss" in headline(found.versus[0], found)


def test_a_speed_is_compared_by_welch_s_test_on_logarithms(tmp_path):
    here = world(runs=5, seeds=1)
    old = here.write(tmp_path / "old", [BASE])
    new = here.write(tmp_path / "new", [replace(BASE, speed=50.0)])
    change = changes(compared(old, new))["train_samples_per_s"]
    speeds = [
        [run["throughput"]["train"]["samples_per_s"] for run in (record.resources, *record.repeats)]
        for folder in (old, new)
        for record in Results.of(folder).records
    ]
    logs = np.log(speeds)
    test = stats.ttest_ind(logs[1], logs[0], equal_var=False)
    interval = np.exp(test.confidence_interval(0.95))
    assert change.comparison.p == pytest.approx(test.pvalue)
    assert (change.comparison.low, change.comparison.high) == pytest.approx(tuple(interval))
    assert change.comparison.difference == pytest.approx(np.exp(logs[1].mean() - logs[0].mean()))
    assert change.comparison.answer == "worse"


def test_few_runs_decide_nothing_and_it_is_said_what_would(tmp_path):
    here = world(runs=3, seeds=1)
    old = here.write(tmp_path / "old", [BASE])
    new = here.write(tmp_path / "new", [replace(BASE, speed=50.0)])
    found = compared(old, new, fail_on=["train_samples_per_s:5%"])
    assert changes(found)["train_samples_per_s"].note == "3 runs each; 5 needed: --repeat 5"
    assert [check.outcome for check in found.checks] == ["undecided"]
    assert not found.failed
    assert "cannot be decided: 3 runs each; 5 needed: --repeat 5" in to_text(found)
    assert changes(found)["train_peak_mib"].note == "1 run each; 5 needed: more seeds"


def test_a_single_run_of_several_seeds_needs_as_many_repeats_as_make_five(tmp_path):
    folder = world(seeds=3).write(tmp_path / "a", [BASE])
    assert changes(compared(folder, folder))["train_samples_per_s"].note.endswith("--repeat 2")


def test_a_lower_figure_may_be_the_better_one(tmp_path):
    here = world(seeds=5)
    old = here.write(tmp_path / "old", [BASE])
    new = here.write(tmp_path / "new", [replace(BASE, peak_mib=200.0)])
    found = compared(old, new, fail_on=["train_peak_mib:5%"])
    change = changes(found)["train_peak_mib"]
    assert (change.first.mean, change.second.mean) == (100.0, 200.0)
    assert change.comparison.difference == pytest.approx(2.0)
    assert change.comparison.answer == "worse"
    assert [check.outcome for check in found.checks] == ["lost"]


def test_speeds_of_unlike_conditions_are_never_compared(tmp_path):
    old = world(runs=5, machine="aaa").write(tmp_path / "old", [BASE])
    new = world(runs=5, machine="bbb").write(tmp_path / "new", [replace(BASE, speed=50.0)])
    found = compared(old, new, fail_on=["train_samples_per_s"])
    change = changes(found)["train_samples_per_s"]
    assert change.comparison is None
    assert change.note == "conditions differ: machine aaa → bbb"
    assert not found.failed
    assert changes(found)["test accuracy"].comparison is not None


def test_quality_on_other_data_is_never_compared(tmp_path):
    old = world().write(tmp_path / "old", [BASE])
    new = world().write(tmp_path / "new", [replace(BASE, fingerprint="2", accuracy=0.5)])
    found = compared(old, new)
    assert changes(found)["test accuracy"].comparison is None
    assert changes(found)["test accuracy"].note == "not on the same data"
    assert found.versus[0].pairs[0].notes == ["dataset.fingerprint: 1 → 2"]


def test_rows_that_vanished_are_a_failure_and_new_ones_are_not(tmp_path):
    here = world()
    old = here.write(tmp_path / "old", [BASE, replace(BASE, backbone="b")])
    new = here.write(tmp_path / "new", [BASE, replace(BASE, backbone="c")])
    found = compared(old, new, fail_on=["accuracy:50%"])
    assert found.failed
    assert found.versus[0].vanished == ["b · fine-tune · digits"]
    assert found.versus[0].new == ["c · fine-tune · digits"]
    assert "vanished: b · fine-tune · digits" in to_text(found)


def test_the_first_folder_is_what_others_are_held_to(tmp_path):
    here = world()
    folders = [here.write(tmp_path / name, [BASE]) for name in "abc"]
    assert [(against.first, against.second) for against in compared(*folders).versus] == [
        ("a", "b"),
        ("a", "c"),
    ]


def test_values_of_an_axis_are_compared_with_each_other(tmp_path):
    rows = [
        replace(BASE, backbone=backbone, objective=objective, accuracy=accuracy, spread=0.0)
        for backbone in "ab"
        for objective, accuracy in (("fine-tune", 0.9), ("freeze", 0.7), ("evaluate", 0.5))
    ]
    found = compared(world().write(tmp_path / "a", rows), by="objective")
    assert [(against.first, against.second) for against in found.versus] == [
        ("fine-tune", "freeze"),
        ("fine-tune", "evaluate"),
        ("freeze", "evaluate"),
    ]
    assert [pair.title for pair in found.versus[0].pairs] == ["a · digits", "b · digits"]
    assert headline(found.versus[0], found).startswith("worse in both rows")


def test_figures_within_a_margin_are_the_same(tmp_path):
    here = world(examples=20_000)
    old, new = (here.write(tmp_path / name, [replace(BASE, spread=0.0001)]) for name in ("old", "new"))
    found = compared(old, new, margin="2 points")
    assert changes(found)["test accuracy"].comparison.answer == "same"
    assert headline(found.versus[0], found).startswith("same within 2 points")


def test_a_figure_that_is_asked_for_is_shown_also_if_it_does_not_rank(tmp_path):
    quality = {"val": {"accuracy": 0.5}, "test": {"accuracy": 0.5}}
    folder = world().write(tmp_path / "a", [replace(BASE, fields={"quality": quality})])
    assert "val accuracy" not in changes(compared(folder, folder))
    found = compared(folder, folder, fail_on=["val accuracy"])
    assert [check.change.column.title for check in found.checks] == ["val accuracy"]


def test_without_a_common_row_there_is_nothing_to_compare(tmp_path):
    here = world()
    old, new = (here.write(tmp_path / name, [replace(BASE, backbone=name)]) for name in ("old", "new"))
    with pytest.raises(BenchError, match="no row of old has the same labels"):
        compared(old, new)


def test_names_move_no_cursor_and_are_no_markup(tmp_path):
    name = "\x1b[31m<b>a</b>|\n"
    folder = world().write(tmp_path / "a", [replace(BASE, backbone=name)])
    found = compared(folder, folder)
    assert "\x1b" not in to_text(found)
    assert "�[31m<b>a</b>|" in to_text(found)
    assert "<b>" not in to_markdown_page(found)
