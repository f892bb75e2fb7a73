"""What a newcomer sees of `bench run`: `python tests/recording.py suites/smoke.yaml` prints it.

The command runs in a pseudo-terminal of 100 columns and 30 rows, which `pyte` emulates. A screen is printed
whenever it differs from the one before by more than times and counts.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import pyte

COLUMNS, ROWS = 100, 30
LOOK_SECONDS = 0.1


class Screen(NamedTuple):
    """What is on screen after so many seconds."""

    seconds: float
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def record(
    command: Sequence[str],
    columns: int = COLUMNS,
    rows: int = ROWS,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Screen]:
    """Give each screen that a command shows; it must end well."""
    screen = pyte.HistoryScreen(columns, rows, history=10_000)
    stream = pyte.ByteStream(screen)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    variables = {**os.environ, "TERM": "xterm", **(environment or {})}
    for name in ("COLUMNS", "LINES"):
        variables.pop(name, None)
    began, last = monotonic(), [""]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=variables) as running:
        os.close(theirs)
        for text in _read(ours):
            stream.feed(text)
            lines = _lines(screen)
            if lines != last:
                last = lines
                yield Screen(monotonic() - began, lines)
    os.close(ours)
    assert running.returncode == 0, "\n".join(last)


def _read(terminal: int) -> Iterator[bytes]:
    """Give what is written within each tenth of a second, until nobody holds the other end any more."""
    while True:
        found = b""
        until = monotonic() + LOOK_SECONDS
        while (left := until - monotonic()) > 0:
            if select.select([terminal], [], [], left)[0]:
                try:
                    part = os.read(terminal, 65536)
                except OSError:  # how Linux says that it is closed
                    part = b""
                if not part:
                    yield found
                    return
                found += part
        if found:
            yield found


def _lines(screen: pyte.HistoryScreen) -> list[str]:
    """Return all that is to be seen, with what has been scrolled out of the window."""
    above = ["".join(row[at].data for at in range(screen.columns)).rstrip() for row in screen.history.top]
    text = "\n".join([*above, *(line.rstrip() for line in screen.display)])
    return text.rstrip().splitlines()


def steady(lines: Sequence[str]) -> str:
    """Return a screen without what changes all the time."""
    return re.sub(r"\d+", "0", "\n".join(lines))


def main() -> None:
    last = ""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        command = [sys.executable, "-m", "bench", "run", *sys.argv[1:], "--results", str(results)]
        for screen in record(command):
            if steady(screen.lines) != last:
                last = steady(screen.lines)
                print(f"--- after {screen.seconds:.1f} s", screen.text, sep="\n", flush=True)


if __name__ == "__main__":
    main()
