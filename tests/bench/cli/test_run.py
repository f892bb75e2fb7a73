"""`bench run` where speeds are measured repeatedly, or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import fakes
from bench.cli.main import call
from bench.records.store import Store
from commandline import run_suite

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
    assert not any("train_samples_per_s" in record.resources["throughput"] for record in shared)
    assert all(record.resources["memory"]["train_peak_mib"] is not None for record in shared)
    run_suite(SUITE, tmp_path, "--plugin", fakes.FILE, "--repeat", 2)
    for record in shared:
        alone = Store(tmp_path / "results" / "suite").get(record.id)
        assert alone.quality == record.quality
        assert (alone.runs, "shared" in alone.effective) == (2, False)
        for run in (alone.resources, *alone.repeats):
            assert run["throughput"]["train_samples_per_s"] > 0
    assert "run std" in (tmp_path / "results" / "suite" / "throughput.csv").read_text()


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
    first = [running.stderr.readline() for _ in range(2)]
    processes = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGINT)
    _, rest = running.communicate(timeout=60)
    assert all(" ok " in line for line in first)
    assert rest.startswith("bench: interrupted; what was finished is kept")
    assert "Traceback" not in rest
    assert running.returncode == 130
    assert len(list((tmp_path / "results/suite/cells").glob("*.json"))) == 2
    gone, alive = psutil.wait_procs(processes, timeout=30)
    assert (len(gone) > 0, alive) == (True, [])
