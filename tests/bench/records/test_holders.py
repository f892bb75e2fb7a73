"""Whether a process that holds something has surely ended."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bench.records.holders import Holder

HERE = Holder.here()
needs_proc = pytest.mark.skipif(not HERE.numbering, reason="needs /proc to tell processes apart")


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


@needs_proc
def test_a_process_has_ended_when_it_has_whether_or_not_its_parent_took_note() -> None:
    with sleeper() as process:
        born = f"/proc/{process.pid}/stat"
        with open(born) as file:
            ticks = file.read().rpartition(")")[2].split()[19]
        holder = HERE.model_copy(update={"pid": process.pid, "born": ticks})
        assert not holder.has_ended()
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it stays, as its parent has not waited
        assert holder.has_ended()
    assert holder.has_ended()


@needs_proc
def test_another_process_with_its_number_is_not_taken_for_it() -> None:
    assert not HERE.has_ended()
    assert HERE.model_copy(update={"born": "1"}).has_ended()


@pytest.mark.parametrize("changes", [{"numbering": "another machine"}, {"numbering": ""}])
def test_of_processes_elsewhere_it_is_not_known(changes: dict[str, str]) -> None:
    assert not HERE.model_copy(update={"pid": 2**31 - 1, **changes}).has_ended()
