"""Is a file text in UTF-8, and if not, what else? Is a text whole?"""

from __future__ import annotations

import codecs
from itertools import islice
from pathlib import Path

from bench import DataError

MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""What files in other encodings begin with; the longer ones first, as one begins like another."""

BLOCK = 1 << 20


def other_encoding(path: Path, blocks: int | None = None) -> str | None:
    """Return why a file is no text in UTF-8: its first bytes, or a NUL in so many blocks, or in all of it."""
    with path.open("rb") as file:
        start = file.read(4)
        name = next((name for mark, name in MARKS.items() if start.startswith(mark)), None)
        if name is not None:
            return f"it is in {name}; convert it"
        file.seek(0)
        line = 1
        for block in islice(iter(lambda: file.read(BLOCK), b""), blocks):
            if (place := block.find(b"\0")) >= 0:
                line += block.count(b"\n", 0, place)
                return f"line {line} holds a NUL; it may be in UTF-16, or damaged"
            line += block.count(b"\n")
    return None


def not_utf8(path: Path) -> str:
    """Return why a file could not be decoded: its encoding, or the first byte that is wrong."""
    other = other_encoding(path)
    if other is not None:
        return other
    content = path.read_bytes()
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line, byte = content.count(b"\n", 0, error.start) + 1, content[error.start]
        return f"line {line} holds the byte 0x{byte:02x}; convert it, most likely from Windows-1252"
    return "it changed while it was read"


def refuse_damage(text: str, where: str) -> None:
    """Raise DataError for a text that holds what no text in UTF-8 should."""
    if "\0" in text:
        raise DataError(f"{where}: holds a NUL")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{where}: holds half a character, {text[error.start]!a}") from error
