"""The warden over real processes, which do what no cell should."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench import Bounds
from bench.trial.bounds import NONE
from bench.trial.warden import Send, watch, write_message

SECONDS = 30
RECORD = {"record": {"id": "x"}}
REAL_TIME = signal.SIGRTMIN + 3
PROGRESS = {"progress": {"phase": "train", "steps": 3}}

Work = Callable[[Send], None]


class Watched:
    """A warden in a process of its own, and what it sends."""

    def __init__(self, work: Work, bounds: Bounds = NONE, grace: float = 5.0) -> None:
        pipe, theirs = os.pipe()
        self.pid = forked()
        if self.pid == 0:
            try:
                os.close(pipe)
                watch(work, bounds, partial(write_message, theirs), theirs, grace)
            finally:
                os._exit(0)
        os.close(theirs)
        self.file = os.fdopen(pipe)

    def messages(self) -> list[dict[str, Any]]:
        """All that it sends until it ends."""
        with self.file:
            found = [json.loads(line) for line in self.file]
        os.waitpid(self.pid, 0)
        return found

    def end(self) -> tuple[str, str]:
        """Cause and reason of its last word."""
        end = self.messages()[-1]["end"]
        return end["cause"], end["reason"]


def forked() -> int:
    """Fork the process of the tests, of whose threads the child uses none: of these Python 3.12 warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def sleeps(send: Send) -> None:
    send(PROGRESS)
    time.sleep(600)


def stubborn(send: Send) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleeps(send)


def stopped(send: Send) -> None:
    send(PROGRESS)
    os.kill(os.getpid(), signal.SIGSTOP)


def talks(send: Send) -> None:
    while True:
        send(PROGRESS)
        time.sleep(0.05)


def raises(send: Send) -> None:
    os.close(2)  # its traceback is of no interest here
    raise MemoryError


def signalled(number: int) -> Work:
    def end(send: Send) -> None:
        faulthandler.disable()  # pytest's prints where a signal came, which is of no interest here
        os.kill(os.getpid(), number)

    return end


def to_all_channels(text: bytes) -> Work:
    def write(send: Send) -> None:
        write_everywhere(text)
        time.sleep(600)

    return write


def write_everywhere(text: bytes) -> None:
    """Write to all pipes and sockets that are open; its files are those of the tests."""
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if descriptor > 2 and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
                os.write(descriptor, text)


