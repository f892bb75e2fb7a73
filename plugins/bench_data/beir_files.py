"""Files of queries, passages and their relevance, as BEIR publishes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import DataError
from bench.toolkit.messages import one_line

from .encoding import not_utf8, refuse_damage
from .records import json_objects

HEADER = ("query-id", "corpus-id", "score")


@dataclass
class Texts:
    """The texts of a file by their ids, in its order, and the ids of those that are empty."""

    by_id: dict[str, str] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        """Return how many there are, empty ones too."""
        return len(self.by_id) + len(self.empty)


def read_texts(path: Path) -> Texts:
    """Return the texts of `corpus.jsonl` or `queries.jsonl`; one with a title begins with that.

    Raises DataError for what is not as published.
    """
    found = Texts()
    for number, item in enumerate(json_objects(path), 1):
        name = _text(item, "_id", f"{path}: item {number}")
        where = f"{path}: item {number} ('{one_line(name, 40)}')"
        if not name.strip():
            raise DataError(f"{where}: '_id' is empty")
        if name in found.by_id or name in found.empty:
            raise DataError(f"{where}: another item has the same _id")
        title = _text(item, "title", where) if item.get("title") is not None else ""
        text = f"{title} {_text(item, 'text', where)}".strip()
        if text:
            found.by_id[name] = text
        else:
            found.empty.add(name)
    return found


def _text(item: Mapping[str, Any], key: str, where: str) -> str:
    if key not in item:
        raise DataError(f"{where}: '{key}' is missing")
    value = item[key]
    if not isinstance(value, str):
        raise DataError(f"{where}: '{key}' is {one_line(repr(value), 40)} where a text belongs")
    refuse_damage(value, where)
    return value


def read_relevance(path: Path, queries: Texts, passages: Texts) -> dict[str, dict[str, int]]:
    """Return how relevant passages are to queries, by their ids, in the order of the file.

    Raises DataError for what is not as published, and for an id that is not among the texts.
    """
    lines = _lines(path)
    if not lines or tuple(lines[0].split("\t")) != HEADER:
        raise DataError(f"{path}: does not begin with a line of {', '.join(HEADER)}, with tabs between")
    found: dict[str, dict[str, int]] = {}
    for number, line in enumerate(lines[1:], 2):
        where = f"{path}, line {number}"
        fields = line.split("\t")
        if len(fields) != len(HEADER):
            raise DataError(
                f"{where}: has {len(fields)} fields with tabs between, the header has {len(HEADER)}"
            )
        query, passage, score = fields
        _require(query, queries, "query", where)
        _require(passage, passages, "passage", where)
        grades = found.setdefault(query, {})
        if passage in grades:
            raise DataError(f"{where}: query '{one_line(query, 40)}' and this passage are judged twice")
        grades[passage] = _whole(score, where)
    if not found:
        raise DataError(f"{path}: holds no judgements")
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: cannot be read in UTF-8: {not_utf8(path)}") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {one_line(error)}") from error


def _require(name: str, texts: Texts, kind: str, where: str) -> None:
    if name in texts.empty:
        raise DataError(f"{where}: {kind} '{one_line(name, 40)}' is an empty text")
    if name not in texts.by_id:
        raise DataError(f"{where}: there is no {kind} '{one_line(name, 40)}'")


def _whole(score: str, where: str) -> int:
    try:
        return int(score)
    except ValueError:
        raise DataError(f"{where}: score '{one_line(score, 40)}' is no whole number") from None


def names_of(files: Collection[Path]) -> str:
    """Return the names of files without their endings, for a message."""
    return ", ".join(sorted(file.stem for file in files)) or "none"
