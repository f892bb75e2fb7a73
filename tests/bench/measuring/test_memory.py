"""Memory that is known to be held is seen, wherever it is held."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch

import bench
import fakes
import trials
from bench.measuring.memory import MIB, Memory, MemoryGauge, ProcessPeak

HELD = 256
CHILD = (
    "import sys, time; held = b'x' * (int(sys.argv[1]) * 2**20); print('ready', flush=True); time.sleep(60)"
)


class Hog(trials.Nothing):
    """Holds memory for a moment while it trains, and gives it back."""

    name: ClassVar[str] = "hog"
    here: int = 0

    def train(self, run: bench.Run) -> bench.Steps[None]:
        assert run.head is not None  # what loading costs is not the point
        held = np.ones((self.here, MIB), np.uint8)
        yield bench.Step(len(held))


def peaks(folder: Path, **fields: int) -> dict[str, float]:
    """The figures of a cell; everything is loaded and prepared by another one before."""
    trials.done(fakes.cell(trials.Nothing()), folder)
    return trials.measured(trials.done(fakes.cell(Hog(**fields)), folder, [Memory()]), "memory")


ALONE = f"""
import json, os
from time import sleep
import numpy as np
from bench.measuring.memory import MIB, MemoryGauge

HELD = {HELD}

class Device:
    type = "cpu"

class Run:
    device = Device()

def told(reading):
    named = ((phase, name) for phase in reading for name in reading[phase])
    return json.dumps({{"_".join(filter(None, at)): reading[at[0]][at[1]] for at in named}})
"""


def told_by(code: str) -> list[dict[str, float]]:
    """What code prints, line by line, in a process in which nothing else takes memory or frees it."""
    done = subprocess.run([sys.executable, "-c", ALONE + code], capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


KINDS = ("peak_mib", "pss_mib", "uss_mib")


def test_what_training_holds_is_its_peak(tmp_path: Path) -> None:
    without, held = (peaks(tmp_path, here=here) for here in (0, HELD))
    assert held["train_peak_mib"] - without["train_peak_mib"] == pytest.approx(HELD, rel=0.05)


def test_what_is_held_for_some_samples_is_seen_by_them() -> None:
    [figures] = told_by("""
gauge = MemoryGauge(Run())
gauge.samples.budget.began -= 60  # as if the cell had run for a minute
gauge.enter("train")
held = np.ones((HELD, MIB), np.uint8)
sleep(1)
del held
gauge.enter("evaluate")
sleep(0.6)
gauge.leave("evaluate")
gauge.leave("train")
print(told(gauge.close({})))
""")
    for kind in KINDS:
        assert figures[f"train_{kind}"] == pytest.approx(HELD, rel=0.05)
        assert figures[f"evaluate_{kind}"] < HELD / 20


def test_it_is_no_peak_of_the_phases_after(tmp_path: Path) -> None:
    assert peaks(tmp_path, here=HELD)["evaluate_peak_mib"] < HELD / 4


CHILDREN = f"""
import subprocess, sys

def figures(child):
    gauge = MemoryGauge(Run())
    gauge.enter("train")
    if child:
        hold()
    gauge.enter("evaluate")
    gauge.leave("evaluate")
    gauge.leave("train")
    return told(gauge.close({{}}))

