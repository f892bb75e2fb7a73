"""The warden of a cell: a process that starts the cell's own, hears it, holds it to its bounds, outlives it.

The last word is the warden's: the cell's record, or how its process ended. Before that it ends all that the
cell has started; so nothing of a cell remains, whether it ends well, hangs, or is killed, or the run is.
"""

from __future__ import annotations

import json
import math
import os
import select
import signal
import stat
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any, NamedTuple, NoReturn

from pydantic import ValidationError

from ..api import Bounds, Cause, Progress
from .bounds import Patience
from .descendants import SHORT_SECONDS, Descendants, die_with, kills_for_memory

Message = dict[str, Any]
Send = Callable[[Message], None]

GRACE_SECONDS = 5.0
ORPHANS_GRACE_SECONDS = 1.0
TICK_SECONDS = 0.1
MEMORY_SECONDS = 0.5
TOO_MUCH = signal.SIGUSR1
"""Tells a cell that it has taken too much memory: it can still say how large a batch would have fitted."""
WORSE = 1.1
"""One that takes so many times what it took when it was told is not heard out."""
LONGEST_MESSAGE = 2**28
SHOWN = 60


class Unheard(Exception):
    """Nobody reads any longer what the warden sends."""


class Garbage(Exception):
    """What came from a cell is no message."""


