from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench.cli.main import call
from invented import Truth, world

BASE = Truth("resnet20", accuracy=0.9)


@pytest.fixture
def folders(tmp_path):
    """Results, and others that have lost three points and a third of the speed."""
    here = world(examples=2000, runs=5)
    old = here.write(tmp_path / "old", [BASE])
    new = here.write(tmp_path / "new", [replace(BASE, accuracy=0.87, speed=66.0)])
    return str(old), str(new)


def test_a_run_compared_with_itself_is_no_failure(folders, capsys):
    old, _ = folders
    assert call(["compare", old, old, "--fail-on", "accuracy,train_samples_per_s"]) == 0
    assert capsys.readouterr().out.startswith(f"{old} against {old}: ")


def test_what_was_lost_is_named_and_is_a_failure(folders, capsys):
    assert call(["compare", *folders, "--fail-on", "accuracy:1%,train_samples_per_s:5%"]) == 1
    out = capsys.readouterr().out
    assert "LOST: resnet20 · fine-tune · digits: test accuracy has lost" in out
    assert "LOST: resnet20 · fine-tune · digits: train_samples_per_s has lost 3" in out


def test_without_a_tolerance_a_loss_is_only_told(folders, capsys):
    assert call(["compare", *folders]) == 0
    assert "worse by" in capsys.readouterr().out.splitlines()[0]


def test_json_and_markdown(folders, capsys):
    assert call(["compare", *folders, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["versus"][0]["second"] == folders[1]
    assert call(["compare", *folders, "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("**")


def test_an_axis_of_one_folder(tmp_path, capsys):
    folder = world().write(tmp_path / "a", [BASE, replace(BASE, backbone="resnet32", accuracy=0.5)])
    assert call(["compare", str(folder), "--by", "backbone"]) == 0
    assert capsys.readouterr().out.startswith("resnet32 against resnet20: worse by ")


def test_only_some_rows(tmp_path, capsys):
    folder = str(world().write(tmp_path / "a", [BASE, replace(BASE, backbone="resnet32")]))
    assert call(["compare", folder, folder, "--only", "resnet32*"]) == 0
    assert "resnet20" not in capsys.readouterr().out


def test_a_figure_that_one_side_lacks_is_an_error(tmp_path, capsys):
    here = world()
    old = here.write(tmp_path / "old", [BASE])
    new = here.write(tmp_path / "new", [replace(BASE, fields={"resources": {}})])
    assert call(["compare", str(old), str(new), "--fail-on", "train_samples_per_s"]) == 2
    told = capsys.readouterr()
    assert told.err == (
        f"bench: resnet20 · fine-tune · digits: train_samples_per_s was not measured in {new}\n"
    )
    assert told.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["{old}"], "give two results folders or more, or one and --by AXIS"),
        (["{old}", "{new}", "--by", "backbone"], "give two results folders or more, or one and --by AXIS"),
        (["{old}", "--by", "backbone", "--fail-on", "accuracy"], "--fail-on holds one results folder"),
        (["{old}", "{new}", "--fail-on", "accuracy:lots"], "--fail-on: 'lots' is no difference"),
        (["{old}", "{new}", "--margin", "lots"], "--margin: 'lots' is no difference"),
        (["{old}", "{new}", "--fail-on", "acuracy"], "no row has a figure 'acuracy'; did you mean"),
        (["{old}", "nowhere"], "nowhere: holds no records"),
    ],
)
def test_a_mistake_is_told_in_a_line(folders, capsys, arguments, told):
    old, new = folders
    assert call(["compare", *(text.format(old=old, new=new) for text in arguments)]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"bench: {told}")
    assert printed.err.count("\n") == 1
