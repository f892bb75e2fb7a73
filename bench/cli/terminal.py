"""What commands print to: nothing printed gives the terminal an order, or fails for its letters."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from ..toolkit.rendering.text import harmless


class Harmless:
    """A text stream without control characters; `raw` is the stream itself, for what is to draw on it.

    What its encoding lacks is written as an escape. An error names the stream.
    """

    def __init__(self, raw: TextIO, name: str, *, lossy: bool = False) -> None:
        """Write to `raw`; with `lossy`, what cannot be written is lost, as a log on a full disk."""
        self.raw = raw
        self.label = name
        self.lossy = lossy
        self.lossless_text = raw.encoding is None or raw.encoding.lower().replace("-", "") == "utf8"

    def write(self, text: str) -> int:
        """Write a text. Raises OSError if that cannot be done."""
        shown = harmless(text)
        if not self.lossless_text:
            shown = shown.encode(self.raw.encoding, "backslashreplace").decode(self.raw.encoding)
        with self._told():
            self.raw.write(shown)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write some texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand on what has been written. Raises OSError if that cannot be done."""
        with self._told():
            self.raw.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            if not self.lossy:
                raise OSError(error.errno, error.strerror, self.label) from error

    def __getattr__(self, name: str) -> Any:
        """Be like the stream in all else."""
        return getattr(self.raw, name)


@contextmanager
def harmless_streams() -> Iterator[None]:
    """Let everything that is printed meanwhile, by libraries too, be harmless."""
    before = sys.stdout, sys.stderr
    sys.stdout = Harmless(sys.stdout, "stdout")  # type: ignore[assignment]  # a text stream in all that counts
    sys.stderr = Harmless(sys.stderr, "stderr", lossy=True)  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def raw(stream: TextIO) -> TextIO:
    """Return the stream behind a harmless one: for what may move the cursor, and shows plain texts only."""
    return getattr(stream, "raw", stream)


def open_closed_streams() -> None:
    """Let /dev/null stand for standard streams that are closed.

    Otherwise the next file that is opened would get their number, and with it whatever is printed.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # until the end
