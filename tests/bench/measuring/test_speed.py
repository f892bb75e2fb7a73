"""Speeds that are known beforehand come out as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from time import perf_counter, sleep
from typing import ClassVar

import pytest
import torch

import bench
import fakes
import trials
from bench import Cost, Step
from bench.measuring.others import OthersGauge
from bench.measuring.speed import Speed, SpeedGauge, overall, warm
from bench_objectives.feature_extract import FeatureExtract

TICK = 0.01
EXAMPLES = 7


@dataclass
class FakeRun:
    """As much of a run as the meter looks at."""

    waited: float = 0.0
    cached: dict[str, Cost] = field(default_factory=dict)
    synchronized: int = 0

    def synchronize(self) -> None:
        self.synchronized += 1

    def mark(self) -> Callable[[], None] | None:
        return None


class Pace:
    """Ends each tick at the moment it should, so that what comes between costs nothing."""

    def __init__(self) -> None:
        self.next = perf_counter()

    def tick(self, seconds: float = TICK) -> None:
        self.next += seconds
        wait_until(self.next)


def wait_until(moment: float) -> None:
    """Sleep at first, and be awake in time."""
    sleep(max(0.0, moment - perf_counter() - 0.001))
    spin_until(moment)


def spin_until(moment: float) -> None:
    """Stay awake: a core that has slept is slow for a moment, at the cost of what it does next."""
    while perf_counter() < moment:
        pass


@pytest.fixture
def run() -> FakeRun:
    return FakeRun()


def steps(gauge: SpeedGauge, pace: Pace, count: int, seconds: float = TICK) -> None:
    for _ in range(count):
        pace.tick(seconds)
        gauge.step(Step(EXAMPLES))


def test_the_rate_is_that_of_the_steps(run: FakeRun) -> None:
    gauge = SpeedGauge(run)
    gauge.enter("train")
    steps(gauge, Pace(), 120)
    gauge.leave("train")
    figures = trials.columns(gauge.close({}))
    assert figures["train_samples_per_s"] == pytest.approx(EXAMPLES / TICK, rel=0.02)
    assert (
        figures["train_samples_per_s_q25"]
        <= figures["train_samples_per_s"]
        <= figures["train_samples_per_s_q75"]
    )
    assert 5 <= figures["train_windows"] <= 12
    assert figures["train_seconds"] == pytest.approx(1.2, rel=0.1)
    assert figures["train_data_share"] == 0
    assert "train_cached" not in figures


class Timed(fakes.Layers):
    """Takes exactly ten milliseconds for each forward pass, and may take longer for the first."""

    name: ClassVar[str] = "timed"
    first_seconds: float = TICK

    def load(self) -> bench.Encoder:
        encoder, times, over = fakes.make_encoder(), chain([self.first_seconds], repeat(TICK)), [0.0]
        encoder.register_forward_pre_hook(lambda *_: over.__setitem__(0, perf_counter() + next(times)))
        encoder.register_forward_hook(lambda *_: spin_until(over[0]))
        return encoder


class SlowData(fakes.PointClassification):
    """Takes ten milliseconds to put a batch together."""

    name: ClassVar[str] = "slow-data"

    def collate(self, samples: Sequence[bench.Sample]) -> bench.Batch:
        over = perf_counter() + TICK
        batch = super().collate(samples)
        wait_until(over)
        return batch


def encoding(folder: Path, batches: int, **parts: object) -> dict[str, float]:
    """The figures of a cell that encodes this many batches of one, half of them for training."""
    settings = bench.Settings(batch_size=1, eval_batch_size=1)
    dataset = fakes.Points(size=batches // 2, splits=("train", "val"))
    cell = fakes.cell(FeatureExtract(epochs=1), dataset=dataset, settings=settings, **parts)
    record = trials.done(cell, folder, [Speed()])
    assert record.notes == []
    return trials.measured(record, "throughput")


def test_a_real_encoder_that_takes_ten_milliseconds_is_told_so(tmp_path: Path) -> None:
    """What a step takes besides is as much as a step takes with an encoder that takes no time."""
    besides, rates, others = [], [], OthersGauge()
    while len(rates) < 10:  # others can but slow it down
        besides.append(1 / encoding(tmp_path / f"{len(rates)}-besides", 120)["encode_samples_per_s"])
        figures = encoding(tmp_path / str(len(rates)), 24, backbone=Timed())
        rates.append(figures["encode_samples_per_s"])
        truth = 1 / (TICK + min(besides))
        if max(rates) >= 0.98 * truth:
            break
    if max(rates) < 0.98 * truth and others.close({})[bench.WHOLE]["other_cores"] > 0.2:
        pytest.skip("other programs keep the machine busy")
    assert max(rates) == pytest.approx(truth, rel=0.02)
    assert max(rates) <= 1 / TICK
    assert min(besides) < TICK / 10
    assert figures["encode_compute_seconds"] == pytest.approx(24 * TICK, rel=0.25)
    assert figures["encode_data_share"] < 0.05


def test_a_slow_first_step_of_an_encoder_does_not_leak_into_the_rate(tmp_path: Path) -> None:
    figures = encoding(tmp_path, 60, backbone=Timed(first_seconds=0.5))
    assert 0.8 / TICK <= figures["encode_samples_per_s_q25"] <= figures["encode_samples_per_s"] <= 1 / TICK
    assert figures["encode_seconds"] == pytest.approx(0.5 + 59 * TICK, rel=0.2)


def test_slow_data_shows_as_waiting_and_not_as_compute(tmp_path: Path) -> None:
    figures = encoding(tmp_path, 60, task=SlowData())
    assert 0.8 / TICK <= figures["encode_samples_per_s"] <= 1 / TICK
    assert 60 * TICK <= figures["encode_data_seconds"] <= 60 * TICK * 1.2
    assert figures["encode_compute_seconds"] < 0.1
    assert figures["encode_data_share"] > 0.9
    assert figures["encode_seconds"] == pytest.approx(
        figures["encode_data_seconds"] + figures["encode_compute_seconds"]
    )


def test_a_slow_start_does_not_leak_into_the_rate(run: FakeRun) -> None:
    gauge, pace = SpeedGauge(run), Pace()
    gauge.enter("train")
    steps(gauge, pace, 1, seconds=0.3)  # memory is found, kernels are chosen
    steps(gauge, pace, 10, seconds=0.02)  # clocks rise
    steps(gauge, pace, 60)
    gauge.leave("train")
    figures = trials.columns(gauge.close({}))
    assert figures["train_samples_per_s"] == pytest.approx(EXAMPLES / TICK, rel=0.02)
    assert figures["train_samples_per_s_q25"] == pytest.approx(EXAMPLES / TICK, rel=0.2)
    assert figures["train_seconds"] == pytest.approx(0.3 + 0.2 + 0.6, rel=0.1)


def test_waiting_for_data_is_told_apart(run: FakeRun) -> None:
    gauge, pace = SpeedGauge(run), Pace()
    gauge.enter("train")
    for _ in range(60):
        run.waited += 0.4 * TICK
        steps(gauge, pace, 1)
    gauge.leave("train")
    figures = trials.columns(gauge.close({}))
    assert figures["train_data_share"] == pytest.approx(0.4, abs=0.02)
    assert figures["train_data_seconds"] == pytest.approx(0.4 * 60 * TICK)
    assert figures["train_compute_seconds"] == pytest.approx(0.6 * 60 * TICK, rel=0.05)


def test_a_phase_within_another_has_its_time_to_itself(run: FakeRun) -> None:
    gauge, pace = SpeedGauge(run), Pace()
    gauge.enter("train")
    steps(gauge, pace, 30)
    gauge.enter("encode")
    steps(gauge, pace, 30, seconds=0.02)
    gauge.leave("encode")
    steps(gauge, pace, 30)
    gauge.leave("train")
    figures = trials.columns(gauge.close({}))
    assert figures["train_samples_per_s"] == pytest.approx(EXAMPLES / TICK, rel=0.02)
    assert figures["encode_samples_per_s"] == pytest.approx(EXAMPLES / 0.02, rel=0.02)
    assert figures["train_seconds"] == pytest.approx(0.6, rel=0.1)
    assert figures["encode_seconds"] == pytest.approx(0.6, rel=0.1)


def test_time_without_a_step_is_none_of_the_steps(run: FakeRun) -> None:
    gauge, pace = SpeedGauge(run), Pace()
    gauge.enter("train")
    pace.tick(0.3)
    gauge.enter("encode")
    steps(gauge, pace, 30)
    gauge.leave("encode")
    steps(gauge, pace, 30)
    gauge.leave("train")
    assert gauge.close({})["train"]["seconds"] == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize("other", ["load", "prepare", "compile", "checkpoint", "dreams"])
def test_a_step_of_which_part_was_done_in_another_phase_counts_for_no_rate(run: FakeRun, other: str) -> None:
    gauge, pace = SpeedGauge(run), Pace()
    gauge.enter("evaluate")
    steps(gauge, pace, 1)
    for _ in range(3):
        steps(gauge, pace, 2, seconds=0.03)
        pace.tick(0.002)
        gauge.enter(other)
        pace.tick(0.026)
        gauge.leave(other)
        steps(gauge, pace, 1, seconds=0.002)  # the rest of the step: too fast by far
    steps(gauge, pace, 8, seconds=0.03)
    gauge.leave("evaluate")
    figures = trials.columns(gauge.close({}))
    assert figures["evaluate_samples_per_s"] == pytest.approx(EXAMPLES / 0.03, rel=0.15)
    assert figures["evaluate_samples_per_s_q75"] == pytest.approx(EXAMPLES / 0.03, rel=0.15)
    assert figures["evaluate_seconds"] == pytest.approx(0.01 + 3 * (0.06 + 0.004) + 8 * 0.03, rel=0.05)


@pytest.mark.parametrize("between", ["evaluate", "dreams"])
def test_epochs_of_a_few_steps_between_evaluations_make_windows_together(run: FakeRun, between: str) -> None:
    gauge, pace = SpeedGauge(run), Pace()
    gauge.enter("train")
    for _ in range(20):
        steps(gauge, pace, 3)
        gauge.enter(between)
        steps(gauge, pace, 1, seconds=0.02)
        gauge.leave(between)
    gauge.leave("train")
    figures = trials.columns(gauge.close({}))
    assert figures["train_samples_per_s"] == pytest.approx(EXAMPLES / TICK, rel=0.1)
    assert 3 <= figures["train_windows"] <= 6
    assert figures["train_seconds"] == pytest.approx(60 * TICK, rel=0.2)


class Queue(FakeRun):
    """A device that is asked to work and does so meanwhile, one thing after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.idle_from = perf_counter()

    def ask(self, seconds: float) -> None:
        self.idle_from = max(self.idle_from, perf_counter()) + seconds

    def synchronize(self) -> None:
        self.synchronized += 1
        wait_until(self.idle_from)

    def mark(self) -> Callable[[], None]:
        return partial(wait_until, self.idle_from)