def hold():
    with subprocess.Popen([sys.executable, "-ISc", {CHILD!r}, str(HELD)], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        sleep(1)  # some samples long
        child.kill()
"""


def test_what_a_child_process_holds_counts() -> None:
    without, held = told_by(CHILDREN + "print(figures(False), figures(True), sep='\\n')")
    for kind in KINDS:
        assert held[f"train_{kind}"] - (without[f"train_{kind}"] or 0) == pytest.approx(HELD, rel=0.05)
        assert (held[f"evaluate_{kind}"] or 0) < HELD / 4  # None where it was too short for a sample


def test_what_a_child_from_before_holds_does_not() -> None:
    [figures] = told_by(
        CHILDREN
        + f"""
with subprocess.Popen([sys.executable, "-ISc", {CHILD!r}, str(HELD)], stdout=subprocess.PIPE) as child:
    child.stdout.readline()
    print(figures(False))
    child.kill()
"""
    )
    for kind in KINDS:
        assert (figures[f"train_{kind}"] or 0) < HELD / 20


FORKED = """
def figures(write):
    gauge = MemoryGauge(Run())
    gauge.enter("train")
    if write:
        ballast[:] = 2
    sleep(1)
    gauge.leave("train")
    return told(gauge.close({}))

ballast = np.ones((HELD, MIB), np.uint8)
child = os.fork()
if child == 0:
    print(figures(False), figures(True), sep="\\n", flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


def test_pages_of_the_server_that_a_process_was_forked_from_are_not_its_own() -> None:
    read, written = told_by(FORKED)
    assert read["baseline_mib"] > HELD
    assert read["baseline_uss_mib"] < HELD / 4
    for kind in KINDS:
        assert read[f"train_{kind}"] < HELD / 20
    assert written["train_uss_mib"] == pytest.approx(HELD, rel=0.05)  # its own copies now
    assert written["train_pss_mib"] == pytest.approx(HELD / 2, rel=0.05)  # half of each was its share before


def test_a_gpu_peak_between_two_phases_is_of_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gauge = MemoryGauge(trials.live(tmp_path))
    counted = iter([{"gpu_allocated": HELD * MIB}, {"gpu_allocated": MIB}])
    monkeypatch.setattr(gauge, "_restart_torch", lambda: next(counted))
    gauge.enter("evaluate")
    gauge.leave("evaluate")
    assert gauge.close({})["evaluate"]["gpu_allocated_mib"] == 1


def test_a_gpu_peak_between_two_samples_is_caught_by_torch_s_own_counters(tmp_path: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA GPU")
    run = trials.live(tmp_path, device="cuda")
    gauge = MemoryGauge(run)
    gauge.enter("train")
    torch.ones(HELD * MIB, dtype=torch.uint8, device=run.device)  # given back at once
    gauge.enter("evaluate")
    gauge.leave("evaluate")
    gauge.leave("train")
    figures = trials.columns(gauge.close({}))
    assert figures["train_gpu_allocated_mib"] == pytest.approx(HELD, rel=0.05)
    assert figures["train_gpu_reserved_mib"] >= figures["train_gpu_allocated_mib"]
    assert figures["evaluate_gpu_allocated_mib"] < HELD / 4


def test_the_baseline_is_what_was_held_before(tmp_path: Path) -> None:
    ballast = np.ones((HELD, MIB), np.uint8)
    loaded = peaks(tmp_path)
    del ballast
    unloaded = peaks(tmp_path)
    assert loaded["baseline_mib"] - unloaded["baseline_mib"] == pytest.approx(HELD, rel=0.1)
    assert abs(loaded["train_peak_mib"] - unloaded["train_peak_mib"]) < HELD / 10


def test_the_method_is_told_and_each_figure_is_declared(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(trials.Nothing()), tmp_path, [Memory()])
    assert trials.undeclared(Memory, record.resources["memory"]) == []
    figures = trials.measured(record, "memory")
    assert "children, PSS and USS by samples" in figures["method"]
    assert {
        "baseline_mib",
        "baseline_pss_mib",
        "baseline_uss_mib",
        "load_peak_mib",
        "prepare_peak_mib",
        "train_peak_mib",
        "evaluate_peak_mib",
    } <= figures.keys()


def test_a_peak_between_two_looks_is_seen() -> None:
    peak = ProcessPeak()
    before = peak.restart()
    np.ones((HELD, MIB), np.uint8).sum()
    reached = peak.read()
    assert reached - before == pytest.approx(HELD * MIB, rel=0.05)
    assert peak.restart() - before < HELD * MIB / 10


def test_without_the_kernel_s_help_the_memory_held_at_the_moment_is_told() -> None:
    peak = ProcessPeak()
    peak.by_kernel = False
    before = peak.restart()
    held = np.ones((HELD, MIB), np.uint8)
    assert peak.read() - before == pytest.approx(held.nbytes, rel=0.05)
    del held
    assert peak.read() - before < HELD * MIB / 10
