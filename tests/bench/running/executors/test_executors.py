"""What every executor promises; and what only a process of its own can."""

from __future__ import annotations

import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import psutil
import pytest

import bench_objectives.fine_tune
import fakes
import mischief
import trials
from bench import Bounds, Pool, Progress, Settings
from bench.measuring import (
    compilation,
    energy,
    flops,
    latency,
    memory,
    others,
    parameters,
    speed,
    utilisation,
)
from bench.planning.cell import Cell
from bench.records.record import Record
from bench.registry import Owner, Registry, load_file
from bench.running.executors.inline import Inline
from bench.running.executors.process import Process, _receive
from bench.trial.job import Job

EXECUTORS = {"inline": Inline, "process": Process}
SECONDS = 30
execute = trials.execute

KILLED_PARENT = """
import sys
from pathlib import Path
from bench.running.executors.process import Process
from bench.trial.job import Job
from bench.registry import Registry, load_file

if __name__ == "__main__":
    registry = Registry(files=[Path(file) for file in sys.argv[2:]])
    for file in registry.files:
        load_file(registry, file)
    job = Job.from_json(Path(sys.argv[1]).read_text(), registry)
    with Process().open(registry.files, []) as pool:
        pool.submit(job).result(lambda progress: None)
"""


@pytest.fixture(scope="module")
def registry() -> Registry:
    """The tiny world, mischief, an objective that learns, and all meters: little to load for a server."""
    found = Registry(files=[fakes.FILE, mischief.FILE])
    for file in found.files:
        load_file(found, file)
    meters = (compilation, energy, flops, latency, memory, others, parameters, speed, utilisation)
    for module in (bench_objectives.fine_tune, *meters):
        found.add(Owner(module.__name__, "transferbench", "1"), module)
    return found


def opened(name: str, registry: Registry) -> AbstractContextManager[Pool]:
    return EXECUTORS[name]().open(registry.files, fakes.PointClassification.requires)


@pytest.fixture(params=["inline", "process"])
def pool(request: pytest.FixtureRequest, registry: Registry) -> Iterator[Pool]:
    with opened(request.param, registry) as made:
        yield made


@pytest.fixture(scope="module")
def process(registry: Registry) -> Iterator[Pool]:
    """One for all tests, which is also to say that it lives on whatever becomes of a cell."""
    with opened("process", registry) as made:
        yield made


@pytest.fixture
def another_process(registry: Registry) -> Iterator[Pool]:
    """One for a test that interrupts it, or looks at what it writes."""
    with opened("process", registry) as made:
        yield made


def cell(registry: Registry, objective: str = "mischief", **settings: object) -> Cell:
    return fakes.cell(
        registry.create("objective", {"name": objective, **settings}),
        backbone=registry.create("backbone", {"name": "layers"}),
        dataset=registry.create("dataset", {"name": "points"}),
        task=registry.create("task", {"name": "point-classification"}),
    )


def untimed(record: Record) -> dict[str, Any]:
    """What does not depend on clocks, on memory, on other programs, or on whether there is a log."""
    facts = record.model_dump(exclude={"started", "seconds", "resources", "reason", "failures"})
    facts["effective"].pop("load_at_start", None)
    reason = record.reason and re.sub("; traceback in .*", "", record.reason)
    columns = {table: sorted(trials.measured(record, table)) for table in record.resources}
    return {**facts, "reason": reason, "columns": columns, "attempts": len(record.failures)}


@pytest.mark.parametrize(
    ("objective", "settings", "status", "reason"),
    [
        ("fine-tune", {"epochs": 2}, "done", None),
        ("mischief", {"deed": "none"}, "done", None),
        ("mischief", {"deed": "bug"}, "failed", "ZeroDivisionError: a bug in the objective"),
        ("mischief", {"deed": "user"}, "failed", "somewhere: something is wrong; mend it"),
        ("mischief", {"deed": "leave"}, "failed", "SystemExit: 0"),
        ("mischief", {"deed": "lack"}, "failed", "MemoryError: no room"),
    ],
    ids=["learns", "done", "bug", "user fault", "sys.exit", "memory"],
)
def test_a_cell_s_record_is_the_same_everywhere(
    tmp_path: Path,
    registry: Registry,
    objective: str,
    settings: dict[str, str],
    status: str,
    reason: str | None,
) -> None:
    records = {}
    for name in EXECUTORS:
        with opened(name, registry) as pool:
            records[name] = untimed(execute(pool, cell(registry, objective, **settings), tmp_path / name))
    assert (records["inline"]["status"], records["inline"]["reason"]) == (status, reason)
    assert records["process"] == records["inline"]


def test_progress_is_passed_on(tmp_path: Path, registry: Registry, pool: Pool) -> None:
    told: list[Progress] = []
    execute(pool, cell(registry), tmp_path, told.append)
    assert told[0] == Progress("train")
    assert max(progress.steps for progress in told) == 1


