"""What a run prints where there is no terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

import fakes
import trials
from bench import Progress
from bench.cli.progress import LiveDisplay, PlainDisplay


def test_a_line_when_a_cell_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = fakes.cell(trials.Idle())
    record = trials.done(cell, tmp_path).model_copy(
        update={"quality": {"test": {"accuracy": 0.5}}, "seconds": 1.25}
    )
    with PlainDisplay() as shown:
        for run in (1, 2):
            shown.started(cell, 3, 12, run)
            shown.finished(cell, record)
    assert capsys.readouterr().err.splitlines() == [
        f" 3/12 ok      {cell.title}: test accuracy 0.5000, 1.2 s",
        f" 3/12 ok      {cell.title} · run 2: test accuracy 0.5000, 1.2 s",
    ]


def test_of_several_cells_the_one_heard_of_last_is_shown(tmp_path: Path) -> None:
    first, second = (fakes.cell(trials.Idle(), seed=seed) for seed in (0, 1))
    shown = LiveDisplay()
    for number, cell in enumerate((first, second), 1):
        shown.started(cell, number, 2, 1)
    shown.progressed(first, Progress("train", 7, 0.5))
    assert shown.status.status == f"1/2 {first.title}: train, step 7, loss 0.5000, 0 s (and 1 more)"
    shown.finished(first, trials.done(first, tmp_path))
    shown.progressed(second, Progress("encode"))
    assert shown.status.status == f"2/2 {second.title}: encode, 0 s"
