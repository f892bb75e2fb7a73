"""From plan to records: what is missing is done, what is done is kept, what fails stops nothing else."""

from __future__ import annotations

import inspect
import json
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch
from safetensors.torch import load_file

import bench
import fakes
import trials
from bench import Bounds, Pool, Progress, Settings, hookimpl
from bench.errors import StoreError
from bench.feeding.cache import Cache
from bench.planning.cell import Cell
from bench.records.joined import PACE, Pace
from bench.records.record import Record
from bench.records.store import Store
from bench.registry import Owner, Registry
from bench.running.executors.inline import InlinePool
from bench.running.runner import Runner
from bench.running.schedule import Schedule
from bench.running.sharing import Room
from bench.trial.bounds import NONE
from bench.trial.job import Job
from bench.trial.options import RunOptions
from bench.trial.outcome import Attempt
from bench_objectives.fine_tune import FineTune


class Touch(trials.Idle):
    """Adds a number to the encoder's weights, and reports their sum as it found it; fails if told to."""

    name: ClassVar[str] = "touch"
    plus: float = 0.0
    fault_file: str | None = None
    interrupt_file: str | None = None

    def train(self, run: bench.Run) -> bench.Steps[None]:
        STARTED.append(run.seed)
        if self.interrupt_file and Path(self.interrupt_file).exists():
            raise KeyboardInterrupt
        if self.fault_file and Path(self.fault_file).exists():
            raise bench.DataError(Path(self.fault_file).read_text())
        weight = run.encoder.first.weight
        for split in run.splits:
            run.report(split, {"accuracy": float(weight.detach().sum())})
        with torch.no_grad():
            weight.add_(self.plus)
        yield from ()

    def measure(self, run: bench.Run) -> bench.Steps[None]:
        yield from ()


class Interrupted(trials.Idle):
    name: ClassVar[str] = "interrupted"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        raise KeyboardInterrupt
        yield


class Told(bench.Observer):
    name: ClassVar[str] = "told"
    fails: bool = False

    def follow(self, cell: bench.CellInfo) -> bench.Follower:
        if self.fails:
            raise ConnectionError("no network")
        FOLLOWED.append(cell.id)
        return Hearing()


class Hearing(bench.Follower):
    def progressed(self, points: Sequence[bench.Point]) -> None:
        POINTS.extend(points)

    def finished(self, record: Mapping[str, Any]) -> None:
        TOLD.append(json.dumps(record))


STARTED: list[int] = []
FOLLOWED: list[str] = []
POINTS: list[bench.Point] = []
TOLD: list[str] = []