def test_a_cell_does_not_get_the_threads_of_the_one_before(tmp_path: Path, registry: Registry) -> None:
    def threads(asked: int | None) -> object:
        wanted = replace(cell(registry), settings=Settings(threads=asked))
        return execute(inline, wanted, tmp_path).effective["threads"]

    with opened("inline", registry) as inline:
        by_default = threads(None)
        assert threads(by_default + 1) == by_default + 1
        assert threads(None) == by_default


def test_the_server_leaves_it_to_cells_how_to_look_for_gpus() -> None:
    code = "import os; before = dict(os.environ); import bench.running.executors.preload; "
    done = subprocess.run([sys.executable, "-c", code + "print(os.environ == before)"], capture_output=True)
    assert done.stdout.split() == [b"True"]


def test_a_cell_after_one_that_failed_is_run(tmp_path: Path, registry: Registry, pool: Pool) -> None:
    statuses = [execute(pool, cell(registry, deed=deed), tmp_path).status for deed in ("bug", "user", "none")]
    assert statuses == ["failed", "failed", "done"]


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("exit", "the cell's process ended with exit code 9, without a result"),
        ("kill", r"the cell's process was ended by SIGKILL \(out of memory\?\)"),
        ("orphan", r"the cell's process was ended by SIGKILL \(out of memory\?\)"),
    ],
)
def test_a_process_that_dies_is_a_failed_cell(
    tmp_path: Path, registry: Registry, process: Pool, deed: str, reason: str
) -> None:
    dying = cell(registry, deed=deed)
    record = execute(process, dying, tmp_path)
    log = trials.job(dying, tmp_path).store.log_path(dying.id)
    assert record.status == "failed"
    assert re.fullmatch(f"{reason}; output in {re.escape(str(log))}", record.reason)
    assert [failure.reason for failure in record.failures] == [record.reason]
    assert record.identity == dying.identity
    assert log.read_text() == "a word on stdout\na word on stderr\n"
    assert execute(process, cell(registry), tmp_path).status == "done"


def test_what_a_cell_writes_to_all_that_is_open_harms_no_other(
    tmp_path: Path, registry: Registry, process: Pool
) -> None:
    dirty = execute(process, cell(registry, deed="garbage"), tmp_path)
    assert (dirty.status, dirty.failures[0].cause) == ("failed", "garbage")
    assert "wrote b'garbage' where only bench writes" in str(dirty.reason)
    assert execute(process, cell(registry), tmp_path).status == "done"


def test_a_cell_that_hangs_is_ended_and_its_log_is_in_the_record(
    tmp_path: Path, registry: Registry, process: Pool
) -> None:
    bounds = Bounds(silent_seconds=3)
    record = execute(process, cell(registry, deed="hang"), tmp_path, bounds=bounds)
    (failure,) = record.failures
    assert failure.cause == "silence"
    assert failure.reason.startswith("nothing heard of it for 3 s (limits.silent_seconds), in phase 'train'")
    assert failure.log == ["a word on stdout", "a word on stderr"]


def test_a_server_that_dies_costs_no_cell(tmp_path: Path, registry: Registry, another_process: Pool) -> None:
    for _ in range(2):
        assert execute(another_process, cell(registry, deed="server"), tmp_path).status == "done"


def test_a_warden_that_dies_is_no_fault_of_its_cell(
    tmp_path: Path, registry: Registry, process: Pool
) -> None:
    def kill(progress: Progress) -> None:
        if not killed and progress.steps:
            killed.append(psutil.Process(int(pid_file.read_text())).ppid())
            os.kill(killed[0], signal.SIGKILL)
            go_on.touch()

    pid_file, go_on, killed = tmp_path / "pid", tmp_path / "go on", list[int]()
    waits = cell(registry, pid_file=str(pid_file), wait_for=str(go_on))
    assert execute(process, waits, tmp_path, kill).status == "done"
    assert killed
    assert not runs(killed[0])


def test_the_log_holds_what_was_printed_and_the_traceback(
    tmp_path: Path, registry: Registry, another_process: Pool, capfd: pytest.CaptureFixture[str]
) -> None:
    failing = cell(registry, deed="bug")
    record = execute(another_process, failing, tmp_path, lambda progress: None)
    log = trials.job(failing, tmp_path).store.log_path(failing.id)
    assert record.reason == f"ZeroDivisionError: a bug in the objective; traceback in {log}"
    text = log.read_text()
    assert text.startswith("a word on stdout\na word on stderr\nTraceback")
    assert 'mischief.py", line' in text
    assert text.endswith("ZeroDivisionError: a bug in\nthe objective\n")
    assert capfd.readouterr() == ("", "")


def test_each_attempt_has_a_log_of_its_own(tmp_path: Path, registry: Registry, process: Pool) -> None:
    tried = cell(registry)
    for _ in range(2):
        execute(process, tried, tmp_path)
    log = trials.job(tried, tmp_path).store.log_path(tried.id)
    assert log.read_text() == "a word on stdout\na word on stderr\n"


def test_each_cell_has_a_process_of_its_own(tmp_path: Path, registry: Registry, process: Pool) -> None:
    pids = set()
    for name in ("a", "b"):
        execute(process, cell(registry, pid_file=str(tmp_path / name)), tmp_path)
        pids.add(int((tmp_path / name).read_text()))
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert not any(map(runs, pids))


