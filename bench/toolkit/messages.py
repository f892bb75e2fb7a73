"""What messages to people are made of: the nearest known word, and an error on one line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

LONGEST = 100
"""Characters; nothing that is longer was meant to be a name."""


def did_you_mean(word: object, known: Iterable[str], show: Callable[[str], str] = str) -> str:
    """Return `; did you mean '...'?` for the known word that is closest, or begins with the given one.

    It is empty if there is none, so that it can end any message. `show` says how a known word is written.
    """
    if not isinstance(word, str) or not 0 < len(word) <= LONGEST:
        return ""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1) or [name for name in names if name.startswith(word)]
    return f"; did you mean {show(near[0])!r}?" if near else ""


def one_line(message: object, longest: int | None = None) -> str:
    """Return a message, such as that of an error, on one line, of at most `longest` characters."""
    return " ".join(str(message).split())[:longest]
