"""text: running text in files, without labels, to learn a language from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from bench import DataError, Dataset, DatasetInfo, Example, Split, hookimpl
from bench.toolkit.files import user_path

from .classes import quoted
from .content import AT_HAND, Patterns, content_digest, digest, expand, refuse_shared, visible_files
from .delimited import DELIMITERS, CsvFile, Quoting
from .records import json_objects, require_column
from .running_text import DIVISIONS, Document, paragraphs, units

RULE = 1
"""Raised when the same files give other examples than before."""

OBJECTS = (".json", ".jsonl", ".ndjson")
DEFAULT_FIELD = "text"
SUFFIXES = (".txt", *DELIMITERS, *OBJECTS)
"""Which files of a folder are read. A file given by its name is plain text if it ends in anything else."""


class Text(Dataset):
    """Running text in plain files (UTF-8), or in a column of csv or json, cut to what encoders can read.

    Of a table each value of the column is a document. One that occurs several times in a split is taken
    once. An example's target is the number of its document.
    """

    name: ClassVar[str] = "text"
    targets: ClassVar[frozenset[str]] = frozenset({"document"})
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"path": __file__, "documents": "blank-line"},
        {"path": __file__, "documents": "blank-line", "task": "language-modelling"},
    )

    task: str | dict[str, Any] = Field(
        "plain-text", description="task it is for, as language-modelling; plain-text asks nothing"
    )
    path: Patterns | None = Field(
        None, description="file, folder or pattern with *, or several, to learn from"
    )
    val: Patterns | None = Field(None, description="the same for validation")
    test: Patterns | None = Field(None, description="the same to test on")
    field: str | tuple[str, ...] | None = Field(
        None,
        description="column of texts in csv and json, by default `text`; of several, the first a file has",
    )
    quoting: Quoting | None = Field(
        None,
        description="of csv; minimal: a field may stand in quotation marks; none: these are like any other "
        "character; by default minimal, where nothing speaks against it",
    )
    documents: Literal["file", "blank-line", "heading", "line"] = Field(
        "file", description="what sets documents of plain files apart; heading is WikiText's ' = Title = '"
    )
    unit: Literal["document", "paragraph", "sentence", "block"] = Field(
        "block", description="what an example is; a block is consecutive sentences of a document"
    )
    words: int = Field(80, ge=1, description="most words of a block; a longer sentence is cut")
    licence: str | None = Field(None, description="licence of the data, for the record")

    def __hash__(self) -> int:
        """Hash by content: a task's settings are a mapping, which has no hash of its own."""
        return hash(self.model_dump_json())

    def check(self) -> None:
        """Raise DataError if a file or its column is not there."""
        files = self.files()
        for path in filter(is_table, chain.from_iterable(files.values())):
            first = next(self.rows(path), None)
            if first is None:
                raise DataError(f"{path}: holds no rows")
            self.column(first, path)
        refuse_shared(files)

    def fingerprint(self) -> str:
        """Return a digest of what is in the files of each split."""
        files = {
            split: [[path.suffix.lower(), content_digest(path)] for path in paths]
            for split, paths in self.files().items()
        }
        return digest([RULE, files])

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the fingerprint in place of paths; `quoting` only if it is given."""
        ways = ("path", "val", "test", "licence", *(["quoting"] if self.quoting is None else []))
        return {key: value for key, value in super().identity().items() if key not in ways}

    def info(self) -> DatasetInfo:
        """Return how many examples, documents and words there are; reads all."""
        splits = {split: self.load(split) for split in self.files()}
        extra: dict[str, dict[str, int]] = {
            split: {
                "documents": len({example.target for example in examples}),
                "words": sum(len(example.input.split()) for example in examples),
            }
            for split, examples in splits.items()
        }
        sizes = {split: len(examples) for split, examples in splits.items()}
        return DatasetInfo(sizes, licence=self.licence, extra=extra)

    def load(self, split: Split) -> Sequence[Example]:
        """Return the texts of a split in the order of the files. Raises DataError if there are none."""
        return _read(self, split, self.fingerprint())

    def contents(self, split: Split) -> Iterator[str] | None:
        """Give the texts."""
        if split not in self.files():
            return None
        return (example.input for example in self.load(split))

    def at_hand(self) -> bool:
        """Tell whether the files are not large."""
        return sum(path.stat().st_size for path in chain.from_iterable(self.files().values())) <= AT_HAND

    def files(self) -> dict[Split, list[Path]]:
        """Return the files of each split. Raises DataError if there is none."""
        if self.path is None:
            raise DataError("no files; give `path:`", "path")
        found: dict[Split, list[Path]] = {"train": find(self.path, "path")}
        if self.val is not None:
            found["val"] = find(self.val, "val")
        if self.test is not None:
            found["test"] = find(self.test, "test")
        return found

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the documents of a file. Raises DataError if it cannot be read."""
        if not is_table(path):
            yield from DIVISIONS[self.documents](plain_text(path))
            return
        for number, row in enumerate(self.rows(path), start=1):
            column = self.column(row, path)
            if not isinstance(row[column], str):
                raise DataError(f"{path}, row {number}, column '{column}': holds no text", "field")
            yield paragraphs(row[column])

    def rows(self, path: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table."""
        if path.suffix.lower() in OBJECTS:
            yield from json_objects(path)
            return
        file = CsvFile(path, quoting=self.quoting)
        header = file.header()
        for row in file.rows():
            yield dict(zip(header, row, strict=True))

    def column(self, row: Mapping[str, Any], path: Path) -> str:
        """Return which column of a row holds the text. Raises DataError if none does."""
        if self.field is None and DEFAULT_FIELD not in row:
            raise DataError(
                f"no column '{DEFAULT_FIELD}' in {path}; it has {quoted(list(row))}; "
                "name the column of texts as `field:`",
                "field",
            )
        if self.field is None:
            return DEFAULT_FIELD
        names = (self.field,) if isinstance(self.field, str) else self.field
        column = next((name for name in names if name in row), names[0])
        require_column(column, list(row), str(path), "field")
        return column


# Every cell asks for the same few.
@lru_cache(maxsize=8)
def _read(dataset: Text, split: Split, fingerprint: str) -> list[Example]:
    paths = dataset.files()[split]
    documents = dict.fromkeys(tuple(document) for path in paths for document in dataset.read(path))
    documents.pop((), None)
    if not documents:
        raise DataError(f"{paths[0]}: holds no text", "path" if split == "train" else split)
    return [
        Example(text, number)
        for number, document in enumerate(documents)
        for text in units(document, dataset.unit, dataset.words)
    ]


def find(patterns: Patterns, field: str) -> list[Path]:
    """Return the files that are named, match a pattern, or are in a folder and of a type that is read.

    Raises DataError if there is none.
    """
    each = (patterns,) if isinstance(patterns, str) else patterns
    return [path for pattern in each for path in _find(pattern, field)]


def _find(pattern: str, field: str) -> list[Path]:
    folder = user_path(pattern)
    if not folder.is_dir():
        return expand(pattern, field)
    found = [path for path in visible_files(folder) if path.suffix.lower() in SUFFIXES]
    if not found:
        raise DataError(f"{pattern}: holds no file that ends in {', '.join(SUFFIXES)}", field)
    return found


def is_table(path: Path) -> bool:
    """Tell by its ending whether a file holds rows; any other is plain text."""
    return path.suffix.lower() in (*DELIMITERS, *OBJECTS)


def plain_text(path: Path) -> str:
    """Return the content of a file. Raises DataError if it is not in UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as text in UTF-8: {error}") from error


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [Text]
