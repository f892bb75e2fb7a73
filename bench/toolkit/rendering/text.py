"""Text for people: numbers rounded sensibly, and names that cannot do harm where they are shown."""

from __future__ import annotations

import re
from typing import Any

from ..messages import one_line
from ..strict_json import to_json

MARKS = "&<>|`*[]\\~!$"
"""Characters that mean something in Markdown, a table cell or HTML."""

ESCAPED = str.maketrans({char: f"&#{ord(char)};" for char in MARKS})
"""The same as entities: nothing undoes those."""

LOOSE_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""An underscore within a word means nothing, so `vit_tiny_patch16` stays legible."""

MEANINGFUL = re.compile(f"[{re.escape(MARKS)}_]")

FORMULA = ("=", "+", "-", "@")
"""How a text starts that a spreadsheet would compute."""


CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters other than tab and line feed, marks of direction, and lone surrogates."""


def plain(text: str) -> str:
    """Return text on one line without control characters, which could move a terminal's cursor."""
    if text.isprintable() and "  " not in text and text.strip() == text:
        return text
    line = one_line(text)
    return line if line.isprintable() else "".join(char if char.isprintable() else "�" for char in line)


def harmless(text: str) -> str:
    """Return text, of several lines perhaps, in which no character controls a terminal or turns a line."""
    return text if text.isascii() and text.isprintable() else CONTROL.sub("�", text)


def harmless_json(data: Any) -> str:
    """Return JSON for people and programs; control characters in it are escaped."""
    text = to_json(data, indent=1, ascii=False)
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def plain_lines(text: str) -> str:
    """Return text without control characters, on as many lines as it has; a tab is spaces."""
    lines = (line.rstrip().expandtabs(4) for line in text.splitlines())
    return "\n".join("".join(char if char.isprintable() else "�" for char in line) for line in lines)


def markdown(text: str) -> str:
    """Return text that Markdown shows as it is, in a table cell or outside."""
    line = plain(text)
    if not MEANINGFUL.search(line):  # as in most cells of a table
        return line
    return LOOSE_UNDERSCORE.sub("&#95;", line.translate(ESCAPED))


def spreadsheet(text: str) -> str:
    """Return text that a spreadsheet shows and does not compute: an apostrophe goes before a formula."""
    line = plain(text)
    return f"'{line}" if line.startswith(FORMULA) else line


def number(value: float) -> str:
    """Return a count in full, any other number to four significant digits but with all of its whole part.

    Shares from 0.01 to 1 get four decimals, so that a column of them can be read downwards.
    """
    if not isinstance(value, float):
        return str(value)
    if abs(value) >= 1000:
        return f"{value:.0f}"
    if value == 0 or 0.01 <= abs(value) < 1:
        return f"{value:.4f}"
    return f"{value:#.4g}".removesuffix(".")  # 999.96 rounds to a whole number


def with_spread(mean: float, spread: float | None, between_runs: float | None = None) -> str:
    """Return `mean ± spread` with the same decimals, or the mean alone where there is no spread.

    The spread between runs of the same cell follows: `mean ± spread (runs ± 0.1)`.
    """
    shown = number(mean)
    over_seeds = "" if spread is None else f" ± {number_like(shown, spread)}"
    return (
        shown + over_seeds + ("" if between_runs is None else f" (runs ± {number_like(shown, between_runs)})")
    )


def number_like(shown: str, value: float) -> str:
    """Return a spread, or a difference, with as many decimals as the number it belongs to."""
    if "e" in shown:
        return f"{value:.2g}"
    rounded = f"{value:.{len(shown.partition('.')[2])}f}"
    return rounded if value == 0 or float(rounded) else f"{value:.1g}"