class Log:
    """A listener that writes down what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def started(self, cell: Cell, number: int, total: int, run: int) -> None:
        again = f" run {run}" if run > 1 else ""
        self.lines.append(f"{number}/{total} {cell.objective.name} {cell.seed}{again}")

    def progressed(self, cell: Cell, progress: Progress) -> None:
        pass

    def finished(self, cell: Cell, record: Record) -> None:
        self.lines.append(f"{record.status} {record.reason}")

    def queued(self, cells: Sequence[Cell], done: Sequence[Record]) -> None:
        self.lines.append(f"{len(cells)} queued, {len(done)} done")

    def finished_elsewhere(self, cell: Cell, record: Record) -> None:
        self.lines.append(f"elsewhere {record.status} {cell.objective.name} {cell.seed}")

    def waits(self) -> None:
        pass

    def warned(self, message: str) -> None:
        self.lines.append(message)


@pytest.fixture(autouse=True)
def _nothing_happened() -> None:
    for happened in (STARTED, FOLLOWED, POINTS, TOLD):
        happened.clear()


def run(
    folder: Path,
    *cells: Cell,
    skipped: tuple[tuple[Cell, str], ...] = (),
    observers: tuple[Told, ...] = (),
    suite: str = "tiny",
    registry: Registry | None = None,
    pool: Pool | None = None,
    schedule: Schedule | None = None,
    isolated: bool = True,
    join: Pace | None = None,
    **options: Any,
) -> Runner:
    executor = SimpleNamespace(name="here", concurrent=pool is not None, isolated=isolated)
    plan = SimpleNamespace(
        cells=cells,
        skipped=[SimpleNamespace(cell=cell, reason=reason) for cell, reason in skipped],
        suite=SimpleNamespace(text="", name="tiny", observers=observers, executor=executor),
    )
    pool = pool or InlinePool(registry or Registry())
    chosen = RunOptions(suite="tiny", folder=folder / suite, cache_folder=folder / "cache", **options)
    runner = Runner(plan, pool, chosen, Log(), schedule, join)
    runner.run()
    return runner


def touch(seed: int = 0, **fields: object) -> Cell:
    parent = fields.pop("parent", None)
    return fakes.cell(Touch(**fields), seed=seed, parent=parent)


def record(folder: Path, cell: Cell) -> Record:
    found = Store(folder / "tiny").get(cell.id)
    assert found is not None
    return found


def test_each_cell_leaves_a_record(tmp_path: Path) -> None:
    cells = [touch(seed) for seed in range(3)]
    runner = run(tmp_path, *cells)
    assert [record(tmp_path, cell).status for cell in cells] == ["done"] * 3
    assert runner.failed == 0
    assert runner.listener.lines == ["3 queued, 0 done"] + [
        line for seed in range(3) for line in (f"{seed + 1}/3 touch {seed}", "done None")
    ]


def test_a_run_that_a_crash_would_end_says_so_once_it_begins(tmp_path: Path) -> None:
    lines = run(tmp_path, touch(0), isolated=False).listener.lines
    assert lines[1].startswith("executor 'here' runs cells in this process: a crash of native code ends")
    again = run(tmp_path, touch(0), isolated=False).listener.lines
    assert again == ["0 queued, 1 done"]


def test_a_second_run_starts_nothing(tmp_path: Path) -> None:
    cells = [touch(seed) for seed in range(3)]
    run(tmp_path, *cells)
    before = record(tmp_path, cells[0])
    again = run(tmp_path, *cells)
    assert STARTED == [0, 1, 2]
    assert again.listener.lines == ["0 queued, 3 done"]
    assert record(tmp_path, cells[0]) == before


def test_the_cache_is_within_its_limit_between_cells(tmp_path: Path) -> None:
    class Keeping(trials.Idle):
        name = "keeping"

        def train(self, run: bench.Run) -> bench.Steps[None]:
            found.append(kinds())
            for number in range(3):
                run.remember("numbers", {"seed": run.seed, "number": number}, lambda: [0] * 1000)
            found.append(kinds())
            yield from ()

    def kinds() -> list[str]:
        return sorted(entry.kind for entry in Cache(tmp_path / "cache").entries())

    found: list[list[str]] = []
    cells = [fakes.cell(Keeping(), seed=seed) for seed in range(2)]
    run(tmp_path, *cells, cache_limit=0)
    # What a cell has asked for stays as long as it runs.
    assert found == 2 * [["dataset"], ["dataset", "numbers", "numbers", "numbers"]]
    assert Cache(tmp_path / "cache").entries() == []


def test_only_what_is_missing_is_done(tmp_path: Path) -> None:
    run(tmp_path, touch(0), touch(2))
    run(tmp_path, *[touch(seed) for seed in range(4)])
    assert STARTED == [0, 2, 1, 3]


def test_a_record_that_cannot_be_read_is_missing(tmp_path: Path) -> None:
    cell = touch()
    run(tmp_path, cell)
    Store(tmp_path / "tiny").record_path(cell.id).write_text('{"half a rec')
    run(tmp_path, cell)
    assert STARTED == [0, 0]
    assert record(tmp_path, cell).status == "done"


def test_a_failed_cell_stops_nothing_and_is_tried_again_with_its_attempts_kept(tmp_path: Path) -> None:
    fault = tmp_path / "fault"
    failing, other = touch(0, fault_file=str(fault)), touch(1)
    for reason in ("the first time", "the second time"):
        fault.write_text(reason)
        runner = run(tmp_path, failing, other)
        assert runner.failed == 1
        assert record(tmp_path, failing).reason == reason
    assert record(tmp_path, other).status == "done"
    assert STARTED == [0, 1, 0]

    fault.unlink()
    assert run(tmp_path, failing, other).failed == 0
    mended = record(tmp_path, failing)
    assert mended.status == "done"
    assert mended.reason is None
    assert [failure.reason for failure in mended.failures] == ["the first time", "the second time"]


def test_skipped_cells_leave_a_record_with_the_reason(tmp_path: Path) -> None:
    cell = touch()
    runner = run(tmp_path, skipped=((cell, "this makes no sense"),))
    kept = record(tmp_path, cell)
    assert (kept.status, kept.reason) == ("skipped", "this makes no sense")
    assert STARTED == []
    assert runner.failed == 0


def test_a_child_starts_from_what_its_parent_learned(tmp_path: Path) -> None:
    parent = touch(plus=1.0)
    child = touch(plus=0.25, parent=parent)
    run(tmp_path, parent, child)
    kept = tmp_path / "tiny" / "artifacts"
    artifacts = {path.stem: load_file(path) for path in kept.glob("*.safetensors")}
    assert artifacts.keys() == {parent.id}  # the child has no children
    untrained = trials.live(tmp_path, parent).encoder.first.weight
    learned = artifacts[parent.id]["first.weight"]
    torch.testing.assert_close(learned, untrained + 1.0)
    # Sixteen weights, each one more.
    found = record(tmp_path, child).quality["val"]["accuracy"]
    assert found == pytest.approx(float(learned.sum()))
    assert found == pytest.approx(record(tmp_path, parent).quality["val"]["accuracy"] + 16.0)
    assert record(tmp_path, child).parent == parent.id
    card = json.loads((kept / f"{parent.id}.json").read_text())
    assert (card["id"], card["quality"]) == (parent.id, record(tmp_path, parent).quality)


def test_a_child_of_a_failed_parent_is_skipped_with_the_reason_until_it_is_mended(tmp_path: Path) -> None:
    fault = tmp_path / "fault"
    fault.write_text("no data")
    parent = touch(fault_file=str(fault))
    child = touch(plus=0.25, parent=parent)
    grandchild = touch(plus=0.5, parent=child)
    runner = run(tmp_path, parent, child, grandchild)
    assert runner.failed == 1
    assert record(tmp_path, child).status == record(tmp_path, grandchild).status == "skipped"
    assert record(tmp_path, child).reason == f"its parent {parent.id} ({parent.title}): no data"
    assert record(tmp_path, grandchild).reason.endswith("no data")

    fault.unlink()
    run(tmp_path, parent, child, grandchild)
    assert [record(tmp_path, cell).status for cell in (parent, child, grandchild)] == ["done"] * 3
    assert record(tmp_path, child).reason is None


def test_a_parent_whose_encoder_is_gone_runs_again(tmp_path: Path) -> None:
    parent = touch(plus=1.0)
    run(tmp_path, parent)  # nobody's parent yet, so its encoder is not kept
    child = touch(plus=0.25, parent=parent)
    run(tmp_path, parent, child)
    assert len(STARTED) == 3
    Store(tmp_path / "tiny").artifact_path(parent.id).unlink()
    run(tmp_path, parent, child)
    assert len(STARTED) == 4
    assert Store(tmp_path / "tiny").artifact_path(parent.id).exists()


def test_encoders_are_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    cell = touch(plus=1.0)
    run(tmp_path, cell)
    run(tmp_path, cell, keep_encoders=True)  # done, but without its encoder
    run(tmp_path, cell, keep_encoders=True)
    assert len(STARTED) == 2
    assert Store(tmp_path / "tiny").artifact_path(cell.id).exists()


def test_a_parent_that_another_suite_has_trained_is_taken_over(tmp_path: Path) -> None:
    parent = touch(plus=1.0)
    run(tmp_path, parent, touch(plus=0.25, parent=parent), suite="earlier")
    STARTED.clear()
    child = touch(plus=0.5, parent=parent)
    run(tmp_path, parent, child)
    assert len(STARTED) == 1  # the child alone
    assert record(tmp_path, parent) == Store(tmp_path / "earlier").get(parent.id)
    assert record(tmp_path, child).status == "done"


def test_what_another_suite_has_done_without_keeping_the_encoder_is_done_again(tmp_path: Path) -> None:
    parent = touch(plus=1.0)
    run(tmp_path, parent, suite="earlier")
    run(tmp_path, parent, touch(plus=0.5, parent=parent))
    assert len(STARTED) == 3


def test_the_checkpoint_of_a_finished_cell_is_removed(tmp_path: Path) -> None:
    cell = touch()
    path = Store(tmp_path / "tiny").checkpoint_path(cell.id)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"left by an attempt that was cut off")
    run(tmp_path, cell)
    assert not path.exists()


def test_observers_are_told_of_what_is_stored(tmp_path: Path) -> None:
    fault = tmp_path / "fault"
    fault.write_text("no data")
    cells = [touch(0), touch(1, fault_file=str(fault))]
    run(tmp_path, *cells, skipped=((touch(2), "no sense"),), observers=(Told(),))
    told = [Record.model_validate_json(text) for text in TOLD]
    assert [known.status for known in told] == ["skipped", "done", "failed"]
    assert told[1] == record(tmp_path, cells[0])
    assert sorted(FOLLOWED) == sorted(known.id for known in told)


def test_observers_are_told_of_a_training_as_it_goes_on(tmp_path: Path) -> None:
    cell = fakes.cell(FineTune(epochs=2))
    run(tmp_path, cell, observers=(Told(),))
    curve = [(point.step, point.values) for point in record(tmp_path, cell).curve]
    assert [(point.step, point.values) for point in POINTS] == curve
    assert len(curve) == 8


def test_a_further_run_is_told_with_the_record_it_adds_to(tmp_path: Path) -> None:
    cell = fakes.cell(FineTune(epochs=1))
    run(tmp_path, cell, observers=(Told(),), registry=bench.registry.load(), repeat=2)
    assert [cell.id] * 2 == FOLLOWED
    assert [len(json.loads(text)["repeats"]) for text in TOLD] == [0, 1]
    assert len(POINTS) == 4  # those of the first run alone


def test_an_observer_that_fails_costs_nothing(tmp_path: Path) -> None:
    cell = touch()
    runner = run(tmp_path, cell, observers=(Told(fails=True), Told()))
    assert runner.listener.lines.count("observer 'told': ConnectionError: no network") == 1
    assert runner.failed == 0
    assert record(tmp_path, cell).status == "done"
    assert len(TOLD) == 1


def test_an_interrupt_ends_the_run_and_keeps_what_is_done(tmp_path: Path) -> None:
    cells = [touch(0), fakes.cell(Interrupted()), touch(1)]
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, *cells)
    assert [path.stem for path in (tmp_path / "tiny" / "cells").iterdir()] == [cells[0].id]
    assert run(tmp_path, cells[0], cells[2]).listener.lines[0] == "1 queued, 1 done"


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "tiny").claim(), pytest.raises(StoreError, match="another run is using it"):
        run(tmp_path, touch())
    assert STARTED == []


def test_a_folder_that_is_moved_away_stops_the_run_and_none_appears_in_its_place(tmp_path: Path) -> None:
    class Moving(trials.Idle):
        name = "moving"

        def train(self, run: bench.Run) -> bench.Steps[None]:
            (tmp_path / "tiny").rename(tmp_path / "moved")
            yield bench.Step(1)

    with pytest.raises(StoreError, match="moved or removed while a run was using it"):
        run(tmp_path, touch(0), fakes.cell(Moving()), touch(1))
    assert STARTED == [0]
    assert not (tmp_path / "tiny").exists()
    assert len(list((tmp_path / "moved" / "cells").iterdir())) == 1


def test_what_hung_does_not_come_first_again(tmp_path: Path) -> None:
    cells = [touch(seed) for seed in range(3)]
    for cell, cause in zip(cells, ("deadline", "exception", None), strict=True):
        if cause is not None:
            failed = Attempt(trials.job(cell, tmp_path)).failed("why", cause)
            Store(tmp_path / "tiny").put(failed)
    run(tmp_path, *cells)
    assert STARTED == [1, 2, 0]


def test_cells_are_held_to_what_their_suite_and_earlier_cells_say(tmp_path: Path) -> None:
    class Asking(InlinePool):
        def submit(self, job: Job) -> object:
            bounds.append(job.bounds)
            return super().submit(job)

    bounds: list[Bounds] = []
    cells = [touch(seed) for seed in range(2)]
    own = fakes.cell(Touch(), seed=2, limits=bench.Limits(cell_seconds=5, silent_seconds=4, memory=3))
    run(tmp_path, *cells, own, pool=Asking(Registry()))
    assert bounds == [NONE, Bounds(silent_seconds=3600), Bounds(5, 4, 3)]


def newer(folder: Path, cell: Cell) -> Path:
    """The record of a cell, as a newer version has written it."""
    path = Store(folder / "tiny").record_path(cell.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"format": 999}')
    return path


def test_what_a_newer_version_wrote_is_left_alone_and_the_rest_goes_on(tmp_path: Path) -> None:
    cells = [touch(0), touch(1)]
    refused = touch(2)
    paths = [newer(tmp_path, cell) for cell in (cells[0], refused)]
    for repeat in (0, 3):
        runner = run(tmp_path, *cells, skipped=((refused, "no sense"),), repeat=repeat)
        assert runner.newer == 2
        assert [path.read_text() for path in paths] == ['{"format": 999}'] * 2
    assert STARTED == [1, 1, 1]
    assert runner.listener.lines[0] == "0 queued, 1 done"
    assert record(tmp_path, cells[1]).runs == 3
    left = {path.relative_to(tmp_path / "tiny").as_posix() for path in (tmp_path / "tiny").rglob("*.json")}
    assert left == {f"cells/{cell.id}.json" for cell in (*cells, refused)}


def test_a_cell_whose_parent_a_newer_version_ran_has_to_wait(tmp_path: Path) -> None:
    parent = touch(0)
    child = fakes.cell(Touch(), parent=parent)
    path = newer(tmp_path, parent)
    run(tmp_path, parent, child)
    assert path.read_text() == '{"format": 999}'
    found = record(tmp_path, child)
    assert found.status == "skipped"
    assert found.reason == f"its parent {parent.id} ({parent.title}): a newer version wrote its record"
    assert STARTED == []


class Timed(bench.Meter):
    """A clock that goes up by one each time it is read."""

    name: ClassVar[str] = "timed"
    table: ClassVar[str] = "throughput"
    figures: ClassVar[tuple[bench.Figure, ...]] = (bench.Figure("rate", doc="readings so far"),)
    exclusive: ClassVar[bool] = True

    def open(self, run: bench.Run) -> bench.Gauge:
        class Reading(bench.Gauge):
            def close(self, earlier: Mapping[str, bench.Reading]) -> bench.Reading:
                return {bench.WHOLE: {"rate": float(len(STARTED))}}

        return Reading()


def timed() -> Registry:
    module = SimpleNamespace(bench_meters=hookimpl(lambda: [Timed]))
    found = Registry()
    found.add(Owner("timed", "tests", "1"), module)
    return found


def rates(folder: Path, cell: Cell) -> list[float]:
    found = record(folder, cell)
    return [reading["throughput"][bench.WHOLE]["rate"] for reading in (found.resources, *found.repeats)]


def test_speeds_are_measured_as_often_as_asked_all_cells_once_and_then_again(tmp_path: Path) -> None:
    cells = [touch(0), touch(1)]
    runner = run(tmp_path, *cells, registry=timed(), repeat=3)
    assert STARTED == [0, 1, 0, 1, 0, 1]
    assert [rates(tmp_path, cell) for cell in cells] == [[1, 3, 5], [2, 4, 6]]
    assert runner.listener.lines[-4:-2] == ["3/4 touch 0 run 3", "done None"]
    assert runner.failed == 0


def test_only_runs_that_are_missing_are_made_up(tmp_path: Path) -> None:
    cells = [touch(0), touch(1)]
    run(tmp_path, cells[0], registry=timed(), repeat=2)
    run(tmp_path, *cells, registry=timed())
    assert STARTED == [0, 0, 1]  # without being asked nothing is repeated
    run(tmp_path, *cells, registry=timed(), repeat=3)
    assert STARTED == [0, 0, 1, 1, 0, 1]
    run(tmp_path, *cells, registry=timed(), repeat=2)
    assert [record(tmp_path, cell).runs for cell in cells] == [3, 3]


def test_an_interrupt_keeps_the_runs_that_are_over(tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    cells = [touch(0), touch(1, interrupt_file=str(stop))]
    run(tmp_path, *cells)
    stop.touch()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, *cells, repeat=3)
    assert [record(tmp_path, cell).runs for cell in cells] == [2, 1]
    stop.unlink()
    run(tmp_path, *cells, repeat=3)
    assert [record(tmp_path, cell).runs for cell in cells] == [3, 3]


def test_a_further_run_that_fails_leaves_a_note_and_costs_nothing_else(tmp_path: Path) -> None:
    fault = tmp_path / "fault"
    cells = [touch(0, fault_file=str(fault)), touch(1)]
    run(tmp_path, *cells, registry=timed())
    before = record(tmp_path, cells[0])
    fault.write_text("it was dark")
    assert run(tmp_path, *cells, registry=timed(), repeat=3).failed == 0
    assert STARTED == [0, 1, 0, 1, 1]  # once is enough to see that it fails
    assert record(tmp_path, cells[0]) == before.model_copy(update={"notes": ["run 2: it was dark"]})
    assert rates(tmp_path, cells[1]) == [2, 4, 5]


def test_cells_that_failed_are_not_repeated(tmp_path: Path) -> None:
    fault = tmp_path / "fault"
    fault.write_text("no data")
    assert run(tmp_path, touch(fault_file=str(fault)), repeat=2).failed == 1
    assert STARTED == [0]


class Pairs:
    """A pool that ends no cell before another one runs beside it."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.gate = threading.Barrier(2)
        self.jobs: list[Job] = []
        self.running: list[Job] = []

    def takes(self, job: bench.Job) -> bool:
        return self.room.admits(job, self.running)

    def submit(self, job: Job) -> bench.Handle:
        self.jobs.append(job)
        self.running.append(job)
        return SimpleNamespace(result=partial(self.result, job), close=partial(self.running.remove, job))

    def result(self, job: Job, listen: bench.Listen) -> bench.Result:
        listen(Progress("train"))
        self.gate.wait(30)
        attempt = Attempt(job)
        record = attempt.done(effective={"shared": True} if job.shared else {})
        if job.cell.seed == 1:
            record = attempt.failed("it was dark")
        return bench.Result(job.folder, record.model_dump(mode="json"))