def test_work_that_is_done_only_when_the_device_was_waited_for_counts() -> None:
    run = Queue()
    gauge = SpeedGauge(run)
    gauge.enter("train")
    for _ in range(60):
        run.ask(TICK)  # returns at once
        wait_until(perf_counter() + 0.001)
        gauge.step(Step(EXAMPLES))
    gauge.leave("train")
    figures = trials.columns(gauge.close({}))
    assert figures["train_samples_per_s"] == pytest.approx(EXAMPLES / TICK, rel=0.02)
    assert figures["train_seconds"] == pytest.approx(60 * TICK, rel=0.02)


def test_a_device_has_work_while_the_next_step_is_put_together() -> None:
    run = Queue()
    gauge = SpeedGauge(run)
    gauge.enter("train")
    for _ in range(60):
        wait_until(perf_counter() + 0.4 * TICK)  # the next batch
        run.ask(TICK)
        gauge.step(Step(EXAMPLES))
    gauge.leave("train")
    figures = trials.columns(gauge.close({}))
    assert figures["train_samples_per_s"] == pytest.approx(EXAMPLES / TICK, rel=0.02)
    # Only the first step and the last are waited for, and what comes before them.
    assert figures["train_seconds"] == pytest.approx(60 * TICK + 2 * 0.4 * TICK, rel=0.02)
    assert figures["train_windows"] >= 2
    assert run.synchronized == 4  # beginning, the first step, and twice at the end


