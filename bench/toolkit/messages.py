"""What messages to people are made of: the nearest known word, and an error on one line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable

LONGEST = 100
"""Characters; nothing that is longer was meant to be a name."""

MOST_KNOWN = 5000
"""Of so many known words the nearest is looked for; of more only one that is begun."""

LONGEST_FAULT = 400
"""Characters of an error in somebody's code."""

ADDRESS = re.compile(r"(?: object)? at 0x[0-9a-fA-F]+")
"""Where an object lay in memory, as Python and its libraries show what has no text of its own."""

UNSAFE = re.compile(r"weights_only|trust_remote_code|allow_pickle|allow_code_eval", re.IGNORECASE)
"""Ways to let a file run code, which other libraries suggest when they refuse one."""

SENTENCE = re.compile(r"(?<=[.!?;:]) ")


def did_you_mean(word: object, known: Iterable[str], show: Callable[[str], str] = str) -> str:
    """Return `; did you mean '...'?` for the known word that is closest, or begins with the given one.

    It is empty if there is none, so that it can end any message. `show` says how a known word is written.
    """
    if not isinstance(word, str) or not 0 < len(word) <= LONGEST:
        return ""
    names = list(known)
    few = names if len(names) <= MOST_KNOWN else []
    near = difflib.get_close_matches(word, few, n=1) or [name for name in names if name.startswith(word)]
    return f"; did you mean {show(near[0])!r}?" if near else ""


def one_line(message: object, longest: int | None = None) -> str:
    """Return a message, such as that of an error, on one line, of at most `longest` characters.

    Addresses in memory are left out, and what advises to let a file run code.
    """
    text = " ".join(ADDRESS.sub("", str(message)).split())
    if UNSAFE.search(text):
        text = " ".join(part for part in SENTENCE.split(text) if not UNSAFE.search(part)).rstrip(";:")
    return text[:longest]


def shortened(text: str, longest: int) -> str:
    """Return a text of at most so many characters, without its middle if it is longer: ends hold advice."""
    if len(text) <= longest:
        return text
    end = longest // 4
    return f"{text[: longest - end - 5]} ... {text[-end:]}"


def system_fault(error: OSError) -> str:
    """Return what the operating system refused, and of which file: `a.csv: permission denied`."""
    reason = (error.strerror or one_line(error) or type(error).__name__).lower()
    return reason if error.filename is None else f"{shortened(str(error.filename), LONGEST)}: {reason}"


def fault_of(error: BaseException) -> str:
    """Return the class and the message of an error in somebody's code, on one line of bounded length."""
    try:
        text = shortened(one_line(error), LONGEST_FAULT)
    except Exception:  # its own text fails too
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
