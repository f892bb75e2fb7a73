"""What authors of data sets reuse: new inputs, of which nothing is known, from files and lines of text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..api import NewInput
from ..errors import DataError

if TYPE_CHECKING:
    from PIL import Image

    from .sounds import Sound

DELIMITERS = {".csv": ",", ".tsv": "\t"}
"""What stands between the fields of a table, by the ending of its file."""

COLUMN = "text"
"""Which column of a table holds the texts, where it has several and nothing says which."""


def image_inputs(path: Path) -> Iterator[NewInput]:
    """Give the one image of a file."""
    yield NewInput(str(path), partial(image_input, str(path)))


def image_input(line: str) -> Image.Image:
    """Return the image of a file by its path. Raises DataError if it cannot be read."""
    from .images import read_image

    path = Path(line).expanduser()
    if not path.is_file():
        raise DataError(f"{line}: no such file")
    return read_image(path, line)


def sound_inputs(path: Path) -> Iterator[NewInput]:
    """Give the one sound of a file."""
    yield NewInput(str(path), partial(sound_input, str(path)))


def sound_input(line: str) -> Sound:
    """Return the sound of a file by its path. Raises DataError if it cannot be read."""
    from .sounds import read_sound

    path = Path(line).expanduser()
    if not path.is_file():
        raise DataError(f"{line}: no such file")
    return read_sound(path, line)


def text_inputs(path: Path, columns: Sequence[str] = ()) -> Iterator[NewInput]:
    """Give the texts of a csv or tsv file, a row each; any other file is one text, in UTF-8.

    columns: which hold an input, two for pairs of texts; by default the only one, or `text`. Raises DataError
    if they are not there, or a row has another number of fields than the header.
    """
    delimiter = DELIMITERS.get(path.suffix.lower())
    if delimiter is not None:
        yield from _rows(path, delimiter, columns)
    elif len(columns) > 1:
        raise DataError(f"{path}: an input is a pair of texts; give a csv file with {', '.join(columns)}")
    else:
        yield NewInput(str(path), partial(_text, path))


def text_input(line: str, columns: Sequence[str] = ()) -> str | tuple[str, ...]:
    """Return the text that a line is, or the pair of texts with a tab between them if `columns` are two.

    Raises DataError if it is no such pair.
    """
    if len(columns) < 2:
        return line
    texts = tuple(line.split("\t"))
    if len(texts) != len(columns):
        raise DataError(f"has {len(texts)} fields, and an input is {len(columns)} texts with a tab between")
    return texts


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not readable as text in UTF-8") from error


def _rows(path: Path, delimiter: str, columns: Sequence[str]) -> Iterator[NewInput]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            header = next(reader, [])
            places = [_place(path, header, column) for column in columns or _default(header)]
            for row, fields in enumerate(filter(None, reader), 1):
                if len(fields) != len(header):
                    raise DataError(
                        f"{path}, row {row}: has {len(fields)} fields, the header has {len(header)}"
                    )
                texts = tuple(fields[place] for place in places)
                yield NewInput(f"{path}, row {row}", partial(_input, texts))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not readable as a table in UTF-8: {error}") from error


def _default(header: Sequence[str]) -> Sequence[str]:
    return header if len(header) == 1 else (COLUMN,)


def _place(path: Path, header: Sequence[str], column: str) -> int:
    if column not in header:
        raise DataError(f"{path}: has no column '{column}'; it has {', '.join(header) or 'none'}")
    return header.index(column)


def _input(texts: tuple[str, ...]) -> str | tuple[str, ...]:
    return texts if len(texts) > 1 else texts[0]
