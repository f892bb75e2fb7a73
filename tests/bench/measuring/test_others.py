"""What other programs take is told from what the cell takes itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time

import bench
import fakes
import trials
from bench.measuring.others import Others, OthersGauge, busy_seconds, own_seconds

BUSY = "import time; end = time.process_time() + {0}\nwhile time.process_time() < end: pass"


def work(seconds: float) -> None:
    end = process_time() + seconds
    while process_time() < end:
        pass


def test_own_work_and_that_of_children_is_the_cell_s() -> None:
    before = own_seconds()
    work(0.3)
    assert 0.25 <= own_seconds() - before < 0.6  # the system counts in ticks
    child = subprocess.Popen([sys.executable, "-c", BUSY.format(0.3) + "\ninput()"], stdin=subprocess.PIPE)
    deadline = perf_counter() + 30
    while own_seconds() - before < 0.55 and perf_counter() < deadline:
        pass
    child.communicate(b"\n")
    ended = own_seconds() - before
    assert ended >= 0.55
    assert own_seconds() - before >= ended  # also when the child has ended


def test_a_stranger_s_work_is_told() -> None:
    """A shell that ends at once leaves its child to the system: no descendant of this process."""
    gauge, began = OthersGauge(), perf_counter()
    busy, own = busy_seconds(), own_seconds()
    command = f"'{sys.executable}' -c '{BUSY.format(0.5)}' >/dev/null 2>&1 &"
    subprocess.run(["sh", "-c", command], check=True)
    while busy_seconds() - busy - (own_seconds() - own) < 0.4 and perf_counter() - began < 30:
        pass
    cores = gauge.close({})[bench.WHOLE]["other_cores"]
    assert cores * (perf_counter() - began) >= 0.35  # the system counts in ticks


def test_a_cell_s_record_has_it(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(trials.Nothing()), tmp_path, [Others()])
    assert trials.undeclared(Others, record.resources["throughput"]) == []
    assert trials.measured(record, "throughput")["other_cores"] >= 0
