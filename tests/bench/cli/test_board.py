"""What is said of a run as it goes, in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fakes
import trials
from bench import Progress
from bench.cli.board import Board, doing, span
from bench.planning.cell import Cell
from bench.records.record import Record

COUNTED = {"examples": 32, "total_examples": 100}


class World:
    """A board with a clock, and three cells."""

    def __init__(self, folder: Path) -> None:
        self.now = 0.0
        self.board = Board(lambda: self.now)
        self.cells = [fakes.cell(trials.Idle(), seed=seed) for seed in range(3)]
        self.record = trials.done(self.cells[0], folder)

    def ended(self, cell: Cell, seconds: float, status: str = "done", reason: str | None = None) -> Record:
        changes = {"seconds": seconds, "status": status, "reason": reason, "row": cell.row}
        return self.record.model_copy(update=changes)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_run_from_its_planning_to_its_end(world: World) -> None:
    board, (first, second, third) = world.board, world.cells
    assert board.live(4) == board.log(4) == ["planning"]
    board.queued([first, second, third], [])
    assert board.live(4) == ["0 of 3 cells done, 0 s, planning"]
    assert board.started(first, 1, 3, 1) == f"1/3 begins  {first.title}"
    assert board.live(4) == [f"1/3 {first.title}", "    starting, 0 s", "0 of 3 cells done, 0 s"]
    world.now = 5
    board.progressed(first, Progress("encode", **COUNTED))
    assert board.log(4) == [
        f"1/3 runs    {first.title}: encoding, 32 of 100 examples, 5 s",
        "0 of 3 cells done, 5 s",
    ]
    board.progressed(first, Progress("train", 7, 0.5, total_steps=20, seconds_left=26.0))
    assert board.live(4)[1:] == [
        "    training, step 7 of 20, loss 0.5000, 5 s, about 26 s of training left",
        "0 of 3 cells done, 5 s, at least 26 s left",
    ]
    world.now = 40
    figures = "val accuracy 0.0000, test accuracy 0.0000"
    assert board.finished(first, world.ended(first, 40)) == f"1/3 ok      {first.title}: {figures}, 40.0 s"
    board.started(second, 2, 3, 1)
    world.now = 50
    assert board.live(4)[1:] == [
        "    starting, 10 s, about 30 s left",
        "1 of 3 cells done, 50 s, about 70 s left",
    ]
    failed = world.ended(second, 10, "failed", "no\nweights")
    assert board.finished(second, failed) == f"2/3 FAILED  {second.title}: no weights"
    board.started(third, 3, 3, 1)
    board.finished(third, world.ended(third, 40))
    assert board.live(4) == ["2 of 3 cells done, 1 failed, 50 s, finishing"]


def test_of_more_cells_than_are_shown_the_number_is(world: World) -> None:
    world.board.queued(world.cells, [])
    for number, cell in enumerate(world.cells, 1):
        world.board.started(cell, number, 3, 1)
    assert world.board.live(2)[-2:] == ["    and 1 more", "0 of 3 cells done, 0 s"]
    assert [line.split()[0] for line in world.board.log(1)] == ["1/3", "and", "0"]


def test_a_schedule_may_add_cells(world: World) -> None:
    world.board.queued(world.cells[:1], [])
    world.board.started(world.cells[0], 1, 1, 1)
    world.board.queued(world.cells[1:], [])
    world.board.finished(world.cells[0], world.ended(world.cells[0], 40))
    assert world.board.live(4) == ["1 of 3 cells done, 0 s, about 80 s left, planning"]


def test_a_further_run_says_which_it_is(world: World) -> None:
    assert world.board.started(world.cells[0], 3, 12, 2) == f" 3/12 begins  {world.cells[0].title} · run 2"


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress("start"), ["starting"]),
        (Progress("train"), ["starting"]),
        (Progress("load"), ["loading"]),
        (Progress("prepare", **COUNTED), ["preparing", "32 of 100 examples"]),
        (Progress("train", 3), ["training", "step 3"]),
        (Progress("train", 3, 0.12345), ["training", "step 3", "loss 0.1235"]),
        (Progress("train", 3, float("nan"), total_steps=9), ["training", "step 3 of 9", "loss nan"]),
        (Progress("evaluate", 3, 0.5, **COUNTED), ["evaluating", "32 of 100 examples"]),
        (Progress("measure", 3, 0.5), ["measuring"]),
        (Progress("dream\x1b[2J", 3), ["dream�[2J", "step 3"]),
    ],
)
def test_what_a_cell_does(progress: Progress, words: list[str]) -> None:
    assert doing(progress) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (99.4, "99 s"),
        (99.6, "2 min"),
        (59 * 60, "59 min"),
        (99.6 * 60, "1.7 h"),
        (47 * 3600, "47.0 h"),
        (60 * 3600, "2.5 days"),
    ],
)
def test_a_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert span(seconds) == words


@given(text=st.text())
def test_no_name_moves_the_cursor(text: str) -> None:
    cell = fakes.cell(trials.Idle(), labels={"backbone": text})
    board = Board(lambda: 0.0)
    board.queued([cell], [])
    said = [board.started(cell, 1, 1, 1)]
    board.progressed(cell, Progress(text, 1))
    said += [*board.live(4), *board.log(4)]
    assert all(line.isprintable() for line in said)


def test_what_other_runs_have_done_counts_and_what_they_hold_is_waited_for(world: World) -> None:
    board, (first, second, third) = world.board, world.cells
    board.queued(world.cells, [])
    board.waits()
    assert board.live(4) == ["0 of 3 cells done, 0 s, waiting for other runs"]
    told = board.finished_elsewhere(first, world.ended(first, 40))
    assert told == f"elsewhere ok: {first.title}: val accuracy 0.0000, test accuracy 0.0000, 40.0 s"
    assert board.live(4) == ["1 of 3 cells done, 0 s, about 80 s left, waiting for other runs"]
    board.finished_elsewhere(second, world.ended(second, 40, "failed", "no weights"))
    board.finished_elsewhere(third, world.ended(third, 40))
    assert board.live(4) == ["2 of 3 cells done, 1 failed, 0 s, finishing"]
