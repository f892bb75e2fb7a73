"""Several cells at once: never more than there is room for."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

import fakes
import trials
from bench import Settings
from bench.records.record import Facts, Record
from bench.running.sharing import Room, on_cpu
from bench.trial.job import Job

GIB = 2**30


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return trials.done(fakes.cell(trials.Idle()), tmp_path_factory.mktemp("done"))


def order(threads: int | None = None, *, shared: bool = True) -> Job:
    cell = fakes.cell(trials.Idle(), settings=Settings(threads=threads))
    return trials.job(cell, Path("nowhere"), shared=shared)


def peak(record: Record, mib: float, phase: str = "train") -> Record:
    reading = {phase: {"most": mib, "other": 1e9}, "": {"method": "x"}}
    facts = {"most": Facts(role="memory"), "other": Facts(unit="MiB"), "method": Facts()}
    return record.model_copy(update={"resources": {"held": reading}, "figures": {"held": facts}})


@pytest.mark.parametrize(
    ("threads", "running", "admitted"),
    [(None, [None] * 3, True), (None, [None] * 4, False), (2, [None, None], True), (3, [None, None], False)],
)
def test_cells_share_the_cores(threads: int | None, running: list[int | None], admitted: bool) -> None:
    room = Room(4, lambda: 1000 * GIB)
    assert room.admits(order(threads=threads), [order(threads=each) for each in running]) == admitted


def test_a_cell_alone_may_always_run() -> None:
    assert Room(1, lambda: 0).admits(order(threads=64), [])


def test_cells_share_the_memory(done: Record) -> None:
    free = [8 * GIB - 1]
    room = Room(64, lambda: free[0])
    assert not room.admits(order(), [order()])  # 4 GiB for each as long as nothing is known
    free[0] = 8 * GIB
    assert room.admits(order(), [order()])

    room.learn(done)  # nothing was measured
    assert not room.admits(order(), [order()] * 2)
    for record in (peak(done, 1600.0, "evaluate"), peak(done, 10.0)):
        room.learn(record)
    # 1600 MiB and a quarter are 2000: there is room for 4 in 8 GiB, for 3 in 6000 MiB.
    assert room.admits(order(), [order()] * 3)
    assert not room.admits(order(), [order()] * 4)
    free[0] = 6000 * 2**20
    assert room.admits(order(), [order()] * 2)
    assert not room.admits(order(), [order()] * 3)


def test_the_room_here_is_what_the_machine_has() -> None:
    room = Room.here()
    assert 1 <= room.cores <= (psutil.cpu_count() or 1)
    assert 0 < room.available() <= psutil.virtual_memory().total


@pytest.mark.parametrize(("shared", "beside"), [(True, False), (False, True), (False, False)])
def test_a_cell_that_is_timed_has_the_machine_for_itself(shared: bool, beside: bool) -> None:
    assert not Room(64, lambda: 1000 * GIB).admits(order(shared=shared), [order(shared=beside)])


@pytest.mark.parametrize(("device", "alone"), [("cpu", True), ("cuda:1", False), ("mps", False)])
def test_what_runs_on_a_cpu(device: str, alone: bool) -> None:
    assert on_cpu(fakes.cell(trials.Idle(), device=device)) == alone