def watch(
    work: Callable[[Send], None], bounds: Bounds, send: Send, hearer: int, grace: float = GRACE_SECONDS
) -> bool:
    """Run `work` in a process of its own; pass on the progress it sends, and then the last word.

    `hearer` is the descriptor that `send` writes to. SIGTERM ends the cell as if it had been sent to that.
    `grace` is how many seconds a cell may take to end once it is asked to, or has sent its record.
    Return whether this process is to go on: the last word was heard, and it was not asked to end.
    """
    for number in (signal.SIGINT, signal.SIGHUP):  # whoever reads decides what these mean
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where it is ignored, no child says how it ended
    warden = Warden(work, bounds, send, hearer, grace)
    try:
        with suppress(Unheard, ConnectionError):
            word = warden.last_word()
            warden.descendants.end(ORPHANS_GRACE_SECONDS)
            send(word)
            return not warden.terminated
    finally:
        warden.descendants.end(0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return False


class Warden:
    """Stands over a cell, which begins now."""

    def __init__(
        self, work: Callable[[Send], None], bounds: Bounds, send: Send, hearer: int, grace: float
    ) -> None:
        self.send = send
        self.hearer = hearer
        self.grace = grace
        self.descendants = Descendants()
        self.patience = Patience(bounds)
        self.terminated = False
        self._kills = kills_for_memory()
        self._phase = ""
        self._unread = bytearray()
        self._looked, self._mib = -math.inf, 0.0
        self._excess: Excess | None = None
        signal.signal(signal.SIGTERM, self._terminate)
        self._pipe, theirs = os.pipe()
        os.set_blocking(self._pipe, False)
        self.cell = _start(work, theirs, bounds.memory)

    def last_word(self) -> Message:
        """Hear the cell out. Raises Unheard, or ConnectionError, if there is nobody to tell."""
        try:
            while not self._ended():
                record = self._hear(TICK_SECONDS if self._pipe >= 0 else SHORT_SECONDS)
                if record is not None:
                    # It may hang even now, in a thread of its own.
                    self.descendants.wait(self.grace, self.cell)
                    return record
                if (end := self._overstepped()) is not None:
                    self.descendants.end(self.grace)
                    return end
            return self._rest() or (self._excess.end if self._excess else self._death())
        except Garbage as error:
            return _end("garbage", str(error))

    def _ended(self) -> bool:
        self.descendants.reap()
        return self.cell in self.descendants.statuses

    def _hear(self, seconds: float) -> Message | None:
        """Wait for something to happen, at most so long; return the cell's record if it has come."""
        poll = select.poll()
        poll.register(self.hearer, 0)  # only that nobody reads is of interest, which is always told
        if self._pipe >= 0:
            poll.register(self._pipe, select.POLLIN)
        for descriptor, _ in poll.poll(1000 * seconds):
            if descriptor == self.hearer:
                raise Unheard
            if (record := self._read()) is not None:
                return record
        return None

    def _rest(self) -> Message | None:
        """Return the record of a cell that ended just after it had sent it."""
        with suppress(BlockingIOError):
            while self._pipe >= 0:
                if (record := self._read()) is not None:
                    return record
        return None

    def _read(self) -> Message | None:
        data = os.read(self._pipe, 2**16)
        if not data:
            os.close(self._pipe)
            self._pipe = -1
        for message in self._messages(data):
            if "record" in message:
                return message
            self._phase = message["progress"]["phase"]
            self.patience.heard()
            self.send(message)
        return None

    def _messages(self, data: bytes) -> Iterator[Message]:
        """Give those that are complete. Raises Garbage for what is no message."""
        self._unread += data
        if b"\n" in data:
            *lines, self._unread = self._unread.split(b"\n")
            yield from map(_message, lines)
        if len(self._unread) > LONGEST_MESSAGE:
            raise _garbage(self._unread)

    def _overstepped(self) -> Message | None:
        bounds, where = self.patience.bounds, f"in phase '{self._phase}'" if self._phase else "at its start"
        if self.terminated:
            return _end("signal", "the cell's process was ended by SIGTERM")
        lost = self.patience.lost()
        if lost == "deadline":
            return _end(lost, f"not over after {bounds.cell_seconds:g} s (limits.cell_seconds), {where}")
        if lost == "silence":
            return _end(
                lost, f"nothing heard of it for {bounds.silent_seconds:g} s (limits.silent_seconds), {where}"
            )
        if bounds.memory is not None:
            return self._exceeded(bounds.memory, where)
        return None

    def _exceeded(self, limit: float, where: str) -> Message | None:
        """Tell the cell that it takes too much memory; return its end if that does not help."""
        held = self._held()
        if self._excess is None and held > limit:
            end = _end("memory", f"took {held:,.0f} MiB (limits.memory is {limit:g} MiB), {where}")
            self._excess = Excess(monotonic(), held, end)
            os.kill(self.cell, TOO_MUCH)
        if self._excess is None or not self._excess.is_intolerable(held, self.grace):
            return None
        return self._excess.end

    def _held(self) -> float:
        """Return the MiB that the cell held when that was looked at last, which takes some milliseconds."""
        if monotonic() - self._looked >= MEMORY_SECONDS:
            self._looked, self._mib = monotonic(), self.descendants.own_bytes() / 2**20
        return self._mib

    def _death(self) -> Message:
        """Say how a process ended that has sent no record."""
        code = os.waitstatus_to_exitcode(self.descendants.statuses[self.cell])
        if code >= 0:
            return _end("exit", f"the cell's process ended with exit code {code}, without a result")
        if code == -signal.SIGKILL and kills_for_memory() > self._kills:
            return _end("memory", "the machine ran out of memory, and its kernel ended the cell's process")
        hint = " (out of memory?)" if code == -signal.SIGKILL else ""
        return _end("signal", f"the cell's process was ended by {_signal_name(-code)}{hint}")

    def _terminate(self, *_: object) -> None:
        self.terminated = True


class Excess(NamedTuple):
    """More memory than a cell may take: since when, how many MiB, and the last word if the cell has none."""

    since: float
    mib: float
    end: Message

    def is_intolerable(self, mib: float, grace: float) -> bool:
        """Tell whether the cell takes yet more, or has taken too long to end by itself."""
        return mib > WORSE * self.mib or monotonic() - self.since > grace


def write_message(channel: int, message: Message) -> None:
    """Write a message to a descriptor, as a line of JSON. Raises ConnectionError if nobody reads it."""
    rest = json.dumps(message, allow_nan=False).encode() + b"\n"
    while rest:
        rest = rest[os.write(channel, rest) :]


def _start(work: Callable[[Send], None], channel: int, memory: float | None) -> int:
    """Fork the cell's process, and leave it our end of the channel; return its number."""
    warden = os.getpid()
    cell = os.fork()
    if cell == 0:
        _be_the_cell(work, channel, warden, memory)
    os.close(channel)
    return cell


def _be_the_cell(work: Callable[[Send], None], channel: int, warden: int, memory: float | None) -> NoReturn:
    code = 1
    try:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if memory is not None:
            signal.signal(TOO_MUCH, partial(_lack, memory))
        die_with(warden)
        _cut_off(channel)
        work(partial(write_message, channel))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _lack(memory: float, *_: object) -> NoReturn:
    raise MemoryError(f"more was taken than limits.memory, {memory:g} MiB")


def _cut_off(channel: int) -> None:
    """Have every other pipe and socket lead nowhere: whatever writes to all there are reaches nobody else."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in map(int, os.listdir("/dev/fd")):
        with suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if descriptor > 2 and descriptor != channel and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
                os.dup2(nowhere, descriptor, inheritable=False)
    os.close(nowhere)


def _message(line: bytearray) -> Message:
    try:
        message: Message = json.loads(line)
        ((kind, content),) = message.items()
        if kind == "progress":
            Progress(**content)
        elif kind != "record":
            raise ValueError(kind)
    except (ValueError, TypeError, AttributeError, RecursionError, ValidationError):
        raise _garbage(line) from None
    return message


def _garbage(found: bytearray) -> Garbage:
    text = f"{bytes(found[:SHOWN])!r}{'...' if len(found) > SHOWN else ''}"
    return Garbage(f"something in the cell's process wrote {text} where only bench writes")


def _end(cause: Cause, reason: str) -> Message:
    return {"end": {"cause": cause, "reason": reason}}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
