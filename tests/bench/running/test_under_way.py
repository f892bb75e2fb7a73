"""Jobs in a pool: what is heard of them, and that each ends with a result."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import fakes
import trials
from bench import BenchError, Listen, Progress, Result
from bench.running.under_way import UnderWay
from bench.trial.job import Job

SECONDS = 30


class Workplace:
    """A pool, and the only handle in it: `work` is done when its result is asked for."""

    def __init__(self, work: Callable[[Listen], Result], fault: BaseException | None = None) -> None:
        self.work = work
        self.fault = fault
        self.closed = 0

    def takes(self, job: object) -> bool:
        return False

    def submit(self, job: object) -> Workplace:
        if self.fault is not None:
            raise self.fault
        return self

    def result(self, listen: Listen) -> Result:
        return self.work(listen)

    def close(self) -> None:
        self.closed += 1


HEARD: list[tuple[int, Progress]] = []


@pytest.fixture(params=[False, True], ids=["here", "in threads"])
def threads(request: pytest.FixtureRequest) -> bool:
    HEARD.clear()
    return request.param


def order(seed: int = 0) -> Job:
    return trials.job(fakes.cell(trials.Idle(), seed=seed), Path("nowhere"))


def hear(job: Job, progress: Progress) -> None:
    HEARD.append((job.cell.seed, progress))


def under_way(pool: Workplace, threads: bool) -> UnderWay:
    return UnderWay(pool, hear, threads=threads)


def test_a_job_is_heard_of_and_ends_with_its_result(threads: bool) -> None:
    def work(listen: Listen) -> Result:
        listen(Progress("train", 1))
        listen(Progress("train", 2))
        return Result(Path("there"), {"id": "x"})

    pool = Workplace(work)
    jobs = under_way(pool, threads)
    job = order(3)
    assert not jobs
    assert jobs.takes(job)  # though the pool takes none: one alone always may
    jobs.start(job)
    assert jobs
    assert not jobs.takes(order(4))
    attempt, result = jobs.next()
    assert attempt.job == job
    assert result == Result(Path("there"), {"id": "x"})
    assert [(3, Progress("train", 1)), (3, Progress("train", 2))] == HEARD
    assert pool.closed == 0
    jobs.close(job)
    assert (pool.closed, bool(jobs)) == (1, False)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (BenchError("no machine answers; try later"), "no machine answers; try later"),
        (ConnectionError("gone\naway"), "the executor failed: ConnectionError: gone away"),
        (SystemExit(0), "the executor failed: SystemExit: 0"),
    ],
)
@pytest.mark.parametrize("where", ["submit", "result"])
def test_an_executor_that_fails_costs_the_job_alone(
    threads: bool, where: str, error: BaseException, cause: str
) -> None:
    def work(listen: Listen) -> Result:
        raise error

    jobs = under_way(Workplace(work, error if where == "submit" else None), threads)
    jobs.start(order())
    attempt, result = jobs.next()
    assert result == Result(attempt.job.folder, None, "executor", cause)
    jobs.close(attempt.job)
    assert not jobs


@pytest.mark.parametrize("losses", [1, 2, 9])
def test_a_job_that_is_lost_is_begun_again_a_few_times(threads: bool, losses: int) -> None:
    lost, done = Result(Path("there")), Result(Path("there"), {"id": "x"})
    results = [*[lost] * losses, done]
    pool = Workplace(lambda listen: results.pop(0))
    jobs = under_way(pool, threads)
    for _ in range(2):  # each time it is asked for it is begun as often
        results[:] = [*[lost] * losses, done]
        jobs.start(order())
        attempt, result = jobs.next()
        assert result == (done if losses < 3 else lost)
        jobs.close(attempt.job)
        assert len(results) == max(0, losses - 2)
        assert not jobs
    assert pool.closed == 2 * min(losses + 1, 3)


def test_what_a_lost_attempt_has_left_is_there_for_the_next_which_knows_of_it(
    tmp_path: Path, threads: bool
) -> None:
    job = replace(order(), options=order().options.moved(tmp_path / "here", tmp_path / "cache"))
    there = job.moved(tmp_path / "there")
    checkpoint = there.store.checkpoint_path(job.id)
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"half of it")
    results = [Result(there.folder, None, "lost", "the node is gone"), Result(there.folder, {"id": "x"})]
    warned: list[str] = []
    jobs = UnderWay(Workplace(lambda listen: results.pop(0)), hear, warn=warned.append, threads=threads)
    jobs.start(job)
    attempt, _ = jobs.next()
    assert warned == [f"{job.title}: the node is gone; it is begun again"]
    (failure,) = attempt.job.failures
    assert (failure.reason, failure.cause) == ("the node is gone", "lost")
    assert attempt.job.needs == {f"checkpoints/{job.id}.safetensors": job.store.checkpoint_path(job.id)}
    assert job.store.checkpoint_path(job.id).read_bytes() == b"half of it"


def test_a_cause_that_is_none_of_those_there_are_is_a_fault_of_the_executor(threads: bool) -> None:
    jobs = under_way(Workplace(lambda listen: Result(Path("there"), cause="the machine burnt down")), threads)  # type: ignore[arg-type]
    jobs.start(order())
    _, result = jobs.next()
    assert result.cause == "executor"
    assert result.reason.startswith("the executor failed: ValidationError: 1 validation error for Result")


def test_an_interrupt_within_a_job_is_raised_where_it_is_waited_for(threads: bool) -> None:
    def work(listen: Listen) -> Result:
        raise KeyboardInterrupt

    jobs = under_way(Workplace(work), threads)
    jobs.start(order())
    with pytest.raises(KeyboardInterrupt):
        jobs.next()


def test_there_is_a_look_around_while_nothing_is_heard() -> None:
    def look() -> None:
        raise BenchError("the folder is gone")

    def work(listen: Listen) -> Result:
        over.wait(SECONDS)
        return Result(Path("there"))

    over = threading.Event()
    jobs = UnderWay(Workplace(work), hear, look, threads=True)
    jobs.start(order())
    with pytest.raises(BenchError, match="the folder is gone"):
        jobs.next()
    over.set()


def test_several_run_at_once() -> None:
    gate = threading.Barrier(3)  # fewer would wait in vain

    def work(listen: Listen) -> Result:
        gate.wait(SECONDS)
        return Result(Path("there"))

    jobs = under_way(Workplace(work), True)
    orders = [order(seed) for seed in range(3)]
    for each in orders:
        jobs.start(each)
    ended = {jobs.next()[0].job.cell.seed for _ in orders}
    assert ended == {0, 1, 2}


def test_an_interrupt_is_noticed_though_it_does_not_wake_the_wait_for_jobs() -> None:
    released, late = threading.Event(), list[bool]()

    def work(listen: Listen) -> Result:
        time.sleep(0.5)  # the other thread waits
        # Taken by this thread, it is like one that comes just before the other begins to wait.
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        late.append(not released.wait(SECONDS))
        return Result(Path("there"))

    jobs = under_way(Workplace(work), True)
    jobs.start(order())
    with pytest.raises(KeyboardInterrupt):
        jobs.next()
    assert not late
    released.set()
