"""WAV files that are cut off: decoders read what is left of them without a word."""

from __future__ import annotations

UNKNOWN = {0, 0x7FFFFFFF, 0xFFFFFFFF}
"""Sizes that programs write which do not know yet how much will follow."""


def missing_bytes(content: bytes) -> int:
    """Return how many bytes of sound a WAV file lacks of what its header says; 0 for any other file."""
    if content[:4] not in (b"RIFF", b"RF64") or content[8:12] != b"WAVE":
        return 0
    place = 12
    while place + 8 <= len(content):
        size = int.from_bytes(content[place + 4 : place + 8], "little")
        if content[place : place + 4] == b"data":
            return 0 if size in UNKNOWN else max(0, place + 8 + size - len(content))
        place += 8 + size + size % 2
    return 0
