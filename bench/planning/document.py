"""YAML text to plain data that knows where each of its parts was written.

Tags are refused, so no text can name a Python object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..errors import SuiteError
from ..toolkit.messages import one_line
from .scalars import is_text, scalar

Loc = tuple[str | int, ...]
"""The way to a part of a document: keys and positions in lists."""

MAX_DEPTH = 64
MAX_NODES = 100_000
MOST_BYTES = 500_000
"""So much is read in two seconds; suites that people write take a hundredth of it."""


@dataclass(frozen=True, order=True)
class Place:
    """Where something was written: a line and column of a file, counted from 1, or an option.

    An option has line 0; `key` is what it sets.
    """

    line: int
    column: int
    source: str
    key: Loc | None = None

    def __str__(self) -> str:
        """Return what a message begins with."""
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


Locate = Callable[[int, int], Place]


@dataclass
class Document:
    """Plain data, the places of its keys and values, and what was found to be wrong with it.

    `text` is what it was read from.
    """

    data: Any
    start: Place
    text: str = ""
    values: dict[Loc, Place] = field(default_factory=dict)
    keys: dict[Loc, Place] = field(default_factory=dict)
    unread: set[Loc] = field(default_factory=set)
    problems: list[tuple[Place, str]] = field(default_factory=list)

    def place(self, loc: Loc) -> Place:
        """Return the place of a value, or that of the innermost part around it that was written."""
        while loc and loc not in self.values:
            loc = loc[:-1]
        return self.values.get(loc, self.start)

    def fault(self, loc: Loc, message: str, *, at_key: bool = False) -> None:
        """Note a problem, unless the value or something around it could not be read anyway."""
        if any(loc[:length] in self.unread for length in range(len(loc) + 1)):
            return
        place = self.keys.get(loc, self.place(loc)) if at_key else self.place(loc)
        named = loc and loc != place.key
        self.problems.append((place, f"{spell(loc)}: {message}" if named else message))

    def refuse(self, loc: Loc, place: Place, message: str) -> None:
        """Note that a value cannot be read; nothing else is said about it."""
        self.values[loc] = place
        self.fault(loc, message)
        self.unread.add(loc)

    def put(self, loc: Loc, value: Any, place: Place) -> None:
        """Set a value whose container is there, as if it had been written at `place`."""
        for places in (self.values, self.keys):
            for inner in [inner for inner in places if inner[: len(loc)] == loc]:
                del places[inner]
        self.unread -= {inner for inner in self.unread if inner[: len(loc)] == loc}
        self.values[loc] = self.keys[loc] = place
        container = self.data
        for part in loc[:-1]:
            container = container[part]
        container[loc[-1]] = value

    def spelled(self) -> str:
        """Return the data as YAML."""
        text: str = yaml.safe_dump(self.data, sort_keys=False, allow_unicode=True)
        return text

    def check(self) -> None:
        """Raise SuiteError with every problem so far, in the order of their places."""
        if self.problems:
            lines = [f"{place}: {text}" for place, text in sorted(self.problems, key=_order)]
            raise SuiteError(list(dict.fromkeys(lines)))


def _order(problem: tuple[Place, str]) -> tuple[int, int]:
    return problem[0].line, problem[0].column


def spell(loc: Loc) -> str:
    """Return a location as messages show it: `matrix.objective[1].epochs`."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = re.fullmatch(r"[\w<>-]{1,60}", part, re.ASCII)
            text += "." * bool(text) + (part if plain else json.dumps(part[:60]))
    return text


