"""`bench status`: what of a suite is done, runs, has failed and why, and is left."""

from __future__ import annotations

import json
import os
import platform
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import fakes
from bench.cli.main import call
from bench.planning import load_suite, make_plan
from bench.planning.cell import Cell
from bench.records.claims import claimed
from bench.records.holders import Holder
from bench.records.joined import joined
from bench.records.store import Store
from bench.registry import load
from bench.trial.job import Job
from bench.trial.options import RunOptions
from bench.trial.outcome import Attempt

SUITE = """
name: tiny
device: cpu
matrix:
  backbone: layers/8
  objective: {name: fine-tune, epochs: 1}
  dataset: points
  seed: [0, 1, 2, 3, 4, 5]
"""


@pytest.fixture
def cells(tmp_path: Path) -> tuple[Cell, ...]:
    """Those of a suite whose folder holds one that is done, two that failed, and one that was skipped."""
    store = Store(tmp_path)
    store.suite_path.write_text(SUITE)
    registry = load([fakes.FILE])
    made = make_plan(load_suite(store.suite_path, registry), registry).cells
    options = RunOptions(suite="tiny", folder=tmp_path, cache_folder=tmp_path)
    attempts = [Attempt(Job(cell, options)) for cell in made]
    store.put(attempts[0].done().model_copy(update={"seconds": 100.0}))
    store.put(attempts[1].failed("not over after 5 s", "deadline"))
    store.put(attempts[2].failed("oops\x1b[2J"))
    store.put(attempts[3].skipped("its parent failed"))
    return made


def status(folder: Path, *arguments: str) -> list[str]:
    return ["status", str(folder), "--plugin", str(fakes.FILE), *arguments]


def test_a_folder_that_nobody_uses(
    tmp_path: Path, cells: tuple[Cell, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(status(tmp_path)) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}: no run is using it",
        f"failed  {cells[1].title}: not over after 5 s",
        f"failed  {cells[2].title}: oops\ufffd[2J",
        "1 done, 0 running, 2 failed (1 deadline, 1 exception), 3 to do, about 8 min left",
    ]


def test_what_runs_is_said_by_whom_and_for_how_long(
    tmp_path: Path, cells: tuple[Cell, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    began = (datetime.now(UTC) - timedelta(seconds=3600)).isoformat()
    with claimed(tmp_path) as claim:
        claim.say({cells[1].id: began, cells[4].id: began})
        holder = Holder.here()
        assert call(status(tmp_path)) == 0
        lines = capsys.readouterr().out.splitlines()
        assert call(status(tmp_path, "--json")) == 0
        told = json.loads(capsys.readouterr().out)
    assert lines[0].startswith(f"{tmp_path}: run by process {holder.pid} on {holder.host}, since ")
    assert lines[1:3] == [f"running  {cells[at].title}, for 60 min" for at in (1, 4)]
    assert lines[-1].startswith("1 done, 2 running, 1 failed (1 exception), 2 to do, ")
    assert [run["pid"] for run in told["runs"]] == [holder.pid]
    assert (told["done"], told["running"], told["failed"], told["to do"]) == (1, 2, 1, 2)
    assert told["causes"] == {"exception": 1}
    assert {cell["id"]: cell["status"] for cell in told["cells"]}[cells[4].id] == "running"


def test_each_run_that_has_joined_is_said_with_its_cells(
    tmp_path: Path, cells: tuple[Cell, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    began = (datetime.now(UTC) - timedelta(seconds=3600)).isoformat()
    with joined(tmp_path) as first, joined(tmp_path) as second:
        first.say({cells[3].id: began, cells[4].id: began})
        second.say({cells[5].id: began})
        assert call(status(tmp_path)) == 0
        lines = capsys.readouterr().out.splitlines()
        assert call(status(tmp_path, "--json")) == 0
        told = json.loads(capsys.readouterr().out)
    assert lines[0] == f"{tmp_path}: 2 runs have joined on it"
    whose = f"run      process {os.getpid()} on {platform.node()}, since "
    assert all(line.startswith(whose) for line in lines[1:3])
    assert sorted(line.rpartition(": ")[2] for line in lines[1:3]) == ["1 cell", "2 cells"]
    assert lines[3:6] == [f"running  {cells[at].title}, for 60 min" for at in (3, 4, 5)]
    assert {tuple(run["cells"]) for run in told["runs"]} == {
        tuple(sorted([cells[3].id, cells[4].id])),
        (cells[5].id,),
    }
    assert {(run["host"], run["pid"]) for run in told["runs"]} == {(platform.node(), os.getpid())}
    assert told["running"] == 3


def test_a_folder_without_a_suite_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(status(tmp_path)) == 2
    assert "holds no suite" in capsys.readouterr().err


def test_nothing_is_written(tmp_path: Path, cells: tuple[Cell, ...]) -> None:
    def files() -> dict[str, float]:
        return {str(path): path.stat().st_mtime for path in tmp_path.rglob("*")}

    shutil.rmtree(tmp_path / "logs", ignore_errors=True)
    before = files()
    assert call(status(tmp_path)) == 0
    assert files() == before
