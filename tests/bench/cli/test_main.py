"""The command line as a whole: what becomes of errors, interrupts and readers that leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import fakes
from bench.cli.main import call

SUITE = "matrix: {backbone: layers/8, objective: fine-tune, dataset: PLACE}\n"

TROUBLE = '''
import os, signal
from typing import Literal
from bench import Dataset, Example, hookimpl
from pydantic import Field
from fakes import Points


class Trouble(Points):
    """Points that make trouble when they are looked at."""

    name = "trouble"
    kind: Literal["bug", "interrupt", "exit"] = Field("bug", description="what happens")

    def check(self):
        if self.kind == "bug":
            raise ZeroDivisionError("a bug in the plugin")
        if self.kind == "exit":
            raise SystemExit(7)
        os.kill(os.getpid(), signal.SIGINT)


@hookimpl
def bench_datasets():
    return [Trouble]
'''


@pytest.fixture
def trouble(tmp_path):
    """The arguments that plan a suite with a data set that makes trouble."""

    def arguments(kind: str) -> list[str]:
        (tmp_path / "trouble.py").write_text(TROUBLE)
        (tmp_path / "suite.yaml").write_text(SUITE.replace("PLACE", f"{{name: trouble, kind: {kind}}}"))
        files = [str(fakes.FILE), str(tmp_path / "trouble.py")]
        return ["plan", str(tmp_path / "suite.yaml"), "--plugin", files[0], "--plugin", files[1]]

    return arguments


def bench(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_python_m_bench_is_the_command():
    done = bench("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: bench ")
    assert done.stderr == ""


def test_a_fault_somebody_can_mend_is_one_line(tmp_path, capsys):
    assert call(["plan", str(tmp_path / "absent.yaml")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("bench: ")
    assert "absent.yaml" in line


def test_each_problem_of_a_suite_has_its_line(tmp_path, capsys):
    suite = tmp_path / "suite.yaml"
    suite.write_text("matrix: {backbone: nothing, objective: nothing, dataset: nothing}\n")
    assert call(["plan", str(suite)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"bench: {suite}:1:") for line in lines)


@pytest.mark.parametrize(
    "arguments", [["lst"], ["list", "nothing"], ["list", "--colour"], ["check"], ["run"], ["plan", "a", "b"]]
)
def test_wrong_usage(arguments, capsys):
    assert call(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Usage: bench")
    assert "Traceback" not in captured.err


def test_without_a_command_help_is_shown():
    assert bench().returncode == 2


def test_nothing_selected(tmp_path, capsys):
    suite = tmp_path / "suite.yaml"
    suite.write_text(SUITE.replace("PLACE", "points"))
    assert call(["plan", str(suite), "--plugin", str(fakes.FILE), "--only", "no such cell"]) == 5
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bench: ")


def test_a_bug_keeps_its_traceback(trouble, capsys):
    assert call(trouble("bug")) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Traceback (most recent call last):")
    assert captured.err.endswith("ZeroDivisionError: a bug in the plugin\n")


def test_an_interrupt(trouble, capsys):
    assert call(trouble("interrupt")) == 130
    assert capsys.readouterr().err == (
        "bench: interrupted; what was finished is kept, the same command goes on from there\n"
    )


def test_an_exit_of_a_plugin_is_its_own_doing(trouble):
    with pytest.raises(SystemExit) as caught:
        call(trouble("exit"))
    assert caught.value.code == 7


@pytest.mark.parametrize("arguments", [["list", "--json"], ["list", "plugins"], ["schema"]])
def test_a_reader_that_leaves_is_no_fault(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "bench", *arguments]
    # Python ignores SIGPIPE, so writing fails with EPIPE, as in `bench list | head -1`.
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False, restore_signals=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_interrupt_from_the_terminal_ends_a_run(tmp_path):
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "executor: inline\n"
        "matrix:\n  backbone: [layers/8, {name: layers/8, fault: sleep}]\n"
        "  objective: evaluate-points\n  dataset: points\n"
    )
    objective = tmp_path / "objective.py"
    objective.write_text(
        "from bench import Objective, hookimpl\n"
        "class Evaluate(Objective):\n    'Measure.'\n    name = 'evaluate-points'\n"
        "    def train(self, run):\n        yield from ()\n\n"
        "@hookimpl\ndef bench_objectives():\n    return [Evaluate]\n"
    )
    command = [sys.executable, "-m", "bench", "run", str(suite), "--results", str(tmp_path / "results")]
    command += ["--plugin", str(fakes.FILE), "--plugin", str(objective)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    warning, *first = [running.stderr.readline() for _ in range(3)]
    running.send_signal(signal.SIGINT)
    _, rest = running.communicate(timeout=60)
    assert warning.startswith("warning: executor 'inline' runs cells in this process")
    assert [line.split()[:2] for line in first] == [["1/2", "begins"], ["1/2", "ok"]]
    assert rest.splitlines()[-1].startswith("bench: interrupted; what was finished is kept")
    assert "Traceback" not in rest
    assert running.returncode == 130
    assert len(list((tmp_path / "results/suite/cells").glob("*.json"))) == 1
