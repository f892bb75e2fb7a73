"""csv files, row by row: each row has as many fields as the header, or an error names file and row."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from bench import DataError

from .encoding import not_utf8, other_encoding

Quoting = Literal["minimal", "none"]
"""`minimal`: a field may stand in quotation marks; `none`: quotation marks are like any other character."""

DELIMITERS = {".csv": ",", ".tsv": "\t"}
SHOWN = {"\t": "tab", " ": "blank"}
LINE_BREAK = re.compile(r"\r\n|\r|\n")
FEW_BLOCKS = 16
AS_THEY_ARE = "where quotation marks belong to the texts, set `quoting: none`"


@dataclass(frozen=True)
class Doubt:
    """A row of which a field in quotation marks holds line breaks and delimiters."""

    row: int
    lines: range
    fields: list[str]


class CsvFile:
    """A csv file in UTF-8 with a header line. Its ending says what delimits fields, if nothing is given.

    While `rows` are read, `doubts` gathers those that may be several rows behind a stray quotation mark,
    unless `quoting` is given.
    """

    def __init__(self, path: Path, delimiter: str | None = None, quoting: Quoting | None = None) -> None:
        self.path = path
        self.delimiter = delimiter or DELIMITERS.get(path.suffix.lower(), ",")
        self.quoting = quoting
        self.doubts: list[Doubt] = []
        self._row = 0
        self._first = self._line = 0

    def header(self) -> list[str]:
        """Return the names in the first line. Raises DataError if there is nothing below."""
        records = self._records(blocks=1)
        names = next(records, [])
        if next(records, None) is None:
            raise DataError(f"{self.path}: holds no rows below a header line")
        return names

    def rows(self, label: str | None = None, most: int | None = None) -> Iterator[list[str]]:
        """Yield the first rows below the header, or all. `label` is the column of classes, if there is one.

        Raises DataError for a row that has not as many fields as the header, or is the header again; for
        stray quotation marks, at the latest behind the last row; for anything that is not text in UTF-8.
        """
        self.doubts.clear()
        labels: set[str] = set()
        records = self._records(blocks=None if most is None else FEW_BLOCKS)
        header = next(records, [])
        place = header.index(label) if label in header else 0
        for fields in islice(records, most):
            self._row += 1
            if len(fields) != len(header):
                raise self._count(len(fields), len(header))
            if fields == header:
                raise self._fault("is the header once more; remove it")
            if self._first != self._line and self.quoting is None and self._doubtful(fields):
                self.doubts.append(Doubt(self._row, range(self._first, self._line + 1), fields))
            labels.add(fields[place])
            yield fields
        self._judge(place, labels if label in header else None)

    def notes(self) -> list[str]:
        """Return what is odd about the rows that were read."""
        if not self.doubts:
            return []
        first, count = self.doubts[0], len(self.doubts)
        shown = SHOWN.get(self.delimiter, f"'{self.delimiter}'")
        return [
            f"{self.path.name}: in {count:,} of {self._row:,} rows a field in quotation marks holds line "
            f"breaks and {shown}; the first is row {first.row} (lines {first.lines[0]} to {first.lines[-1]})"
        ]

    def _doubtful(self, fields: list[str]) -> bool:
        return any(self.delimiter in field and LINE_BREAK.search(field) for field in fields)

    def _judge(self, place: int, labels: Set[str] | None) -> None:
        """Raise DataError for the first doubtful row that is likely to be several.

        So it is if each of its lines has as many fields as the row and, where `labels` are known, one of
        these in the column of classes; and of tabs, which texts do not hold, in any case.
        """
        for doubt in self.doubts:
            lines = LINE_BREAK.split(self.delimiter.join(doubt.fields))
            rows = [line.split(self.delimiter) for line in lines]
            alike = all(len(row) == len(doubt.fields) for row in rows)
            if self.delimiter == "\t" or (
                alike and (labels is None or {row[place] for row in rows} <= labels)
            ):
                raise DataError(
                    f"{self.path}, row {doubt.row} (lines {doubt.lines[0]} to {doubt.lines[-1]}): one field "
                    f"in quotation marks, or rows of their own? {AS_THEY_ARE}, otherwise `quoting: minimal`",
                    "quoting",
                )

    def _records(self, blocks: int | None) -> Iterator[list[str]]:
        """Yield the fields of the header and of each row, but for blank lines.

        So many blocks of the file, or all, are first looked through for what is no text.
        """
        self._row = self._first = self._line = 0
        # For all of Python, as there is no other way; its default is 131,072 characters.
        csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
        quoting: Literal[0, 3] = csv.QUOTE_NONE if self.quoting == "none" else csv.QUOTE_MINIMAL
        try:
            other = other_encoding(self.path, blocks)
            if other is not None:
                raise self._unreadable(other)
            # A byte order mark, as spreadsheets write it, is no part of the first name.
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, delimiter=self.delimiter, quoting=quoting, strict=True)
                for fields in reader:
                    self._first, self._line = self._line + 1, reader.line_num
                    if fields:
                        yield fields
        except UnicodeDecodeError as error:
            raise self._unreadable(not_utf8(self.path)) from error
        except csv.Error as error:
            self._row += 1
            self._first = self._line + 1
            raise self._fault(_explained(str(error))) from error
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from error

    def _count(self, found: int, expected: int) -> DataError:
        shown = SHOWN.get(self.delimiter, f"'{self.delimiter}'")
        advice = f"put a field that holds a {shown} in quotation marks"
        if self.quoting == "none":
            advice = "is `quoting: none` right?"
        if found < expected:
            advice = "complete or remove it"
        return self._fault(f"has {_fields(found)}, the header has {expected}; {advice}")

    def _fault(self, fault: str) -> DataError:
        """Return an error about the row that was read last."""
        return DataError(f"{self.path}, row {self._row} (line {self._first}): {fault}")

    def _unreadable(self, reason: str) -> DataError:
        return DataError(f"{self.path}: cannot be read as csv in UTF-8: {reason}")


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _explained(reason: str) -> str:
    """Return what is wrong with quotation marks in other words than those of Python's csv."""
    if "expected after" in reason:
        return (
            "text stands behind a closing quotation mark; write those within a field twice, or, "
            f"{AS_THEY_ARE}"
        )
    if "end of data" in reason:
        return f"a quotation mark opens a field and none closes it; {AS_THEY_ARE}"
    return reason