def test_cells_that_share_the_machine_run_at_once_and_are_stored_each(tmp_path: Path) -> None:
    cells = [touch(seed) for seed in range(3)] + [fakes.cell(Touch(), seed=3, settings=Settings(threads=2))]
    pairs = Pairs(Room(3, lambda: 8 * 2**30))
    runner = run(tmp_path, *cells, pool=pairs, share_machine=True)
    assert {job.cell.seed: job.threads for job in pairs.jobs} == {0: 1, 1: 1, 2: 1, 3: 2}
    assert [job.waiting for job in pairs.jobs] == [4, 3, 2, 1]
    assert [record(tmp_path, cell).status for cell in cells] == ["done", "failed", "done", "done"]
    assert runner.failed == 1
    assert sorted(line for line in runner.listener.lines if "/4" in line) == [
        f"{seed + 1}/4 touch {seed}" for seed in range(4)
    ]


def test_a_cell_that_shared_the_machine_is_run_anew_where_its_speed_is_asked_for(tmp_path: Path) -> None:
    cells = [touch(0), touch(2)]
    run(tmp_path, *cells, pool=Pairs(Room(2, lambda: 8 * 2**30)), share_machine=True)
    run(tmp_path, *cells)
    assert STARTED == []
    assert record(tmp_path, cells[0]).effective == {"shared": True}
    run(tmp_path, *cells, registry=timed(), repeat=2)
    assert STARTED == [0, 2, 0, 2]
    assert rates(tmp_path, cells[0]) == [1, 3]
    assert "shared" not in record(tmp_path, cells[0]).effective


