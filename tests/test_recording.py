"""A newcomer's first screen: `bench run` in a terminal of 100 columns and 30 rows, from start to verdict."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import fakes
from commandline import bench
from recording import COLUMNS, ROWS, Screen, record

SLOW = """
from time import sleep
from typing import ClassVar

from bench import Objective, Step, hookimpl
from bench.toolkit.training import epochs_of


class Slow(Objective):
    'Learns nothing, slowly.'

    name: ClassVar[str] = 'slow'

    step_seconds: float = 0.15

    def train(self, run):
        for epoch in epochs_of(run, run.data('train'), 10):
            for batch in epoch:
                sleep(self.step_seconds)
                yield epoch.done(batch, run.loss(batch))

    def measure(self, run):
        for split in run.splits:
            for _ in range(5):
                yield from run.evaluate(split)


@hookimpl
def bench_objectives():
    return [Slow]
"""

SUITE = """
device: cpu
matrix:
  backbone: [layers/4, layers/8]
  objective: {name: slow}
  dataset: points
"""


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that runs a suite of two cells, each of which trains for some seconds."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "slow.py").write_text(SLOW)
    (folder / "suite.yaml").write_text(SUITE)
    files = [f"--plugin={file}" for file in (fakes.FILE, folder / "slow.py")]
    return ["run", str(folder / "suite.yaml"), *files]


def recorded(command: list[str], folder: Path, **settings: object) -> list[Screen]:
    return list(record([sys.executable, "-m", "bench", *command, "--results", str(folder)], **settings))


def test_the_first_screen_from_start_to_verdict(command: list[str], tmp_path: Path) -> None:
    screens = recorded(command, tmp_path)
    text = [screen.text for screen in screens]
    assert text[0] == "planning"
    first = next(screen for screen in text if "layers" in screen).splitlines()
    assert first[0] == "1/2 layers/4 · slow · points · seed 0"
    assert first[1].startswith("    starting, ")
    assert first[2].startswith("0 of 2 cells done, ")
    training = [screen for screen in text if "    training, step " in screen]
    assert any(" of 20, loss " in screen and " of training left\n" in screen for screen in training)
    assert any(", at least " in screen for screen in training)
    second = next(screen for screen in text if "2/2 layers" in screen)
    assert second.startswith("1/2 ok      layers/4 · slow · points · seed 0: val accuracy ")
    last = screens[-1].lines
    assert [line.split()[:2] for line in last[:2]] == [["1/2", "ok"], ["2/2", "ok"]]
    assert last[2].startswith("points, test accuracy: ")
    assert last[-1].startswith("tables: ")
    assert len(last) < ROWS
    assert max(map(len, last)) <= COLUMNS


def test_on_a_narrow_terminal_cells_that_run_at_once_are_shown_each(
    command: list[str], tmp_path: Path
) -> None:
    screens = recorded([*command, "--share-machine"], tmp_path, columns=40, environment={"NO_COLOR": "1"})
    text = "\n".join(screen.text for screen in screens)
    assert "\n0 of 2 cells done, " in text
    assert "\n    training, step " in text
    assert max(len(line) for screen in screens for line in screen.lines) <= 40
    assert "2/2 ok " in screens[-1].text


@pytest.mark.parametrize(
    "terminal",
    [pytest.param(True, marks=pytest.mark.slow, id="dumb terminal"), pytest.param(False, id="pipe")],
)
def test_where_no_line_can_be_written_over_there_are_plain_lines(
    command: list[str], tmp_path: Path, terminal: bool
) -> None:
    inline = [*command, "--executor", "inline", "--set", "matrix.objective.step_seconds=0"]
    if terminal:
        screens = recorded(inline, tmp_path, columns=200, environment={"TERM": "dumb"})
        lines = screens[-1].lines
    else:
        done = bench(*inline, "--results", tmp_path)
        lines = [*done.stderr.splitlines()[:-1], *done.stdout.splitlines()]
    warning, *lines = lines
    assert warning.startswith("warning: executor 'inline'")
    assert [line.split()[:2] for line in lines[:4]] == [
        [f"{number}/2", mark] for number in (1, 2) for mark in ("begins", "ok")
    ]
    assert lines[4].startswith("points, test accuracy: ")
    assert "".join(lines).isprintable()
