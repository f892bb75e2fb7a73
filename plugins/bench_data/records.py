"""Objects of json files as mappings from key to value, and the columns that must be there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import DataError
from bench.toolkit.messages import did_you_mean, one_line

from .classes import quoted
from .encoding import not_utf8

BLANK = object()
"""Stands for a line without an object."""


def json_objects(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a json file: an array of them, or one a line.

    Raises DataError where it holds something else.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            is_array = file.read(1024).lstrip().startswith("[")
            file.seek(0)
            found = DECODER.decode(file.read()) if is_array else map(_line, enumerate(file, 1))
            items = (item for item in found if item is not BLANK)
            for count, item in enumerate(items, start=1):
                if not isinstance(item, dict):
                    raise DataError(f"{path}: item {count} is no JSON object")
                yield item
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: cannot be read as json in UTF-8: {not_utf8(path)}") from error
    except RecursionError as error:
        raise DataError(f"{path}: cannot be read as json: lists or objects are nested too deeply") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as json: {one_line(error)}") from error


def no_value(where: str, column: str, field: str) -> DataError:
    """Return the error for a row that lacks a value."""
    return DataError(f"{where}: no value in column '{column}'", field)


def _line(numbered: tuple[int, str]) -> Any:
    number, line = numbered
    if not line.strip():
        return BLANK
    try:
        return DECODER.decode(line)
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object holds '{twice}' twice")
    return found


# `json.loads` makes one for each line, which takes as long as reading the line.
DECODER = json.JSONDecoder(object_pairs_hook=_object)


def require_column(column: str, names: Sequence[str], where: str, field: str, hint: str = "") -> None:
    """Raise DataError if a column is not among those there are, or there are two of that name.

    `hint` ends the message, in place of the name that is most like it.
    """
    if column not in names:
        hint = hint or did_you_mean(column, names)
        raise DataError(f"no column '{column}' in {where}; it has {quoted(names)}{hint}", field)
    if names.count(column) > 1:
        raise DataError(f"{names.count(column)} columns '{column}' in {where}; rename all but one", field)