def test_cells_on_a_gpu_run_in_turn_and_it_is_said_why(tmp_path: Path) -> None:
    cells = [fakes.cell(Touch(), seed=seed, device="cuda:99") for seed in (0, 1)]
    runner = run(tmp_path, *cells, share_machine=True)
    assert sum("cells on a GPU run one at a time" in line for line in runner.listener.lines) == 1
    assert [record(tmp_path, cell).status for cell in cells] == ["failed", "failed"]  # there is none here


class Halving:
    """Trains each cell a little, and the better half of them further, until one is left.

    To train further is to add `more` to a setting.
    """

    def __init__(self, cells: Sequence[Cell], setting: str = "plus", more: int = 1) -> None:
        self.rung = list(cells)
        self.setting = setting
        self.more = more
        self.found: dict[str, float] = {}

    def begin(self) -> Sequence[Cell]:
        return self.rung

    def after(self, record: Record) -> Sequence[Cell]:
        self.found[record.id] = record.quality["val"]["accuracy"]
        if len(self.rung) == 1 or not all(cell.id in self.found for cell in self.rung):
            return ()
        ranked = sorted(self.rung, key=lambda cell: self.found[cell.id], reverse=True)
        further = [
            cell.objective.model_copy(
                update={self.setting: getattr(cell.objective, self.setting) + self.more}
            )
            for cell in ranked
        ]
        self.rung = [
            replace(cell, objective=objective)
            for cell, objective in zip(ranked[: len(ranked) // 2], further, strict=False)
        ]
        return self.rung


class OneByOne:
    """Wants each cell only once it has seen the record of the one before."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)

    def begin(self) -> Sequence[Cell]:
        return self.cells[:1]

    def after(self, record: Record) -> Sequence[Cell]:
        self.cells = self.cells[1:]
        return self.cells[:1]


def test_a_schedule_that_wants_one_cell_at_a_time_may_go_past_any_number_of_finished_ones(
    tmp_path: Path,
) -> None:
    cells = [touch(seed) for seed in range(100)]
    run(tmp_path, *cells)
    limit = sys.getrecursionlimit()
    # A hundred cells stand for thousands: a level of recursion for each would go beyond this limit.
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    try:
        again = run(tmp_path, schedule=OneByOne(cells))
    finally:
        sys.setrecursionlimit(limit)
    assert again.listener.lines == ["0 queued, 1 done"] * 100


def test_a_schedule_adds_cells_in_the_light_of_records_and_goes_on_from_those_that_are_kept(
    tmp_path: Path,
) -> None:
    cells = [touch(seed) for seed in range(4)]
    first = run(tmp_path, schedule=Halving(cells))
    found = {seed: record(tmp_path, cells[seed]).quality["val"]["accuracy"] for seed in range(4)}
    best = sorted(found, key=found.get, reverse=True)
    assert [0, 1, 2, 3, *best[:2], best[0]] == STARTED
    assert [line for line in first.listener.lines if "/" in line][-3:] == [
        f"{number}/{total} touch {seed}"
        for number, total, seed in ((5, 6, best[0]), (6, 6, best[1]), (7, 7, best[0]))
    ]
    STARTED.clear()
    last = Halving(cells)
    again = run(tmp_path, schedule=last)
    assert STARTED == []
    assert again.listener.lines == ["0 queued, 4 done", "0 queued, 2 done", "0 queued, 1 done"]
    Store(tmp_path / "tiny").record_path(last.rung[0].id).unlink()
    run(tmp_path, schedule=Halving(cells))
    assert [best[0]] == STARTED


def descents(**recipe: Any) -> list[Cell]:
    steady = {"epochs": 1, "schedule": "constant", "warmup": 0, **recipe}
    return [fakes.cell(FineTune(lr=lr, **steady)) for lr in (1e-4, 3e-3, 1e-2, 1e-1)]


def test_the_best_of_small_budgets_go_on_to_larger_ones_as_if_they_had_been_trained_in_one_go(
    tmp_path: Path,
) -> None:
    halving = Halving(descents(), "epochs", 2)
    run(tmp_path, schedule=halving, keep_checkpoints=True)
    (best,) = halving.rung
    assert best.training is not None
    assert best.training.budget == 5
    final = record(tmp_path, best)
    assert final.notes == [
        "went on from the end of the same training with epochs 3; speed and memory are of the rest"
    ]
    run(tmp_path / "whole", best)
    whole = record(tmp_path / "whole", best)
    assert (final.quality, final.effective["steps"]) == (whole.quality, whole.effective["steps"])
    assert Store(tmp_path / "tiny").kept_checkpoints(best.training.id).keys() == {1, 3, 5}


def test_it_is_said_once_that_no_larger_budget_can_go_on_from_a_recipe(tmp_path: Path) -> None:
    runner = run(tmp_path, *descents(schedule="cosine"), keep_checkpoints=True)
    assert [line for line in runner.listener.lines if "larger budget" in line] == [
        "no larger budget can go on from fine-tune: it depends on its end; set schedule: constant"
    ]


class Then:
    """Wants some cells, and one more when a certain one of them is done."""

    def __init__(self, cells: Sequence[Cell], done: Cell, further: Cell) -> None:
        self.cells = cells
        self.done = done
        self.further = further

    def begin(self) -> Sequence[Cell]:
        return self.cells

    def after(self, record: Record) -> Sequence[Cell]:
        return [self.further] if record.id == self.done.id else ()


class Adding:
    """Wants a child of a cell when that is done; the parent was not kept, as it was nobody's parent."""

    def __init__(self, parent: Cell, child: Cell) -> None:
        self.parent = parent
        self.child = child

    def begin(self) -> Sequence[Cell]:
        return [self.parent]

    def after(self, record: Record) -> Sequence[Cell]:
        return [self.child] if record.id == self.parent.id else ()


def test_a_parent_is_trained_for_a_child_that_is_wanted_later(tmp_path: Path) -> None:
    parent = touch(plus=1.0)
    child = touch(plus=0.5, parent=parent)
    runner = run(tmp_path, schedule=Adding(parent, child))
    assert record(tmp_path, child).status == "done"
    assert len(STARTED) == 3
    assert runner.failed == 0


def test_a_parent_that_failed_is_not_tried_again_for_a_child_that_is_wanted_later(tmp_path: Path) -> None:
    fault = tmp_path / "fault"
    fault.write_text("no data")
    parent = touch(fault_file=str(fault))
    child = touch(plus=0.5, parent=parent)
    runner = run(tmp_path, schedule=Adding(parent, child))
    assert (len(STARTED), runner.failed) == (1, 1)
    assert record(tmp_path, child).status == "skipped"


class Meanwhile(InlinePool):
    """A pool that lets something happen while the first of its cells runs."""

    def __init__(self, happens: Callable[[], object], registry: Registry | None = None) -> None:
        super().__init__(registry or Registry())
        self.happens = happens

    def submit(self, job: Job) -> object:
        happens, self.happens = self.happens, int
        happens()
        return super().submit(job)


def test_runs_that_join_run_each_cell_once_and_know_all_of_them(tmp_path: Path) -> None:
    def other() -> None:
        others.append(run(tmp_path, *cells[1:], join=PACE))

    others: list[Runner] = []
    fault = tmp_path / "fault"
    fault.write_text("no data")
    cells = [touch(0), touch(1), touch(2, fault_file=str(fault)), touch(3)]
    first = run(tmp_path, *cells, join=PACE, pool=Meanwhile(other))
    assert STARTED == [1, 2, 3, 0]
    assert [record(tmp_path, cell).status for cell in cells] == ["done", "done", "failed", "done"]
    assert [runner.failed for runner in (first, *others)] == [1, 1]
    assert first.listener.lines == [
        "4 queued, 0 done",
        "1/4 touch 0",
        "elsewhere done touch 1",
        "elsewhere failed touch 2",
        "elsewhere done touch 3",
        "done None",
    ]
    run(tmp_path, *cells)  # what failed is tried again by the next run
    assert STARTED == [1, 2, 3, 0, 2]
    assert not list((tmp_path / "tiny").rglob("*.claim"))


def test_a_cell_waits_for_its_parent_in_another_run_and_then_starts_from_it(tmp_path: Path) -> None:
    def other() -> None:
        thread = threading.Thread(target=run, args=(tmp_path, parent, child), kwargs={"join": PACE})
        thread.start()
        threads.append(thread)

    threads: list[threading.Thread] = []
    parent = touch(0, plus=1.0)
    child = touch(0, plus=0.25, parent=parent)
    run(tmp_path, parent, child, join=PACE, pool=Meanwhile(other))
    threads[0].join(30)
    assert len(STARTED) == 2
    assert record(tmp_path, child).status == "done"
    found, before = (record(tmp_path, cell).quality["val"]["accuracy"] for cell in (child, parent))
    assert found == pytest.approx(before + 16.0)


def test_a_schedule_sees_what_other_runs_have_done(tmp_path: Path) -> None:
    first, second, further = (touch(seed) for seed in range(3))
    schedule = Then([first, second], second, further)
    pool = Meanwhile(lambda: run(tmp_path, second, join=PACE))
    run(tmp_path, schedule=schedule, join=PACE, pool=pool)
    assert STARTED == [1, 0, 2]


def test_further_runs_are_divided_too(tmp_path: Path) -> None:
    def other() -> None:
        run(tmp_path, *cells, registry=timed(), repeat=3, join=PACE)

    cells = [touch(0), touch(1)]
    run(tmp_path, *cells, registry=timed())
    holding = Store(tmp_path / "tiny")
    with holding.claim(PACE):
        assert holding.take(cells[0].id)
        thread = threading.Thread(target=other)
        thread.start()
        while record(tmp_path, cells[1]).runs < 3:
            assert thread.is_alive()
        holding.let_go(cells[0].id)
        thread.join(30)
    assert [record(tmp_path, cell).runs for cell in cells] == [3, 3]
    assert sorted(STARTED) == [0, 0, 0, 1, 1, 1]


def test_a_run_that_was_given_up_stores_nothing_and_says_so(tmp_path: Path) -> None:
    def take_over() -> None:
        (folder,) = (tmp_path / "tiny" / ".joined").iterdir()
        folder.rename(tmp_path / "taken over")

    cells = [touch(0), touch(1)]
    with pytest.raises(StoreError, match="not heard of for too long, so others have taken over its cells"):
        run(tmp_path, *cells, join=PACE, pool=Meanwhile(take_over))
    assert 1 not in STARTED
    assert not list((tmp_path / "tiny").rglob("*.json"))