def test_windows_go_on_after_another_phase() -> None:
    run = Queue()
    gauge = SpeedGauge(run)
    gauge.enter("train")
    for _ in range(10):
        for _ in range(6):
            wait_until(perf_counter() + 0.4 * TICK)
            run.ask(TICK)
            gauge.step(Step(EXAMPLES))
        gauge.enter("evaluate")
        run.ask(5 * TICK)
        gauge.step(Step(EXAMPLES))
        gauge.leave("evaluate")
    gauge.leave("train")
    figures = trials.columns(gauge.close({}))
    # The first step of six is waited for; later ones are put together meanwhile.
    assert figures["train_samples_per_s"] == pytest.approx(6 * EXAMPLES / (6.4 * TICK), rel=0.1)
    assert figures["evaluate_samples_per_s"] == pytest.approx(EXAMPLES / (5 * TICK), rel=0.02)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_work_of_a_gpu_counts_when_it_is_done(tmp_path: Path) -> None:
    def work() -> None:
        torch.mm(matrix, matrix, out=product)

    run = trials.live(tmp_path, device="cuda")
    matrix = torch.ones(4096, 4096, device=run.device)
    product = torch.empty_like(matrix)
    work()
    began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    began.record()
    for _ in range(200):
        work()
    ended.record()
    torch.cuda.synchronize()
    true_seconds = began.elapsed_time(ended) / 1000 / 200
    gauge = SpeedGauge(run)
    gauge.enter("train")
    for _ in range(1000):
        work()  # returns long before it is done
        gauge.step(Step(EXAMPLES))
    gauge.leave("train")
    assert gauge.close({})["train"]["samples_per_s"] == pytest.approx(EXAMPLES / true_seconds, rel=0.05)


