"""`bench run` where speeds are measured repeatedly, or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml

import fakes
from bench.cli.main import call
from bench.records.record import Facts, Record
from bench.records.store import Store
from commandline import run_here, run_suite

SUITE = """
device: cpu
matrix:
  backbone: [layers/8, {name: layers/8, as: pretrained, from: first}]
  objective: {name: fine-tune, epochs: 1}
  dataset: points
parents:
  first: {objective: {name: fine-tune, epochs: 2}, dataset: points}
"""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--share-machine", "--repeat", "2"], "bench: --share-machine measures no speed"),
        (["--executor", "inlin"], "bench: --executor: unknown executor 'inlin'; did you mean 'inline'?"),
        (["--on", "inlin"], "bench: --executor: unknown executor 'inlin'; did you mean 'inline'?"),
        (["--share-machine", "--executor", "inline"], "bench: --share-machine: executor 'inline' runs one"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    suite = tmp_path / "suite.yaml"
    suite.write_text(SUITE)
    results = str(tmp_path / "results")
    assert call(["run", str(suite), "--results", results, "--plugin", str(fakes.FILE), *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(told)


def test_cells_that_shared_the_machine_have_the_same_quality_and_get_their_speed_when_it_is_asked_for(
    tmp_path: Path,
) -> None:
    shared = run_suite(SUITE, tmp_path, "--plugin", fakes.FILE, "--share-machine")
    assert [(record.status, record.effective["shared"]) for record in shared] == [("done", True)] * 3
    assert not any("train" in record.resources["throughput"] for record in shared)
    assert all(record.resources["memory"]["train"]["peak_mib"] is not None for record in shared)
    run_here(SUITE, tmp_path, "--plugin", fakes.FILE, "--repeat", 2)
    for record in shared:
        alone = Store(tmp_path / "results" / "suite").get(record.id)
        assert alone.quality == record.quality
        assert (alone.runs, "shared" in alone.effective) == (2, False)
        for run in (alone.resources, *alone.repeats):
            assert run["throughput"]["train"]["samples_per_s"] > 0
    assert "run std" in (tmp_path / "results" / "suite" / "throughput.csv").read_text()


def test_a_record_of_a_newer_version_survives_a_run_that_goes_on_without_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = tmp_path / "suite.yaml"
    suite.write_text(SUITE)
    arguments = ["run", str(suite), "--results", str(tmp_path), "--plugin", str(fakes.FILE)]
    arguments += ["--executor", "inline"]
    assert call(arguments) == 0
    kept = yaml.safe_load((tmp_path / "suite" / "suite.yaml").read_text())
    assert kept == {**yaml.safe_load(SUITE), "executor": "inline"}
    newer, *others = sorted((tmp_path / "suite" / "cells").iterdir())
    content = b'{"format": 999, "what": "nobody here knows"}'
    newer.write_bytes(content)
    others[0].unlink()
    for more in ([], ["--repeat", "2"]):
        capsys.readouterr()
        assert call([*arguments, *more]) == 3
        assert newer.read_bytes() == content
        told = capsys.readouterr().err
        assert told.count(str(newer)) == 1
        assert "written by a newer version of bench (format 999)" in told
        assert told.splitlines()[-1].startswith("bench: records left as a newer version wrote them: 1; ")
    assert others[0].exists()


def test_an_interrupt_ends_all_cells_that_run_and_keeps_those_that_are_done(tmp_path: Path) -> None:
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "device: cpu\n"
        "matrix:\n  backbone: [layers/8, {name: layers/8, fault: sleep}]\n"
        "  objective: {name: fine-tune, epochs: 1}\n  dataset: points\n  seed: [0, 1]\n"
    )
    command = [sys.executable, "-m", "bench", "run", str(suite), "--results", str(tmp_path / "results")]
    command += ["--plugin", str(fakes.FILE), "--share-machine"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    ended = 0
    while ended < 2:
        ended += " ok " in running.stderr.readline()
    processes = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGINT)
    _, rest = running.communicate(timeout=60)
    assert rest.splitlines()[-1].startswith("bench: interrupted; what was finished is kept")
    assert "Traceback" not in rest
    assert running.returncode == 130
    assert len(list((tmp_path / "results/suite/cells").glob("*.json"))) == 2
    gone, alive = psutil.wait_procs(processes, timeout=30)
    assert (len(gone) > 0, alive) == (True, [])


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_what_is_finished_is_told_after_an_interrupt_and_after_a_termination(
    tmp_path: Path, sign: signal.Signals
) -> None:
    suite, folder = tmp_path / "suite.yaml", tmp_path / "results" / "suite"
    suite.write_text(
        "device: cpu\nmatrix:\n  backbone: {name: layers/8, fault: sleep}\n"
        "  objective: fine-tune\n  dataset: points\n"
    )
    Store(folder).put(finished(accuracy=0.75))
    command = [sys.executable, "-m", "bench", "run", str(suite), "--results", str(tmp_path / "results")]
    command += ["--plugin", str(fakes.FILE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while running.poll() is None and not list(folder.glob("logs/*.log")):
            time.sleep(0.05)
        processes = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(sign)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "| layers/4 | fine-tune | points | done | 1 | 0.7500 |" in out
    assert (folder / "accuracy.md").read_text() in out
    assert err.splitlines()[-2:] == [
        f"tables: {folder}",
        "bench: interrupted; what was finished is kept, the same command goes on from there",
    ]
    assert "Traceback" not in err
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert alive == []


def finished(accuracy: float) -> Record:
    """The record of a cell that is no part of the suite, but in the same folder."""
    return Record(
        id="0" * 16,
        suite="suite",
        status="done",
        row="0" * 16,
        labels={"backbone": "layers/4", "objective": "fine-tune", "dataset": "points"},
        seed=0,
        primary="accuracy",
        figures={"quality": {"accuracy": Facts(better="higher")}},
        quality={"test": {"accuracy": accuracy}},
        cell={},
        identity={},
        started="2030-01-01T00:00:00+00:00",
        seconds=1.0,
    )
