"""Rows of csv and json files as mappings from column to value, and the columns that must be there."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import DataError
from bench.toolkit.messages import did_you_mean

from .classes import quoted


def csv_rows(path: Path, delimiter: str) -> Iterator[dict[str, Any]]:
    """Yield the rows below the header of a csv file in UTF-8.

    Raises DataError where it holds something else.
    """
    try:
        # A byte order mark, as spreadsheets write it, is no part of the first name.
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file, delimiter=delimiter)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as csv in UTF-8: {error}") from error


def json_objects(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a json file: an array of them, or one a line.

    Raises DataError where it holds something else.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            is_array = file.read(1024).lstrip().startswith("[")
            file.seek(0)
            found = json.load(file) if is_array else (json.loads(line) for line in file if line.strip())
            for count, item in enumerate(found, start=1):
                if not isinstance(item, dict):
                    raise DataError(f"{path}: item {count} is no JSON object")
                yield item
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as json: {error}") from error


def require_column(column: str, names: Sequence[str], where: str, field: str) -> None:
    """Raise DataError if a column is not among those there are."""
    if column not in names:
        hint = did_you_mean(column, names)
        raise DataError(f"no column '{column}' in {where}; it has {quoted(names)}{hint}", field)
