"""What a run prints where there is no terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

import fakes
import trials
from bench.cli.progress import PlainDisplay


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
