"""Running text: documents, their paragraphs and sentences, and blocks of a size that encoders can read.

White space becomes single blanks; otherwise no word is changed, lost or moved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

Document = Sequence[str]
"""The paragraphs of a document, in order, each on one line."""

BLANK_LINES = re.compile(r"\n\s*\n")
AFTER_SENTENCE = re.compile(r"(?<=[.!?])\s+")
HEADING = re.compile(r"\s*(?P<level>=(?: =)*) [^=].*[^=] (?P=level)\s*")
"""A line ` = Title = ` of WikiText, ` = = Section = = ` at the second level. Formulas can look like it, but
stand right after other text."""


def paragraphs(text: str) -> list[str]:
    """Return what stands between blank lines, each paragraph on one line."""
    return [" ".join(part.split()) for part in BLANK_LINES.split(text) if part.strip()]


def whole_file(text: str) -> Iterator[Document]:
    """Take the text as one document."""
    yield paragraphs(text)


def between_blank_lines(text: str) -> Iterator[Document]:
    """Take each paragraph as a document."""
    yield from ([paragraph] for paragraph in paragraphs(text))


def lines(text: str) -> Iterator[Document]:
    """Take each line as a document."""
    yield from ([" ".join(line.split())] for line in text.split("\n") if line.strip())


def below_headings(text: str) -> Iterator[Document]:
    """Begin a document at each heading of the first level; each line is a paragraph.

    Headings of any level are no running text, and are left out.
    """
    document: list[str] = []
    after_blank = True
    for line in text.split("\n"):
        heading = HEADING.fullmatch(line) if after_blank else None
        after_blank = not line.strip()
        if heading and heading["level"] == "=":
            yield document
            document = []
        elif not heading and not after_blank:
            document.append(" ".join(line.split()))
    yield document


DIVISIONS: Mapping[str, Callable[[str], Iterator[Document]]] = {
    "file": whole_file,
    "blank-line": between_blank_lines,
    "heading": below_headings,
    "line": lines,
}
"""How the documents of a plain file are told apart."""


def sentences(paragraph: str) -> list[str]:
    """Split after each `.`, `!` or `?` that white space follows: simple, and wrong after `Dr.`."""
    return AFTER_SENTENCE.split(paragraph)


def blocks(document: Document, words: int) -> Iterator[str]:
    """Pack consecutive sentences into blocks of up to so many words; a longer sentence is cut to pieces."""
    block: list[str] = []
    for paragraph in document:
        for sentence in sentences(paragraph):
            for piece in _cut(sentence.split(), words):
                if len(block) + len(piece) > words:
                    yield " ".join(block)
                    block = []
                block += piece
    if block:
        yield " ".join(block)


def _cut(sentence: list[str], words: int) -> Iterator[list[str]]:
    for start in range(0, len(sentence), words):
        yield sentence[start : start + words]


def units(document: Document, unit: str, words: int) -> list[str]:
    """Return a document's parts: itself, its paragraphs, sentences or blocks of up to so many words."""
    if unit == "block":
        return list(blocks(document, words))
    if unit == "sentence":
        return [sentence for paragraph in document for sentence in sentences(paragraph)]
    return list(document) if unit == "paragraph" else [" ".join(document)]
