from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from bench.cli.main import call
from bench.records.record import Facts, Record
from bench.records.store import Store
from commandline import run_here

FAKES = Path(__file__).parents[2] / "fakes.py"

SUITE = """
matrix:
  backbone: [layers/2, layers/3]
  objective: feature-extract
  dataset: points
  batch_size: [8, 16]
"""

FIGURES = {
    "quality": {"accuracy": Facts(better="higher")},
    "throughput": {"latency_ms": Facts(unit="ms", better="lower", headline=1)},
}


def store(folder, backbone="resnet", *, seed=0, accuracy=0.5, latency=3.0) -> None:
    record = Record(
        id=f"{backbone}{seed}",
        suite="vision",
        status="done",
        row=backbone,
        labels={"backbone": backbone, "objective": "fine-tune", "dataset": "digits"},
        seed=seed,
        primary="accuracy",
        figures=FIGURES,
        quality={"test": {"accuracy": accuracy}},
        resources={"throughput": {"": {"latency_ms": latency}}},
        cell={"seed": seed, "parent": None},
        identity={"seed": seed},
        started="2030-01-01T00:00:00+00:00",
        seconds=1.0,
    )
    Store(folder).put(record)


@pytest.fixture
def results(tmp_path):
    for seed in range(3):
        store(tmp_path, "fast", seed=seed, accuracy=0.80 + seed / 1000, latency=3 + seed / 100)
        store(tmp_path, "slow", seed=seed, accuracy=0.90 + seed / 1000, latency=50 + seed / 100)
    return str(tmp_path)


def test_what_to_take_is_printed(results, capsys):
    assert call(["pick", results]) == 0
    assert capsys.readouterr().out.startswith("digits: take slow · fine-tune (test accuracy 0.9010")
    assert call(["pick", results, "--max", "latency_ms=20", "--min", "accuracy=0.7"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("digits: take fast · fine-tune (test accuracy 0.8010")
    assert printed.err == ""


def test_the_exit_code_says_where_nothing_can_be_recommended(results, capsys):
    assert call(["pick", results, "--max", "latency_ms=2"]) == 1
    assert capsys.readouterr().out.startswith("digits: nothing can be recommended")


def test_the_goal_and_the_data_set_can_be_named(results, capsys):
    assert call(["pick", results, "--for", "latency_ms", "--dataset", "digits"]) == 0
    assert capsys.readouterr().out.startswith("digits: take fast · fine-tune (latency_ms 3.010 ms")


def test_several_folders_are_taken_together(results, tmp_path, capsys):
    other = tmp_path / "other"
    for seed in range(3):
        store(other, "best", seed=seed, accuracy=0.95 + seed / 1000)
    assert call(["pick", results, str(other)]) == 0
    assert capsys.readouterr().out.startswith("digits: take best · fine-tune")


def test_it_comes_as_json_and_as_markdown(results, capsys):
    for arguments in (["--json"], ["--format", "json"]):
        assert call(["pick", results, *arguments, "--look", "2"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["picks"][0]["taken"] == "slow · fine-tune"
        assert found["wish"]["look"] == 2
    assert call(["pick", results, "--format", "markdown"]) == 0
    assert "| slow · fine-tune | take | yes | 0.9010 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--max", "latency=2"],
            "--max latency=2: no column 'latency' of numbers; did you mean 'latency_ms'?",
        ),
        (["--min", "accuracy"], "--min accuracy: must be COLUMN=NUMBER"),
        (["--for", "f1"], "--for: no column 'f1' of numbers; there are accuracy, test accuracy, latency_ms"),
        (["--dataset", "digit"], "--dataset: no row of 'digit' is done; did you mean 'digits'?"),
        (["--json", "--format", "markdown"], "--json is short for --format json; leave out one of the two"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(results, capsys, arguments, told):
    assert call(["pick", results, *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"bench: {told}")
    assert printed.err.count("\n") == 1


def test_a_folder_without_records_is_an_error(tmp_path, capsys):
    assert call(["pick", str(tmp_path / "nowhere")]) == 2
    assert "no records" in capsys.readouterr().err


def test_a_record_that_cannot_be_read_is_told_and_passed_over(results, tmp_path, capsys):
    (tmp_path / "cells" / "slow0.json").write_text("{")
    assert call(["pick", results]) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith("warning: ")
    assert "slow" in printed.out


def test_the_command_that_may_decide_can_be_pasted(tmp_path, monkeypatch, capsys):
    run_here(SUITE, tmp_path, "--plugin", FAKES)
    folder = tmp_path / "results" / "suite"
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    # One run tells nothing sure of a latency.
    limit = ["--max", "latency_ms_p50=1000", "--plugin", str(FAKES)]
    assert call(["pick", str(folder), *limit, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    [step] = found["picks"][0]["next"]
    commands = [shlex.split(line) for line in step["command"].split(" && ")]
    assert [command[:2] for command in commands] == [["bench", "run"], ["bench", "run"], ["bench", "pick"]]
    for command in commands:
        capsys.readouterr()
        assert call(command[1:]) == 0
    assert capsys.readouterr().out.startswith("points: take layers/")
    assert sorted(record.runs for record in Store(folder).records()) == [1, 1, 5, 5]
