"""What the command line changes in a suite, before anything of it is checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..api import Limits, Settings
from ..errors import SuiteError
from .document import Document, Loc, Place, parse

SECTIONS = {**dict.fromkeys(Settings.model_fields, "defaults"), **dict.fromkeys(Limits.model_fields, "limits")}
"""Where a suite says once for all what a setting or limit is."""


@dataclass(frozen=True)
class Overrides:
    """Changes to a suite as the command line gives them: `limits` and `sets` are `key=value`."""

    limits: tuple[str, ...] = ()
    device: str | None = None
    seeds: tuple[int, ...] = ()
    batch_size: int | None = None
    executor: str | None = None
    sets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is to be changed."""
        return self != Overrides()

    def apply(self, document: Document) -> None:
        """Change the document, whose root is a mapping; note in it what cannot be done."""
        if self.device is not None:
            _put(document, "--device", ("device",), self.device)
        if self.executor is not None:
            _put(document, "--executor", ("executor",), self.executor)
        if self.seeds:
            seeds = list(dict.fromkeys(self.seeds))
            _forget(document.data, "seed", parents=False)
            _put(document, "--seed", ("matrix", "seed"), seeds)
        if self.batch_size is not None:
            _put_setting(document, "--batch-size", "batch_size", self.batch_size)
        for text in self.limits:
            _set(document, "--limit", text, "limits.")
        for text in self.sets:
            _set(document, "--set", text)


def _set(document: Document, option: str, text: str, prefix: str = "") -> None:
    """Apply a `key=value`; the value is YAML."""
    key, equals, value = text.partition("=")
    key = key.strip()
    source = f"{option} {key}"
    if not equals or not key:
        document.problems.append((Place(0, 0, f"{option} {text}"), "must be key=value"))
        return
    try:
        parsed = parse(value, lambda line, column: Place(0, 0, source))
        parsed.check()
    except SuiteError as error:
        document.problems.extend((Place(0, 0, source), line.removeprefix(f"{source}: ")) for line in error.problems)
        return
    parts = (prefix + key).split(".")
    if SECTIONS.get(parts[-1]) in parts[:-1] or (len(parts) == 1 and key in SECTIONS):
        _put_setting(document, source, parts[-1], parsed.data)
        return
    loc = _reach(document, parts)
    if loc is None:
        document.problems.append((Place(0, 0, source), "no such place in the suite"))
        return
    _put(document, source, loc, parsed.data)


def _put_setting(document: Document, source: str, name: str, value: Any) -> None:
    """Set a setting or limit everywhere: where it was an axis, or a parent's own, it no longer is.

    A list makes it an axis.
    """
    _forget(document.data, name)
    section = "matrix" if isinstance(value, list) else SECTIONS[name]
    _put(document, source, (section, name), value)


def _put(document: Document, source: str, loc: Loc, value: Any) -> None:
    for length in range(1, len(loc)):
        ...
