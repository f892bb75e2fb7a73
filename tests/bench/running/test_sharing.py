"""Several cells at once: never more than there is room for, parents first, and each one's end its own."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import psutil
import pytest

import fakes
import trials
from bench import Settings
from bench.planning.cell import Cell
from bench.records.record import Facts, Record
from bench.running.sharing import Happening, Room, on_cpu, run_together
from bench.trial.job import Progress

GIB = 2**30
SECONDS = 30
Listen = Callable[[Progress], None]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return trials.done(fakes.cell(trials.Idle()), tmp_path_factory.mktemp("done"))


def cell(seed: int = 0, threads: int | None = None, parent: Cell | None = None, device: str = "cpu") -> Cell:
    return fakes.cell(
        trials.Idle(), seed=seed, settings=Settings(threads=threads), parent=parent, device=device
    )


def peak(record: Record, mib: float, phase: str = "train") -> Record:
    reading = {phase: {"most": mib, "other": 1e9}, "": {"method": "x"}}
    facts = {"most": Facts(needs_memory=True), "other": Facts(unit="MiB"), "method": Facts()}
    return record.model_copy(update={"resources": {"held": reading}, "figures": {"held": facts}})


@pytest.mark.parametrize(
    ("threads", "running", "admitted"),
    [(None, [None] * 3, True), (None, [None] * 4, False), (2, [None, None], True), (3, [None, None], False)],
)
def test_cells_share_the_cores(threads: int | None, running: list[int | None], admitted: bool) -> None:
    room = Room(4, lambda: 1000 * GIB)
    assert room.admits(cell(threads=threads), [cell(threads=each) for each in running]) == admitted


def test_a_cell_alone_may_always_run() -> None:
    assert Room(1, lambda: 0).admits(cell(threads=64), [])


def test_cells_share_the_memory(done: Record) -> None:
    free = [8 * GIB - 1]
    room = Room(64, lambda: free[0])
    assert not room.admits(cell(), [cell()])  # 4 GiB for each as long as nothing is known
    free[0] = 8 * GIB
    assert room.admits(cell(), [cell()])

    room.learn(done)  # nothing was measured
    assert not room.admits(cell(), [cell()] * 2)
    for record in (peak(done, 1600.0, "evaluate"), peak(done, 10.0)):
        room.learn(record)
    # 1600 MiB and a quarter are 2000: there is room for 4 in 8 GiB, for 3 in 6000 MiB.
    assert room.admits(cell(), [cell()] * 3)
    assert not room.admits(cell(), [cell()] * 4)
    free[0] = 6000 * 2**20
    assert room.admits(cell(), [cell()] * 2)
    assert not room.admits(cell(), [cell()] * 3)


def test_the_room_here_is_what_the_machine_has() -> None:
    room = Room.here()
    assert 1 <= room.cores <= (psutil.cpu_count() or 1)
    assert 0 < room.available() <= psutil.virtual_memory().total


class Worker:
    """Executes cells and knows which run at once; each waits until `together` of them do."""

    def __init__(self, record: Record, together: int = 1) -> None:
        self.record = record
        self.gate = threading.Barrier(together)
        self.running: set[str] = set()
        self.most = 0

    def __call__(self, cell: Cell, listen: Listen) -> Record:
        self.running.add(cell.id)
        self.most = max(self.most, len(self.running))
        self.gate.wait(SECONDS)
        listen(Progress("train", cell.seed))
        self.running.discard(cell.id)
        return self.record.model_copy(update={"id": cell.id})


def short(happening: Happening) -> str:
    cell, what = happening
    name = "begins" if what is None else "goes on" if isinstance(what, Progress) else "ends"
    return f"{cell.seed} {name}"


def test_as_many_run_at_once_as_there_is_room_for(done: Record) -> None:
    worker = Worker(done, together=3)  # fewer would wait in vain
    told = list(
        map(short, run_together([cell(seed) for seed in range(6)], Room(3, lambda: 99 * GIB), worker))
    )
    assert worker.most == 3
    assert [line for line in told if "begins" in line] == [f"{seed} begins" for seed in range(6)]
    for seed in range(6):
        assert [line for line in told if line.startswith(f"{seed} ")] == [
            f"{seed} begins",
            f"{seed} goes on",
            f"{seed} ends",
        ]


def test_without_memory_for_two_they_run_in_turn(done: Record) -> None:
    worker = Worker(done)
    told = list(map(short, run_together([cell(0), cell(1)], Room(8, lambda: GIB), worker)))
    assert worker.most == 1
    assert told == [f"{seed} {what}" for seed in (0, 1) for what in ("begins", "goes on", "ends")]


def test_the_first_runs_alone_until_it_is_known_what_it_needs(done: Record) -> None:
    worker = Worker(peak(done, 100.0))
    cells = [cell(seed) for seed in range(3)]
    told = [short(each) for each in run_together(cells, Room(8, lambda: 3 * GIB), worker)]
    assert told[:5] == ["0 begins", "0 goes on", "0 ends", "1 begins", "2 begins"]


def test_a_child_waits_for_its_parent_and_others_do_not_wait_for_the_child(done: Record) -> None:
    parent = cell(0)
    cells = [parent, cell(1, parent=parent), cell(2)]
    stored: list[str] = []

    def execute(cell: Cell, listen: Listen) -> Record:
        if cell.parent is not None:
            assert cell.parent.id in stored  # what is done with its record is over
        return done.model_copy(update={"id": cell.id})

    begun = []
    for each, what in run_together(cells, Room(8, lambda: 99 * GIB), execute):
        if isinstance(what, Record):
            stored.append(each.id)
        if what is None:
            begun.append(each.seed)
    assert begun == [0, 2, 1]
    assert len(stored) == 3


def test_what_goes_wrong_in_executing_is_raised_where_it_is_looked_at(done: Record) -> None:
    def execute(cell: Cell, listen: Listen) -> Record:
        raise ZeroDivisionError("a bug in the executor")

    with pytest.raises(ZeroDivisionError, match="a bug in the executor"):
        list(run_together([cell()], Room(1, lambda: GIB), execute))


def test_an_interrupt_is_noticed_though_it_does_not_wake_the_wait_for_cells(done: Record) -> None:
    released, late = threading.Event(), list[bool]()

    def execute(cell: Cell, listen: Listen) -> Record:
        time.sleep(0.5)  # the other thread waits
        # Taken by this thread, it is like one that comes just before the other begins to wait.
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        late.append(not released.wait(SECONDS))
        return done

    with pytest.raises(KeyboardInterrupt):
        list(run_together([cell()], Room(1, lambda: GIB), execute))
    assert not late
    released.set()


@pytest.mark.parametrize(
    ("devices", "alone"), [(["cpu", "cpu"], True), (["cpu", "cuda:1"], False), (["mps"], False)]
)
def test_what_runs_on_a_cpu(devices: list[str], alone: bool) -> None:
    assert on_cpu([cell(device=device) for device in devices]) == alone
