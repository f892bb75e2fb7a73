"""What a run writes to stderr: in a log, and on terminals of any size."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from rich.console import Console

import fakes
import trials
from bench import Progress
from bench.cli.progress import LiveDisplay, PlainDisplay, display


def test_a_line_when_a_cell_begins_and_when_it_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = fakes.cell(trials.Idle())
    record = trials.done(cell, tmp_path).model_copy(
        update={"quality": {"test": {"accuracy": 0.5}}, "seconds": 1.25}
    )
    with PlainDisplay() as shown:
        shown.queued([cell], [record, record])
        for run in (1, 2):
            shown.started(cell, 3, 12, run)
            shown.finished(cell, record)
        shown.warned("a\x1b[2J\nb")
    assert capsys.readouterr().err.splitlines() == [
        "2 cells are done already",
        f" 3/12 begins  {cell.title}",
        f" 3/12 ok      {cell.title}: test accuracy 0.5000, 1.2 s",
        f" 3/12 begins  {cell.title} · run 2",
        f" 3/12 ok      {cell.title} · run 2: test accuracy 0.5000, 1.2 s",
        "warning: a�[2J b",
    ]


def test_a_log_says_now_and_then_what_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    cell = fakes.cell(trials.Idle())
    with PlainDisplay(beat_seconds=0.01) as shown:
        shown.queued([cell], [])
        shown.started(cell, 1, 1, 1)
        shown.progressed(cell, Progress("train", 7, 0.5, total_steps=9))
        said = ""
        while said.count(" runs ") < 2:
            said += capsys.readouterr().err
            time.sleep(0.01)
    assert f"1/1 runs    {cell.title}: training, step 7 of 9, loss 0.5000, 0 s\n" in said
    assert "0 of 1 cells done, 0 s\n" in said
    time.sleep(0.05)
    capsys.readouterr()
    time.sleep(0.05)
    assert capsys.readouterr().err == ""  # after the end it is silent


def test_a_display_can_be_entered_for_the_planning_and_again_for_the_run() -> None:
    for shown in (PlainDisplay(), live(80)):
        for _ in range(2):
            with shown:
                pass


def live(width: int, height: int = 25) -> LiveDisplay:
    """A display on a terminal of this size, which nobody sees."""
    return LiveDisplay(Console(file=io.StringIO(), force_terminal=True, width=width, height=height))


def picture(shown: LiveDisplay) -> list[str]:
    rendered = shown.console.render_lines(shown.picture(), pad=False)
    return ["".join(segment.text for segment in line) for line in rendered]


@pytest.mark.parametrize("width", [1, 10, 40, 100])
def test_a_line_that_is_too_long_for_the_terminal_is_cut(width: int) -> None:
    cell, shown = fakes.cell(trials.Idle(), labels={"backbone": "[red]" + "本" * 40}), live(width)
    shown.queued([cell], [])
    shown.started(cell, 1, 1, 1)
    shown.progressed(cell, Progress("train", 7, 0.5, total_steps=9, seconds_left=12.0))
    lines = picture(shown)
    assert len(lines) == 3
    if width == 40:
        assert lines[1] == "    training, step 7 of 9, loss 0.5000,…"
    if width == 100:
        assert lines[0].startswith("1/1 [red]本")
        assert lines[1] == ("    training, step 7 of 9, loss 0.5000, 0 s, about 12 s of training left")


@pytest.mark.parametrize(("height", "lines"), [(1, 4), (8, 8), (50, 10)])
def test_many_cells_at_once_leave_room_on_the_terminal(height: int, lines: int) -> None:
    cells = [fakes.cell(trials.Idle(), seed=seed) for seed in range(20)]
    shown = live(80, height)
    shown.queued(cells, [])
    for number, cell in enumerate(cells, 1):
        shown.started(cell, number, 20, 1)
    assert len(picture(shown)) == lines


@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "1"}, {"TERM": "dumb"}])
def test_what_is_no_terminal_gets_plain_lines(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert type(display()) is PlainDisplay