def takes(mib: int) -> bytearray:
    held = bytearray(mib * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    return held


def takes_memory(send: Send) -> None:
    held = takes(300)
    time.sleep(600)
    del held


def says_so(send: Send) -> None:
    with pytest.raises(MemoryError, match=r"more was taken than limits\.memory, 100 MiB"):
        takes_memory(send)
    send(RECORD)


def does_not_listen(send: Send) -> None:
    with suppress(MemoryError):
        takes_memory(send)
    takes_memory(send)


def takes_more(send: Send) -> None:
    with suppress(MemoryError):
        takes_memory(send)
    held = takes(600)
    time.sleep(600)
    del held


def test_progress_and_the_record_are_passed_on() -> None:
    def work(send: Send) -> None:
        send(PROGRESS)
        send(RECORD)

    assert Watched(work).messages() == [PROGRESS, RECORD]


def test_a_large_record_is_passed_on_in_one_piece() -> None:
    large = {"record": {"id": "x" * 3_000_000}}
    assert Watched(lambda send: send(large)).messages() == [large]


def test_a_cell_that_hangs_after_its_record_has_one() -> None:
    def work(send: Send) -> None:
        send(RECORD)
        time.sleep(600)

    assert Watched(work, grace=0.1).messages() == [RECORD]


@pytest.mark.parametrize(
    ("work", "cause", "reason"),
    [
        (lambda send: os._exit(0), "exit", "the cell's process ended with exit code 0, without a result"),
        (lambda send: os._exit(9), "exit", "the cell's process ended with exit code 9, without a result"),
        (lambda send: None, "exit", "the cell's process ended with exit code 0, without a result"),
        (raises, "exit", "the cell's process ended with exit code 1, without a result"),
        (signalled(signal.SIGSEGV), "signal", "the cell's process was ended by SIGSEGV"),
        (signalled(signal.SIGKILL), "signal", "the cell's process was ended by SIGKILL (out of memory?)"),
        (signalled(REAL_TIME), "signal", f"the cell's process was ended by signal {REAL_TIME}"),
    ],
    ids=["exit 0", "exit 9", "nothing", "raises", "SIGSEGV", "SIGKILL", "real-time signal"],
)  # fmt: skip
def test_how_a_process_ended_is_said(work: Work, cause: str, reason: str) -> None:
    assert Watched(work).end() == (cause, reason)


def test_it_is_said_where_children_are_ignored_too() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        watched = Watched(lambda send: os._exit(9))
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert watched.end() == ("exit", "the cell's process ended with exit code 9, without a result")


@pytest.mark.parametrize("work", [sleeps, stubborn, stopped], ids=["sleeps", "ignores SIGTERM", "stopped"])
@pytest.mark.parametrize(
    ("bounds", "cause", "reason"),
    [
        (
            Bounds(cell_seconds=0.4),
            "deadline",
            "not over after 0.4 s (limits.cell_seconds), ",
        ),
        (
            Bounds(silent_seconds=0.4),
            "silence",
            "nothing heard of it for 0.4 s (limits.silent_seconds), ",
        ),
    ],
    ids=["deadline", "silence"],
)
def test_what_hangs_is_ended(work: Work, bounds: Bounds, cause: str, reason: str) -> None:
    told, words = Watched(work, bounds, grace=0.2).end()
    assert told == cause
    assert words.startswith(reason)  # a busy machine may not have begun its training by then


def test_where_it_was_is_said() -> None:
    cause, reason = Watched(talks, Bounds(cell_seconds=3)).end()
    assert (cause, reason) == ("deadline", "not over after 3 s (limits.cell_seconds), in phase 'train'")


def test_who_talks_is_not_silent_but_comes_to_its_deadline() -> None:
    assert Watched(talks, Bounds(cell_seconds=2, silent_seconds=1.8)).end()[0] == "deadline"


@pytest.mark.parametrize("work", [takes_memory, does_not_listen, takes_more])
def test_who_takes_too_much_memory_is_ended(work: Work) -> None:
    began = time.monotonic()
    cause, reason = Watched(work, Bounds(memory=100), grace=600 if work is takes_more else 0.5).end()
    assert cause == "memory"
    assert reason.endswith("MiB (limits.memory is 100 MiB), at its start")
    assert time.monotonic() - began < 60


def test_who_takes_too_much_memory_may_say_so() -> None:
    assert Watched(says_so, Bounds(memory=100)).messages()[-1] == RECORD


@pytest.mark.parametrize(
    "text",
    [
        b"hello\n",
        b'{"record"\n',
        b"[1]\n",
        b"7\n",
        b'{"progress": {}}\n',
        b'{"progress": {"phase": 7}}\n',
        b'{"end": {}}\n',
        b'{"a": 1, "b": 2}\n',
        b"[" * 100_000 + b"\n",
    ],
    ids=range(9),
)
def test_garbage_in_the_channel_is_the_end_of_the_cell(text: bytes) -> None:
    cause, reason = Watched(to_all_channels(text)).end()
    assert cause == "garbage"
    assert repr(text.rstrip(b"\n")[:60])[:-1] in reason


def test_half_a_line_of_garbage_does_not_stop_the_clock() -> None:
    assert Watched(to_all_channels(b"\xff\xff"), Bounds(silent_seconds=0.3)).end()[0] == "silence"


def test_half_a_line_of_garbage_spoils_the_record() -> None:
    def work(send: Send) -> None:
        write_everywhere(b"oh")
        send(RECORD)

    assert Watched(work).end()[0] == "garbage"


def leaves(folder: Path, then: Work) -> Work:
    """Start a child, a grandchild in another session, and one that ignores SIGTERM; all hold what is open."""

    def work(send: Send) -> None:
        for name, hidden in (("child", False), ("hidden", True), ("stubborn", False)):
            if os.fork() == 0:
                if hidden:
                    os.setsid()
                    if os.fork():
                        os._exit(0)
                if name == "stubborn":
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                (folder / f"{name}.part").write_text(str(os.getpid()))
                (folder / f"{name}.part").rename(folder / name)
                time.sleep(600)
        wait_until(lambda: len(left(folder)) == 3)
        then(send)

    return work


def left(folder: Path) -> list[int]:
    return [int(file.read_text()) for file in folder.iterdir() if not file.suffix]


@pytest.mark.parametrize(
    ("then", "bounds", "last"),
    [
        (lambda send: send(RECORD), NONE, "record"),
        (signalled(signal.SIGKILL), NONE, "end"),
        (sleeps, Bounds(silent_seconds=2), "end"),
    ],
    ids=["after a record", "after its death", "after it hung"],
)
def test_no_descendant_outlives_a_cell(tmp_path: Path, then: Work, bounds: Bounds, last: str) -> None:
    assert last in Watched(leaves(tmp_path, then), bounds, grace=0.5).messages()[-1]
    assert not [pid for pid in left(tmp_path) if runs(pid)]


def test_all_is_ended_when_nobody_listens_any_more(tmp_path: Path) -> None:
    watched = Watched(leaves(tmp_path, sleeps))
    wait_until(lambda: len(left(tmp_path)) == 3)
    watched.file.close()
    os.waitpid(watched.pid, 0)
    assert not [pid for pid in left(tmp_path) if runs(pid)]


def test_all_is_ended_when_who_listens_goes_in_the_middle_of_a_message(tmp_path: Path) -> None:
    def talks_much(send: Send) -> None:
        send({"progress": {"phase": "x" * 3_000_000}})
        time.sleep(600)

    ours, theirs = socket.socketpair()
    warden = forked()
    if warden == 0:
        try:
            ours.close()
            channel = theirs.fileno()
            watch(leaves(tmp_path, talks_much), NONE, partial(write_message, channel), channel)
        finally:
            os._exit(0)
    theirs.close()
    assert ours.recv(1)  # the rest is waited for when it is closed, which is another error than of a pipe
    ours.close()
    os.waitpid(warden, 0)
    assert len(left(tmp_path)) == 3
    assert not [pid for pid in left(tmp_path) if runs(pid)]


def test_sigterm_to_the_warden_ends_the_cell(tmp_path: Path) -> None:
    watched = Watched(leaves(tmp_path, sleeps), grace=0.5)
    wait_until(lambda: len(left(tmp_path)) == 3)
    os.kill(watched.pid, signal.SIGTERM)
    assert watched.end() == ("signal", "the cell's process was ended by SIGTERM")
    assert not [pid for pid in left(tmp_path) if runs(pid)]


def test_a_cell_does_not_outlive_its_warden(tmp_path: Path) -> None:
    def work(send: Send) -> None:
        (tmp_path / "part").write_text(str(os.getpid()))
        (tmp_path / "part").rename(tmp_path / "pid")
        time.sleep(600)

    watched = Watched(work)
    wait_until((tmp_path / "pid").exists)
    os.kill(watched.pid, signal.SIGKILL)
    assert watched.messages() == []
    wait_until(lambda: not runs(int((tmp_path / "pid").read_text())))


def test_a_job_from_a_shell_ends_with_whoever_reads_it(tmp_path: Path) -> None:
    code = f"""
import os, sys, time
from bench.trial.bounds import NONE
from bench.trial.warden import watch

def work(send):
    open({str(tmp_path / "pid")!r}, "w").write(str(os.getpid()))
    time.sleep(600)

watch(work, NONE, print, sys.stdout.fileno())
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(SECONDS) == 0
    assert not runs(int((tmp_path / "pid").read_text()))


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.02)
