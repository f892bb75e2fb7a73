"""What a scalar of YAML stands for, by the core schema of YAML 1.2: `NO` is text, `1e-4` is a number.

See https://yaml.org/spec/1.2.2/, section 10.3. PyYAML follows YAML 1.1, where it is the other way round.
"""

from __future__ import annotations

import re

NULL = frozenset({"", "~", "null", "Null", "NULL"})
BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
DECIMAL = re.compile(r"[-+]?[0-9]+")
OCTAL = re.compile(r"0o[0-7]+")
HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
LARGEST = 2**63
LONGEST_NUMBER = 400


def scalar(text: str, *, plain: bool) -> str | int | float | bool | None:
    """Return the value of a scalar. Raises ValueError, with a message, if it stands for none."""
    if not is_text(text):
        raise ValueError("must not hold half of a surrogate pair")
    if not plain:
        return text
    if text in NULL:
        return None
    if text in BOOL:
        return BOOL[text]
    if NOT_FINITE.fullmatch(text):
        raise ValueError("must be a finite number")
    return _number(text)


def _number(text: str) -> str | int | float:
    """Return the number that a plain scalar spells, or the text itself."""
    for pattern, base in ((DECIMAL, 10), (OCTAL, 8), (HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            if len(text) > LONGEST_NUMBER or abs(int(text, base)) >= LARGEST:
                raise ValueError("must be a smaller number")
            return int(text, base)
    if not FLOAT.fullmatch(text):
        return text
    number = float(text)
    if abs(number) == float("inf"):
        raise ValueError("must be a finite number")
    return number


def is_text(text: str) -> bool:
    """Tell whether a text can be written out: escapes such as "\\ud800" make half a character."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