def test_cells_that_run_at_once_end_each_in_its_own_way(
    tmp_path: Path, registry: Registry, process: Pool
) -> None:
    deeds = ["none", "kill", "exit", "bug"] * 2
    cells = [cell(registry, deed=deed, pid_file=str(tmp_path / str(at))) for at, deed in enumerate(deeds)]
    with ThreadPoolExecutor(len(cells)) as threads:
        records = list(threads.map(lambda each: execute(process, each, tmp_path), cells))
    assert [record.id for record in records] == [each.id for each in cells]
    told = [(record.status, (record.reason or "").partition(";")[0]) for record in records]
    assert told == [
        ("done", ""),
        ("failed", "the cell's process was ended by SIGKILL (out of memory?)"),
        ("failed", "the cell's process ended with exit code 9, without a result"),
        ("failed", "ZeroDivisionError: a bug in the objective"),
    ] * 2  # fmt: skip


def test_cells_that_still_run_end_with_the_executor(tmp_path: Path, registry: Registry) -> None:
    pid_files = [tmp_path / "a", tmp_path / "b"]
    with ThreadPoolExecutor(2) as threads:
        with opened("process", registry) as process:
            for file in pid_files:
                threads.submit(execute, process, cell(registry, deed="hang", pid_file=str(file)), tmp_path)
            wait_until(lambda: all(file.exists() for file in pid_files))
        assert not any(runs(int(file.read_text())) for file in pid_files)
    late = execute(process, cell(registry, pid_file=str(tmp_path / "c")), tmp_path)
    assert (late.status, late.reason) == ("failed", "the run is over")
    assert not (tmp_path / "c").exists()


def test_an_interrupt_ends_the_cell_s_process(
    tmp_path: Path, registry: Registry, another_process: Pool
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.steps:  # by then it has written its number
            raise KeyboardInterrupt

    hanging = cell(registry, deed="hang", pid_file=str(tmp_path / "pid"))
    with pytest.raises(KeyboardInterrupt):
        execute(another_process, hanging, tmp_path, interrupt)
    assert not runs(int((tmp_path / "pid").read_text()))


def test_an_interrupt_is_noticed_though_it_does_not_wake_the_wait_for_the_cell(
    tmp_path: Path, registry: Registry, another_process: Pool
) -> None:
    pid_file, noticed, late = tmp_path / "pid", threading.Event(), []

    def interrupt() -> None:
        wait_until(pid_file.exists)
        # Taken by this thread, it is like one that comes just before the other begins to wait.
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        if not noticed.wait(SECONDS):
            late.append(True)
            os.kill(int(pid_file.read_text()), signal.SIGKILL)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        execute(another_process, cell(registry, deed="hang", pid_file=str(pid_file)), tmp_path)
    noticed.set()
    assert not late


def test_the_server_is_silent_when_a_terminal_interrupts_it_while_it_loads(
    tmp_path: Path, registry: Registry
) -> None:
    job: Job = trials.job(cell(registry, deed="hang"), tmp_path)
    (tmp_path / "job.json").write_text(job.to_json())
    (tmp_path / "parent.py").write_text(KILLED_PARENT)
    files = [str(file) for file in registry.files]
    command = [sys.executable, tmp_path / "parent.py", tmp_path / "job.json", *files]
    parent = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def is_loading() -> bool:
        with suppress(psutil.NoSuchProcess):  # another child ends just now
            children = psutil.Process(parent.pid).children()
            return any("multiprocessing.forkserver" in " ".join(child.cmdline()) for child in children)
        return False

    wait_until(is_loading)
    time.sleep(0.5)  # past the start of Python, into the libraries
    os.killpg(parent.pid, signal.SIGINT)
    _, errors = parent.communicate(timeout=SECONDS)
    # The parent has no command line around it that would catch its own.
    assert (errors.count("Traceback"), errors.count("KeyboardInterrupt\n")) == (1, 1)


def test_a_process_ends_itself_when_its_parent_is_killed(tmp_path: Path, registry: Registry) -> None:
    pid_file = tmp_path / "pid"
    job: Job = trials.job(cell(registry, deed="hang", pid_file=str(pid_file)), tmp_path)
    (tmp_path / "job.json").write_text(job.to_json())
    (tmp_path / "parent.py").write_text(KILLED_PARENT)
    files = [str(file) for file in registry.files]
    parent = subprocess.Popen([sys.executable, tmp_path / "parent.py", tmp_path / "job.json", *files])
    try:
        wait_until(pid_file.exists)
        child = int(pid_file.read_text())
        assert runs(child)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_until(lambda: not runs(child))


@pytest.mark.parametrize(
    "sent", [b"", struct.pack("!i", 100) + b'{"record'], ids=["nothing", "half a message"]
)
def test_a_last_word_that_does_not_arrive_is_none(sent: bytes) -> None:
    ours, theirs = Pipe()
    os.write(theirs.fileno(), sent)
    theirs.close()
    with ours:
        assert _receive(ours, Bounds(), print) == {}


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.05)
