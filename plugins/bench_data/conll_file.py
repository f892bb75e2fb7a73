"""Files in CoNLL format: a word a line with its columns, a blank line behind each sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import DataError
from bench.toolkit.messages import one_line

from .encoding import not_utf8, other_encoding

DOCUMENT = "-DOCSTART-"
"""What stands in place of a word on the line before a document."""
GAP = re.compile(r"[ \t]+")
"""What stands between columns; other white space may be part of a word."""
LONGEST = 1000
"""Characters of a word or tag; what is longer is no word."""


@dataclass
class Sentence:
    """The words of a sentence with their tags; its first line, from 1; and the number of its document."""

    line: int
    document: int
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ConllFile:
    """A file, and in which of its columns words and tags are, from 0, or from the last, -1.

    Lines that begin with `comments` are passed over.
    """

    path: Path
    words: int = 0
    tags: int = -1
    comments: str | None = None

    def sentences(self) -> Iterator[Sentence]:
        """Yield the sentences. Raises DataError, which names the line, for anything that is not in order."""
        fault = other_encoding(self.path)
        if fault is not None:
            raise DataError(f"{self.path}: {fault}")
        sentence = Sentence(0, 0)
        width = 0
        for number, fields in self._lines():
            if fields and fields[0] != DOCUMENT:
                width = width or len(fields)
                sentence.line = sentence.line or number
                self._take(fields, sentence, number, width)
                continue
            if sentence.words:
                yield sentence
            sentence = Sentence(0, sentence.document + bool(fields))
        if sentence.words:
            yield sentence

    def _take(self, fields: list[str], sentence: Sentence, number: int, width: int) -> None:
        """Add the word and the tag of a line to a sentence."""
        if len(fields) != width:
            raise self._fault(number, f"has {_columns(len(fields))}, the lines above have {width}")
        try:
            word, tag = fields[self.words], fields[self.tags]
        except IndexError as error:
            asked = f"`words: {self.words}` and `tags: {self.tags}`"
            raise self._fault(
                number, f"has {_columns(width)}, too few for {asked}, counted from 0"
            ) from error
        if self.words % width == self.tags % width:
            raise self._fault(
                number, f"has {_columns(width)}; words and tags cannot both be in number {self.words}"
            )
        for text in (word, tag):
            if len(text) > LONGEST:
                fault = (
                    f"holds {len(text):,} characters without a gap, {one_line(text, 20)!r}..., no word or tag"
                )
                raise self._fault(number, fault)
        sentence.words.append(word)
        sentence.tags.append(tag)

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the fields of each line but comments; none of a blank one."""
        try:
            with self.path.open(encoding="utf-8-sig") as file:
                for number, line in enumerate(file, 1):
                    if self.comments is None or not line.startswith(self.comments):
                        text = line.strip(" \t\r\n")
                        yield number, GAP.split(text) if text else []
        except UnicodeDecodeError as error:
            raise DataError(f"{self.path}: cannot be read as UTF-8: {not_utf8(self.path)}") from error
        except OSError as error:
            raise DataError(f"{self.path}: {(error.strerror or str(error)).lower()}") from error

    def _fault(self, number: int, fault: str) -> DataError:
        return DataError(f"{self.path}, line {number}: {fault}")


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"