def test_a_phase_of_the_objective_s_own_has_a_speed_of_its_own(run: FakeRun) -> None:
    gauge, pace = SpeedGauge(run), Pace()
    gauge.enter("train")
    steps(gauge, pace, 20)
    gauge.enter("dreams")
    steps(gauge, pace, 10, seconds=0.02)
    gauge.leave("dreams")
    gauge.leave("train")
    figures = trials.columns(gauge.close({}))
    assert figures["train_seconds"] == pytest.approx(0.2, rel=0.2)
    assert figures["dreams_seconds"] == pytest.approx(0.2, rel=0.2)
    assert figures["dreams_samples_per_s"] == pytest.approx(EXAMPLES / 0.02, rel=0.2)


def test_the_device_is_not_waited_for_at_every_step(run: FakeRun) -> None:
    gauge = SpeedGauge(run)
    gauge.enter("train")
    steps(gauge, Pace(), 200, seconds=0.002)
    gauge.leave("train")
    assert run.synchronized <= 24  # 10 for windows and edges, some for late steps


def test_a_short_phase_has_a_rate_from_all_steps_but_the_first(run: FakeRun) -> None:
    gauge, pace = SpeedGauge(run), Pace()
    gauge.enter("evaluate")
    steps(gauge, pace, 1, seconds=0.1)
    steps(gauge, pace, 2, seconds=0.02)
    gauge.leave("evaluate")
    figures = trials.columns(gauge.close({}))
    # With the first step it would be 150; one that begins late is measured as a shorter one.
    assert figures["evaluate_samples_per_s"] == pytest.approx(EXAMPLES / 0.02, rel=0.4)
    assert figures["evaluate_samples_per_s_q25"] is None
    assert figures["evaluate_windows"] == 1


def test_from_one_step_alone_there_is_no_rate(run: FakeRun) -> None:
    gauge = SpeedGauge(run)
    gauge.enter("evaluate")
    steps(gauge, Pace(), 1)
    gauge.leave("evaluate")
    figures = trials.columns(gauge.close({}))
    assert figures["evaluate_samples_per_s"] is None
    assert figures["evaluate_windows"] == 0
    assert figures["evaluate_seconds"] >= TICK


def test_a_phase_without_steps_has_no_figures(run: FakeRun) -> None:
    gauge = SpeedGauge(run)
    gauge.enter("train")
    gauge.leave("train")
    assert gauge.close({}) == {}


def test_what_was_found_on_disk_has_the_rate_of_when_it_was_computed() -> None:
    run = FakeRun(cached={"encode": Cost(examples=100, seconds=0.5)})
    assert SpeedGauge(run).close({}) == {"encode": {"samples_per_s": 200.0, "seconds": 0.5, "cached": True}}


@pytest.mark.parametrize(
    ("rates", "dropped"),
    [
        ([], 0),
        ([5], 0),
        ([1, 10], 1),
        ([10, 10, 10, 10], 0),
        ([9, 10, 10, 10], 0),  # nine tenths of the rest is no warm-up
        ([8, 10, 10, 10], 1),
        ([2, 8, 10, 10, 10, 10], 2),
        ([10, 2, 10, 10, 10, 10], 0),  # slow later on is no warm-up either
        ([1, 2, 3, 4, 5, 6], 3),  # a drift: at most half
        ([20, 10, 10, 10], 0),  # fast at first: caches, boost clocks; kept
    ],
)
def test_warm_up_by_hand(rates: list[float], dropped: int) -> None:
    assert warm(rates) == dropped


def test_each_figure_is_declared() -> None:
    run = FakeRun(cached={"encode": Cost(1, 1.0)})
    gauge = SpeedGauge(run)
    for phase in ("train", "evaluate"):
        gauge.enter(phase)
        gauge.step(Step(1))
        gauge.leave(phase)
    reading = gauge.close({})
    assert trials.undeclared(Speed, reading) == []
    assert {name for values in reading.values() for name in values} == {
        figure.name for figure in Speed.figures
    }


def test_a_hiccup_does_not_move_the_figure():
    assert overall([10] * 5, [100.0, 100.0, 101.0, 99.0, 20.0]) == 100.0


def test_unlike_windows_count_by_their_time():
    # 10 examples in 0.1 s, 10 in 1 s: 20 in 1.1 s, which no median of rates would tell.
    assert overall([10, 10], [100.0, 10.0]) == pytest.approx(20 / 1.1)
    assert overall([10], [100.0]) == 100.0
    assert overall([], []) is None