def read(path: Path) -> Document:
    """Return the document in a file. Raises SuiteError where there is none, or none can be made out."""
    if not path.exists():
        raise SuiteError([f"{path}: no such file"])
    if not path.is_file():
        raise SuiteError([f"{path}: must be a file"])
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SuiteError([f"{path}: cannot be read: {error.strerror}"]) from None
    if len(data) > MOST_BYTES:
        raise SuiteError(
            [f"{path}: is larger than {MOST_BYTES:,} bytes; a suite says much in little, as in `seed: 0-999`"]
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise SuiteError([f"{path}:{line}:{column}: must be text in UTF-8"]) from None
    return parse(text, lambda line, column: Place(line, column, str(path)))


def parse(text: str, locate: Locate) -> Document:
    """Return the document in a text; `locate` makes a Place of a line and column.

    Duplicate keys, tags, cycles and such are problems of the document; the rest can still be used.
    Raises SuiteError for what is not YAML at all.
    """
    document = Document(None, locate(1, 1), text)
    try:
        node = _compose(text)
        if node is not None:
            document.data = _Builder(document, locate).build(node, ())
    except _Unreadable as error:
        raise SuiteError([f"{locate(error.line, error.column)}: {error}"]) from None
    return document


class _Unreadable(Exception):
    def __init__(self, message: str, line: int, column: int) -> None:
        self.line, self.column = line, column
        super().__init__(message)


def _compose(text: str) -> yaml.Node | None:
    """Return the root node, None for an empty text."""
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        raise _Unreadable(f"character {text[error.position]!a} is not allowed", line, column) from None
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark or loader.get_mark()
        raise _Unreadable(_reason(error), mark.line + 1, mark.column + 1) from None
    except (ValueError, OverflowError):
        # PyYAML hands escapes such as "\Uffffffff" to chr() unchecked.
        mark = loader.get_mark()
        raise _Unreadable("not valid YAML: no such character", mark.line + 1, mark.column + 1) from None


def _reason(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if isinstance(error, _TooDeep):
        return problem
    if r"'\t'" in problem:
        return "a tab cannot indent; use spaces"
    if problem == "but found another document":
        return "a second document begins; a suite is one"
    return "not valid YAML: " + one_line(problem or error.context)


class _TooDeep(yaml.MarkedYAMLError):
    pass


class _Alias(yaml.Node):
    """`*name` where it stands; its value is the node that `&name` marks."""

    def __init__(self, node: yaml.Node | None, event: Any) -> None:
        super().__init__("alias", node, event.start_mark, event.end_mark)


class _Loader(yaml.SafeLoader):
    """Composes nodes only; distinguishes tags that are written from those that are guessed."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # so in types-PyYAML
        if self.depth > MAX_DEPTH:
            raise _TooDeep(problem=f"nested deeper than {MAX_DEPTH}", problem_mark=event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return _Alias(node, event) if isinstance(event, yaml.AliasEvent) else node

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """Called for nodes without a tag; a plain scalar is one without quotes."""
        return "plain" if kind is yaml.ScalarNode and implicit[0] else "untagged"


@dataclass
class _Builder:
    """Turns nodes into plain data, and notes where each part was."""

    document: Document
    locate: Locate
    count: int = 0
    open: list[yaml.Node] = field(default_factory=list)

    def build(self, node: yaml.Node, loc: Loc) -> Any:
        place = self.place(node)
        while isinstance(node, _Alias):
            node = node.value
        self.count += 1
        if self.count > MAX_NODES:
            raise _Unreadable(f"more than {MAX_NODES:,} values", place.line, place.column)
        if len(loc) > MAX_DEPTH:
            raise _Unreadable(f"nested deeper than {MAX_DEPTH}", place.line, place.column)
        self.document.values[loc] = place
        if any(node is outer for outer in self.open):
            return self.document.refuse(loc, place, "refers to itself")
        if node.tag not in ("plain", "untagged"):
            return self.document.refuse(loc, place, "tags are not supported; write the plain value")
        self.open.append(node)
        value = self.content(node, loc, place)
        self.open.pop()
        return value

    def content(self, node: yaml.Node, loc: Loc, place: Place) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, loc)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*loc, index)) for index, item in enumerate(node.value)]
        try:
            return scalar(node.value, plain=node.tag == "plain")
        except ValueError as error:
            return self.document.refuse(loc, place, str(error))

    def mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.key(key_node, loc)
            if key is None:
                continue
            inner = (*loc, key)
            if key in result:
                self.document.problems.append((self.place(key_node), f"{spell(inner)}: duplicate key"))
                continue
            self.document.keys[inner] = self.place(key_node)
            result[key] = self.build(value_node, inner)
        return result

    def key(self, node: yaml.Node, loc: Loc) -> str | None:
        """Return a key as text; `1: one` has the key `"1"`, as in JSON."""
        place = self.place(node)
        while isinstance(node, _Alias):
            node = node.value
        if isinstance(node, yaml.ScalarNode) and node.tag in ("plain", "untagged") and is_text(node.value):
            return str(node.value)
        self.document.problems.append((place, f"{spell(loc)}: a key must be text".removeprefix(": ")))
        return None

    def place(self, node: yaml.Node) -> Place:
        return self.locate(node.start_mark.line + 1, node.start_mark.column + 1)
