"""What commands print to: no control character reaches the terminal, and no encoding lacks a letter."""

from __future__ import annotations

import codecs
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from ..toolkit.rendering.text import harmless

STDOUT = "stdout"

ESCAPED = "bench.escaped"


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for letters that an encoding lacks; JSON that is printed stays JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(ESCAPED, _escaped)


class Harmless:
    """A text stream without control characters; `raw` is the stream itself, for what is to draw on it.

    What its encoding lacks is written as JSON escapes it. An error has the stream's name for a file.
    """

    def __init__(self, raw: TextIO, name: str, *, lossy: bool = False) -> None:
        """Write to `raw`; with `lossy`, what cannot be written is lost, as a log on a full disk."""
        self.raw = raw
        self.of_stream = name
        self.lossy = lossy
        if hasattr(raw, "reconfigure"):
            raw.reconfigure(errors=ESCAPED)

    def write(self, text: str) -> int:
        """Write a text. Raises OSError if that cannot be done."""
        try:
            self.raw.write(harmless(text))
        except OSError as error:
            self._pass_on(error)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write some texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand on what has been written. Raises OSError if that cannot be done."""
        try:
            self.raw.flush()
        except OSError as error:
            self._pass_on(error)

    def _pass_on(self, error: OSError) -> None:
        if isinstance(error, BrokenPipeError):
            raise error
        if not self.lossy:
            raise OSError(error.errno, error.strerror, self.of_stream) from error

    def __getattr__(self, name: str) -> Any:
        """Be like the stream in every other respect."""
        return getattr(self.raw, name)


@contextmanager
def harmless_streams() -> Iterator[None]:
    """Let everything that is printed meanwhile, by libraries too, be harmless."""
    before = sys.stdout, sys.stderr
    sys.stdout = Harmless(sys.stdout, STDOUT)
    sys.stderr = Harmless(sys.stderr, "stderr", lossy=True)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def raw(stream: TextIO | Harmless) -> TextIO:
    """Return the stream behind a harmless one: for what may move the cursor, and shows plain texts only."""
    return stream.raw if isinstance(stream, Harmless) else stream


def open_closed_streams() -> None:
    """Let /dev/null stand for standard streams that are closed.

    Otherwise the next file that is opened would get their number, and with it whatever is printed.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # until the end
