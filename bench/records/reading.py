"""Reading records: what many of a folder say in the same words is validated once, and held once."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from .record import Record

SHARED = ("figures", "machine", "software", "git")
"""The fields that are the same in most records of a suite; they are half of a file."""

TYPES = {name: TypeAdapter[Any](Record.model_fields[name].rebuild_annotation()) for name in SHARED}
OPENINGS = {name: f'\n "{name}": '.encode() for name in SHARED}
BEGIN, END, EMPTY = b"{\n", b"\n }", b"{}"
"""How an object of the first level begins and ends in a file: what is within is further indented."""


class Reader:
    """Reads records, many of which have the same values in `SHARED`: no record may change its own."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], Any] = {}

    def read(self, content: bytes) -> Record:
        """Return the record that a file holds; raises pydantic's ValidationError where it holds none."""
        try:
            rest, shared = self._parted(content)
            return Record.model_validate_json(rest).model_copy(update=shared)
        except ValidationError:
            return Record.model_validate_json(content)  # It tells the place in the whole file.

    def _parted(self, content: bytes) -> tuple[bytes, dict[str, Any]]:
        """Return a file with nothing in the fields that are shared, and their values."""
        rest, shared, done = [], {}, 0
        for name, opening in OPENINGS.items():
            start = content.find(opening + BEGIN, done)
            if start >= 0:
                start += len(opening)
                end = content.find(END, start) + len(END)
                shared[name] = self._value(name, content[start:end])
                rest += [content[done:start], EMPTY]
                done = end
        return b"".join([*rest, content[done:]]), shared

    def _value(self, name: str, text: bytes) -> Any:
        key = name, text
        if key not in self._known:
            self._known[key] = TYPES[name].validate_json(text)
        return self._known[key]
