"""What cells are held to where their suite does not say."""

from __future__ import annotations

from pathlib import Path

import fakes
import trials
from bench import Bounds, Limits
from bench.records.record import Failure, Record
from bench.running.deadlines import Deadlines, hung
from bench.trial.bounds import NONE
from bench.trial.outcome import Attempt

CELL = fakes.cell(trials.Idle())


def record(seconds: float, *, status: str = "done", machine: str = "here") -> Record:
    made = Attempt(trials.job(CELL, Path("nowhere"))).skipped("")
    return made.model_copy(update={"seconds": seconds, "status": status, "machine": {"id": machine}})


def deadlines(*records: Record) -> Deadlines:
    made = Deadlines("here")
    for each in records:
        made.learn(each)
    return made


def test_nothing_is_held_against_cells_of_which_nothing_is_known() -> None:
    others = record(5000, status="failed"), record(5000, machine="there")
    assert deadlines(*others).of(CELL) == NONE


def test_a_cell_may_be_silent_for_ten_times_the_longest_and_for_an_hour_anyway() -> None:
    assert deadlines(record(3)).of(CELL) == Bounds(silent_seconds=3600)
    assert deadlines(record(500), record(3)).of(CELL) == Bounds(silent_seconds=5000)


def test_where_a_cell_of_this_run_has_run_others_count_too() -> None:
    made = deadlines(record(5000, machine="there"))
    made.learn(record(500, machine="node"), own=True)
    made.learn(record(700, machine="node"))
    assert made.of(CELL) == Bounds(silent_seconds=7000)


def test_what_the_suite_says_holds() -> None:
    limits = Limits(cell_seconds=7, silent_seconds=2, memory=100)
    assert deadlines(record(500)).of(fakes.cell(trials.Idle(), limits=limits)) == Bounds(7, 2, 100)


def test_what_hung_is_the_last_attempt() -> None:
    def failure(cause: str | None) -> Failure:
        return Failure(reason="", started="", seconds=0, cause=cause)

    assert not hung([])
    assert not hung([failure("deadline"), failure("exception")])
    assert not hung([failure(None)])
    assert hung([failure("exception"), failure("deadline")])
    assert hung([failure("silence")])
