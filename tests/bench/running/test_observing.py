"""Observers at work beside a run: in order, in one thread each, whatever they do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

import pytest

import bench
import fakes
import trials
from bench import Point
from bench.planning.cell import Cell
from bench.records.record import Record
from bench.running.observing import Observing

SECONDS = 30


class Diary(bench.Observer):
    """Writes down what it is told; before each line it does what `deeds` has for it."""

    name: ClassVar[str] = "diary"
    lines: ClassVar[list[str]] = []
    threads: ClassVar[set[str]] = set()
    deeds: ClassVar[dict[str, Callable[[], None]]] = {}

    def follow(self, cell: bench.CellInfo) -> bench.Follower:
        self.write(f"follow {cell.seed}")
        return Page(self, cell)

    def write(self, line: str) -> None:
        self.threads.add(threading.current_thread().name)
        self.deeds.get(line.split()[0], lambda: None)()
        self.lines.append(line)


class Page(bench.Follower):
    def __init__(self, diary: Diary, cell: bench.CellInfo) -> None:
        self.diary = diary
        self.seed = cell.seed

    def progressed(self, points: Sequence[Point]) -> None:
        self.diary.write(f"points {self.seed} {[point.step for point in points]}")

    def finished(self, record: Mapping[str, Any]) -> None:
        self.diary.write(f"{record['status']} {self.seed}")

    def close(self) -> None:
        self.diary.write(f"close {self.seed}")


class Silent(bench.Observer):
    """Wants to know nothing but how cells end."""

    name: ClassVar[str] = "silent"
    records: ClassVar[list[Mapping[str, Any]]] = []

    def follow(self, cell: bench.CellInfo) -> bench.Follower:
        return OnlyEnds()


class OnlyEnds(bench.Follower):
    def finished(self, record: Mapping[str, Any]) -> None:
        Silent.records.append(record)


@pytest.fixture(autouse=True)
def _nothing_written() -> None:
    for written in (Diary.lines, Diary.threads, Diary.deeds, Silent.records):
        written.clear()


CELLS = [fakes.cell(trials.Idle(), seed=seed) for seed in range(3)]
WARNINGS: list[str] = []


def points(*steps: int) -> list[Point]:
    return [Point(step, {"train loss": 1.0}) for step in steps]


@pytest.fixture
def record(tmp_path: Path) -> Callable[[Cell], Record]:
    return lambda cell: trials.trial(cell, tmp_path)


def observed(*observers: bench.Observer, patience: float = SECONDS) -> Observing:
    WARNINGS.clear()
    return Observing(observers, "tiny", WARNINGS.append, patience)


def fail() -> None:
    raise ConnectionError("no\nnetwork")


def test_each_cell_is_followed_to_its_end(record: Callable[[Cell], Record]) -> None:
    first, second, skipped = CELLS
    with observed(Diary(), Silent()) as watched:
        watched.started(first)
        watched.started(second)
        watched.progressed(first, [])
        watched.progressed(first, points(1, 2))
        watched.finished(first, record(first))
        watched.finished(skipped, record(skipped))
    assert Diary.lines == [
        "follow 0",
        "follow 1",
        "points 0 [1, 2]",
        "done 0",
        "close 0",
        "follow 2",
        "done 2",
        "close 2",
        "close 1",  # it was interrupted
    ]
    assert len(Diary.threads) == 1
    assert [told["id"] for told in Silent.records] == [first.id, skipped.id]
    assert WARNINGS == []


def test_what_it_is_given_is_what_the_record_will_say(record: Callable[[Cell], Record]) -> None:
    cell, given = CELLS[0], []

    class Curious(Silent):
        name: ClassVar[str] = "curious"

        def follow(self, cell: bench.CellInfo) -> bench.Follower:
            given.append(cell)
            return OnlyEnds()

    with observed(Curious()) as watched:
        watched.started(cell)
    made = record(cell)
    assert given == [bench.CellInfo(made.id, made.suite, cell.title, made.labels, made.seed, made.cell)]


def test_points_that_wait_come_together(record: Callable[[Cell], Record]) -> None:
    free = threading.Event()
    Diary.deeds["follow"] = lambda: free.wait(SECONDS)
    cell = CELLS[0]
    with observed(Diary()) as watched:
        watched.started(cell)
        began = monotonic()
        for step in range(3):
            watched.progressed(cell, points(step))
        watched.finished(cell, record(cell))
        assert monotonic() - began < SECONDS  # nobody waits for the observer
        free.set()
    assert Diary.lines == ["follow 0", "points 0 [0, 1, 2]", "done 0", "close 0"]


@pytest.mark.parametrize("deed", ["follow", "points", "done", "close"])
def test_a_fault_costs_nothing_but_a_warning(deed: str, record: Callable[[Cell], Record]) -> None:
    Diary.deeds[deed] = fail
    cell = CELLS[0]
    with observed(Diary(), Silent()) as watched:
        watched.started(cell)
        watched.progressed(cell, points(1))
        watched.finished(cell, record(cell))
    assert set(WARNINGS) == {"observer 'diary': ConnectionError: no network"}
    assert len(Silent.records) == 1
    if deed != "follow":
        assert len(Diary.lines) == 3  # all but the one at fault


def test_a_fault_that_somebody_can_mend_is_told_as_it_is() -> None:
    def fault() -> None:
        raise bench.DependencyError("install it")

    Diary.deeds["follow"] = fault
    with observed(Diary()) as watched:
        watched.started(CELLS[0])
    assert WARNINGS == ["observer 'diary': install it"]


def test_one_that_never_returns_is_given_up(record: Callable[[Cell], Record]) -> None:
    free = threading.Event()
    Diary.deeds["follow"] = lambda: free.wait(SECONDS)
    try:
        with observed(Diary(), Silent(), patience=0.1) as watched:
            watched.started(CELLS[0])
            watched.finished(CELLS[0], record(CELLS[0]))
        assert WARNINGS == ["observer 'diary': given up, as it takes more than 0.1 s for one call"]
        assert len(Silent.records) == 1
    finally:
        free.set()


def test_one_that_would_end_the_program_goes_on(record: Callable[[Cell], Record]) -> None:
    def leave() -> None:
        raise SystemExit(0)

    Diary.deeds["follow"] = leave
    with observed(Diary()) as watched:
        for cell in CELLS[:2]:
            watched.started(cell)
    assert WARNINGS == ["observer 'diary': SystemExit: 0"] * 2
