"""Samples cost little, and are of the phase that they were taken in."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter, sleep, thread_time

import psutil
import pytest

from bench.measuring.sampling import ALLOWANCE_SECONDS, SHARE, Budget, Samples, held


def spend(budget: Budget, seconds: float) -> None:
    with budget.charged():
        over = thread_time() + seconds
        while thread_time() < over:
            pass


def test_little_is_allowed_at_once_and_a_share_of_the_time_gone_by() -> None:
    budget = Budget()
    spend(budget, ALLOWANCE_SECONDS / 2)
    assert budget.allows()
    spend(budget, ALLOWANCE_SECONDS / 2)
    assert not budget.allows()
    budget.began -= 0.9 * budget.last / SHARE
    assert not budget.allows()
    budget.began -= 0.2 * budget.last / SHARE
    assert budget.allows()


def test_at_the_end_of_a_phase_its_own_length_matters() -> None:
    budget = Budget()
    spend(budget, 0.01)
    assert not budget.allows_at_end(0.9 * 0.01 / SHARE)
    assert budget.allows_at_end(1.1 * budget.last / SHARE)


def test_children_are_looked_for_only_where_there_are_any() -> None:
    ask = "from bench.measuring.sampling import has_children as asked; import subprocess; print(asked());"
    child = "with subprocess.Popen(['sleep', '0.2']): print(asked())"
    done = subprocess.run([sys.executable, "-c", f"{ask}\n{child}"], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"]


def test_sampling_keeps_to_its_budget() -> None:
    samples, began = Samples(), perf_counter()
    samples.watch()
    sleep(2)
    samples.rest()
    budget = samples.budget
    assert budget.spent <= ALLOWANCE_SECONDS + SHARE * (perf_counter() - began) + budget.last
    own, descendants = samples.restart()
    assert own["pss"] >= own["uss"] > 0
    assert descendants == {}


def test_a_phase_has_a_sample_soon_after_it_began() -> None:
    samples = Samples()
    samples.watch()
    samples.restart()
    samples.wake()
    deadline = perf_counter() + 10
    while not samples.own and perf_counter() < deadline:
        sleep(0.01)
    samples.rest()
    assert samples.own["uss"] > 0


def test_a_sample_that_spans_the_edge_of_a_phase_is_of_none() -> None:
    class Edge(Samples):
        def _look_at_own(self, children):
            self.restart()  # meanwhile, the phase ends
            return super()._look_at_own(children)

    samples = Edge()
    samples.look(own=True)
    assert samples.restart() == ({}, {})


def test_a_process_that_has_ended_holds_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-ISc", "input()"], stdin=subprocess.PIPE)
    process = psutil.Process(child.pid)
    deadline = perf_counter() + 10
    while held(process)["uss"] < 2**20 and perf_counter() < deadline:
        sleep(0.01)
    seen = held(process)
    assert seen["pss"] >= seen["uss"] >= 2**20
    assert seen["pss"] < process.memory_info().rss * 1.1
    child.communicate(b"\n")
    assert held(process) == {}


def test_what_a_gpu_holds_for_the_process_and_its_children_is_looked_up_by_their_numbers() -> None:
    class Gpu:
        def process_bytes(self, pids: list[int]) -> int:
            self.pids = pids
            return 7

    gpu = Gpu()
    samples = Samples(gpu)
    with subprocess.Popen([sys.executable, "-ISc", "input()"], stdin=subprocess.PIPE) as child:
        samples.look(own=True)
        child.communicate(b"\n")
    own, _ = samples.restart()
    assert own["gpu_process"] == 7
    assert gpu.pids == [psutil.Process().pid, child.pid]


@pytest.mark.parametrize("used", [None, 0])
def test_what_the_driver_does_not_tell_is_absent(used: int | None) -> None:
    class Gpu:
        def process_bytes(self, pids: list[int]) -> int | None:
            return used

    samples = Samples(Gpu())
    samples.look(own=True)
    own, _ = samples.restart()
    assert "gpu_process" not in own
