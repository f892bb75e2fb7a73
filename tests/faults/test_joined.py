"""Runs that have joined on one folder, and are killed, stopped, or many: each cell is done exactly once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

import bench
import fakes
import joining
import trials
from bench.planning.cell import Cell
from bench.records.joined import PACE
from bench.records.runs import JOINED, claim_path, claimant, joined_runs
from bench.records.store import Store
from bench.running.runner import Runner
from bench.trial.job import Job
from bench.trial.options import RunOptions
from bench.trial.outcome import Attempt
from runs import PATIENCE_SECONDS, Run


def suite(cells: int, ledger: Path) -> str:
    return f"""
device: cpu
defaults: {{threads: 1}}
observers: {{name: ledger, file: {ledger}}}
matrix:
  backbone: layers/8
  objective: {{name: fine-tune, epochs: 1}}
  dataset: points
  seed: {{count: {cells}}}
"""


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def left_of_runs(folder: Path) -> list[Path]:
    return [*folder.rglob("*.part"), *folder.rglob("*.claim"), *folder.glob(JOINED)]


@pytest.mark.parametrize(
    ("together", "kills", "cells", "longest"),
    [
        pytest.param(2, 1, 8, 1.0, id="2 runs"),
        pytest.param(4, 30, 600, 8.0, id="4 runs", marks=pytest.mark.slow),
    ],
)
def test_runs_of_which_some_are_killed_do_each_cell_once(
    tmp_path: Path, together: int, kills: int, cells: int, longest: float
) -> None:
    def start() -> Run:
        return Run(tmp_path, suite(cells, tmp_path / "ledger"), "--join")

    moments = random.Random(kills)
    runs = [start() for _ in range(together)]
    finished: dict[str, str] = {}
    early = 0
    for _ in range(kills):
        wait_for(lambda: list(runs[0].folder.glob("cells/*.claim")))
        time.sleep(moments.uniform(0, longest))
        victim = moments.randrange(together)
        early += runs[victim].process.poll() is None
        runs[victim].kill()
        assert runs[victim].is_gone(), runs[victim].processes()
        now = {record.id: record.model_dump_json() for record in runs[victim].records()}
        assert finished.items() <= now.items()
        finished = now
        runs[victim] = start()
    ends = [run.end() for run in runs]
    assert [code for code, _ in ends] == [0] * together, ends
    assert early == kills, "runs were over before they could be killed"
    records = runs[0].records()
    now = {record.id: record.model_dump_json() for record in records}
    assert finished.items() <= now.items()
    assert [record.status for record in records] == ["done"] * cells
    # Who is killed may have stored a record that it has told nobody of; it has told of none twice.
    told = Counter((tmp_path / "ledger").read_text().splitlines())
    assert set(told) <= set(now)
    assert set(told.values()) == {1}
    assert cells - len(told) <= kills
    assert Run(tmp_path, suite(cells, tmp_path / "ledger"), "--join").end()[0] == 0
    assert left_of_runs(runs[0].folder) == []


class Quick:
    """A pool whose cells take a moment each, and are written down when they begin."""

    def __init__(self, begun: list[str], seconds: float) -> None:
        self.begun = begun
        self.seconds = seconds

    def takes(self, job: bench.Job) -> bool:
        return False

    def submit(self, job: Job) -> bench.Handle:
        return SimpleNamespace(result=lambda listen: self.result(job), close=lambda: None)

    def result(self, job: Job) -> bench.Result:
        self.begun.append(job.id)
        attempt = Attempt(job)
        time.sleep(self.seconds)
        return bench.Result(job.folder, attempt.done().model_dump(mode="json"))


class Ending:
    """A listener that writes down which cells end, here and elsewhere."""

    def __init__(self, ended: list[str]) -> None:
        self.ended = ended
        self.elsewhere = 0

    def finished(self, cell: Cell, record: object) -> None:
        self.ended.append(cell.id)

    def finished_elsewhere(self, cell: Cell, record: object) -> None:
        self.elsewhere += 1

    def queued(self, cells: object, done: list[object]) -> None:
        self.elsewhere += len(done)

    def started(self, cell: Cell, number: int, total: int, run: int) -> None: ...

    def warned(self, message: str) -> None: ...

    def waits(self) -> None: ...


@pytest.mark.parametrize(
    ("runs", "count"),
    [pytest.param(8, 60, id="8 runs"), pytest.param(50, 1000, id="50 runs", marks=pytest.mark.slow)],
)
def test_many_runs_divide_many_short_cells(tmp_path: Path, runs: int, count: int) -> None:
    def run(listener: Ending) -> None:
        Runner(plan, Quick(begun, 0.01), options, listener, join=PACE).run()

    cells = [fakes.cell(trials.Idle(), seed=seed) for seed in range(count)]
    executor = SimpleNamespace(name="quick", concurrent=False, isolated=True)
    named = SimpleNamespace(text="", name="tiny", observers=(), executor=executor)
    plan = SimpleNamespace(cells=cells, skipped=(), suite=named)
    options = RunOptions(suite="tiny", folder=tmp_path / "tiny", cache_folder=tmp_path / "cache")
    begun, listeners = list[str](), [Ending([]) for _ in range(runs)]
    threads = [threading.Thread(target=run, args=(listener,)) for listener in listeners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = [id for listener in listeners for id in listener.ended]
    assert sorted(begun) == sorted(ended) == sorted(cell.id for cell in cells)
    assert [len(listener.ended) + listener.elsewhere for listener in listeners] == [count] * runs
    assert {record.status for record in Store(options.folder).records()} == {"done"}
    assert left_of_runs(options.folder) == []


@pytest.fixture
def at_the_end() -> Iterator[ExitStack]:
    """What is to be done however the test ends."""
    with ExitStack() as stack:
        yield stack


def test_a_run_that_is_stopped_loses_its_cells_and_stores_nothing_when_it_goes_on(
    tmp_path: Path, at_the_end: ExitStack
) -> None:
    def start() -> subprocess.Popen[str]:
        command = [sys.executable, str(joining.FILE), str(file), str(tmp_path), "0.1", "10"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        at_the_end.callback(process.kill)
        return process

    def kept() -> dict[str, bytes]:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in paths if JOINED not in path.parts}

    file, folder, go = tmp_path / "suite.yaml", tmp_path / "suite", tmp_path / "go"
    file.write_text(
        "device: cpu\nmatrix:\n  backbone: layers/8\n  dataset: points\n  seed: [0, 1, 2]\n"
        f"  objective: {{name: mischief, wait_for: {go}}}\n"
    )
    stopped = start()
    wait_for(lambda: any(holder.cells for holder in joined_runs(folder).values()))
    ((name, holder),) = joined_runs(folder).items()
    (held,) = holder.cells
    assert claimant(claim_path(folder, held)) == name
    stopped.send_signal(signal.SIGSTOP)
    other = start()
    wait_for(lambda: claimant(claim_path(folder, held)) != name)
    go.touch()  # now its cell goes on where it is stopped, too, and leaves its files
    _, told = other.communicate()
    assert other.returncode == 0, told
    before = kept()
    assert [record.status for record in Store(folder).records()] == ["done"] * 3
    stopped.send_signal(signal.SIGCONT)
    _, told = stopped.communicate()
    assert stopped.returncode == 1
    assert told.splitlines()[-1] == (
        f"{folder}: this run was not heard of for too long, so others have taken over its cells; "
        "it stops and stores nothing more, and may join again"
    )
    assert kept() == before


@pytest.mark.slow
def test_a_cell_that_is_taken_over_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    text = """
device: cpu
defaults: {threads: 1}
matrix:
  backbone: layers/8
  dataset: {name: points, size: 2000}
  objective: {name: fine-tune, epochs: 100}
"""
    arguments = ("--join", "--checkpoint-every", "0.2")
    first = Run(tmp_path, text, *arguments)
    wait_for(lambda: list(first.folder.glob(f"{JOINED}/*/work/*/checkpoints/*.safetensors")))
    second = Run(tmp_path, text, *arguments)
    first.kill()
    code, out = second.end()
    assert code == 0, out
    (record,) = second.records()
    assert [note for note in record.notes if note.startswith("went on from a checkpoint at step ")]
    whole = tmp_path / "whole"
    whole.mkdir()
    alone = Run(whole, text)
    assert alone.end()[0] == 0
    (expected,) = alone.records()
    assert record.quality == expected.quality
    assert left_of_runs(second.folder) == []
