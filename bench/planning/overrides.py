"""What the command line changes in a suite, before any of it is checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..api import Limits, Settings
from ..errors import SuiteError
from .document import Document, Loc, Place, parse
from .seeds import typed_seeds

SECTIONS = {
    **dict.fromkeys(Settings.model_fields, "defaults"),
    **dict.fromkeys(Limits.model_fields, "limits"),
}
"""Where a suite says, once for all cells, what a setting or limit is."""

PLUGINS = ("executor", "observers")
"""Keys of a suite where a text is the short form of a plugin."""


@dataclass(frozen=True)
class Overrides:
    """Changes to a suite as the command line gives them; `limits` and `sets` are `key=value`.

    `seeds` are texts such as `3`, `0-3` and `0,1,2`.
    """

    limits: tuple[str, ...] = ()
    device: str | None = None
    seeds: tuple[str, ...] = ()
    batch_size: int | None = None
    executor: str | None = None
    sets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is to be changed."""
        return self != Overrides()

    @property
    def lasting(self) -> bool:
        """Whether more is changed than which seeds are run this time."""
        return replace(self, seeds=()) != Overrides()

    def apply(self, document: Document) -> None:
        """Change a document whose root is a mapping, but for its seeds; note in it what cannot be done."""
        if self.device is not None:
            _put(document, "--device", ["device"], self.device)
        if self.executor is not None:
            _put(document, "--executor", ["executor"], self.executor)
        if self.batch_size is not None:
            _put_setting(document, "--batch-size", "batch_size", self.batch_size)
        for text in self.limits:
            _assign(document, "--limit", text, ["limits"])
        for text in self.sets:
            _assign(document, "--set", text, [])

    def take_seeds(self, document: Document) -> None:
        """Put the seeds in place of those of the document, if there are any."""
        if self.seeds:
            for axes in _matrices(document.data):
                axes.pop("seed", None)
            _put(document, "--seed", ["matrix", "seed"], list(dict.fromkeys(_typed(document, self.seeds))))


def _typed(document: Document, texts: Sequence[str]) -> Iterator[int]:
    """Give the seeds that were typed, and note in the document what stands for none."""
    for text in texts:
        try:
            yield from typed_seeds(text)
        except ValueError as error:
            document.problems.append((Place(0, 0, "--seed"), str(error)))


def _assign(document: Document, option: str, text: str, prefix: list[str]) -> None:
    """Apply a `key=value`; the value is YAML."""
    key, equals, value = text.partition("=")
    source = f"{option} {key}"
    place = Place(0, 0, source)
    if not (key and equals):
        document.problems.append((place, "must be key=value"))
        return
    try:
        parsed = parse(value, lambda line, column: place)
        parsed.check()
    except SuiteError as error:
        document.problems += [(place, line.removeprefix(f"{source}: ")) for line in error.problems]
        return
    *section, name = [*prefix, *key.split(".")]
    if name in SECTIONS and section in ([], [SECTIONS[name]]):
        _put_setting(document, source, name, parsed.data)
    else:
        _put(document, source, [*section, name], parsed.data)


def _put_setting(document: Document, source: str, name: str, value: Any) -> None:
    """Set a setting or limit for all cells, even where it was an axis or a parent's own.

    A list makes it an axis.
    """
    parents = document.data.get("parents")
    for node in (*_matrices(document.data), *(parents.values() if isinstance(parents, dict) else ())):
        _forget(node, name)
    _put(document, source, ["matrix" if isinstance(value, list) else SECTIONS[name], name], value)


def _matrices(data: dict[str, Any]) -> list[dict[str, Any]]:
    include = data.get("include")
    matrices = [data.get("matrix"), *(include if isinstance(include, list) else [include])]
    return [axes for axes in matrices if isinstance(axes, dict)]


def _forget(node: Any, name: str) -> None:
    """Drop a setting from axes and ways of pretraining.

    A mapping with a name is a plugin, whose fields are its own.
    """
    if isinstance(node, list):
        for item in node:
            _forget(item, name)
    elif isinstance(node, dict) and "name" in node:
        _forget(node.get("from"), name)
    elif isinstance(node, dict):
        node.pop(name, None)
        for value in node.values():
            _forget(value, name)


def _put(document: Document, source: str, path: Sequence[str], value: Any) -> None:
    loc = _reach(document.data, path)
    if loc is None:
        document.problems.append((Place(0, 0, source), "no such place in the suite"))
    else:
        document.put(loc, value, Place(0, 0, source, loc))


def _reach(node: Any, path: Sequence[str]) -> Loc | None:
    """Return the location that a path means, None if there cannot be one.

    Mappings that are missing are made, and a short form on the way is spelled out.
    """
    loc: list[str | int] = []
    for part, following in zip(path, [*path[1:], None], strict=True):
        key: str | int = part
        if isinstance(node, list) and part in map(str, range(len(node))):
            key = int(part)
        elif isinstance(node, dict):
            node.setdefault(part, None)
        else:
            return None
        loc.append(key)
        if following is not None:
            if len(loc) == 1 and part not in PLUGINS and isinstance(node[key], str):
                return None  # the suite's name, device, ...: nothing can be in these
            node[key] = _opened(node[key], following)
            node = node[key]
    return tuple(loc)


def _opened(value: Any, key: str) -> Any:
    """Return what a value stands for, so that `key` may be in it."""
    if value is None:
        return {}
    if isinstance(value, str):
        value = {"name": value}
    plugin = isinstance(value, dict) and "name" in value
    return [value] if plugin and key.isdecimal() else value
