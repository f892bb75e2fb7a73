"""squad: questions on articles as SQuAD publishes them, in both versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import SPLITS, DataError, Dataset, DatasetInfo, Example, NewInput, Split, UnsuitableError, hookimpl
from bench.toolkit.answers import read_answers
from bench.toolkit.inputs import text_input, text_inputs
from bench.toolkit.messages import one_line

from .content import AT_HAND, Patterns, chosen_files, content_digest, digest, refuse_shared
from .encoding import not_utf8, refuse_damage

RULE = 1
"""Raised when the same files give other examples than before."""

SUFFIX = ".json"
COLUMNS = ("question", "context")


@dataclass(frozen=True)
class Item:
    """A question with its context: where it stands, in which article, and its answers where they are read."""

    where: str
    title: str
    question: str
    context: str
    answers: Mapping[str, Sequence[Any]] | None


class Squad(Dataset):
    """Files of articles, their paragraphs, and questions on these with their answers.

    Version 2.0 has questions without an answer; for these the task needs `unanswerable: true`. Questions on
    an article belong together. Everything is checked when planning.
    """

    name: ClassVar[str] = "squad"
    targets: ClassVar[frozenset[str]] = frozenset({"spans"})
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    task: Any = Field("question-answering", description="the task, or a mapping of its name and settings")
    path: str | None = Field(
        None, description="folder with a file for each split, such as train-v1.1.json and dev-v1.1.json"
    )
    train: Patterns | None = Field(None, description="file or files to train on; may be patterns with *")
    val: Patterns | None = Field(None, description="file or files for validation")
    test: Patterns | None = Field(None, description="file or files to test on")
    licence: str | None = Field(None, description="licence of the data, for the record")

    def __hash__(self) -> int:
        """Hash by content: a task's settings are a mapping, which has no hash of its own."""
        return hash(self.model_dump_json())

    def files(self) -> dict[Split, list[Path]]:
        """Return the files of each split. Raises DataError if there is none."""
        return chosen_files(self.path, {split: getattr(self, split) for split in SPLITS}, (SUFFIX,))

    def check(self) -> None:
        """Raise DataError for a file that is missing or not as published."""
        refuse_shared(self.files())
        for split in self.files():
            self._items(split)

    def fingerprint(self) -> str:
        """Return a digest of what is in the files of each split."""
        files = {split: [content_digest(path) for path in paths] for split, paths in self.files().items()}
        return digest([RULE, files])

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the fingerprint in place of paths."""
        ways = ("path", *SPLITS, "licence")
        return {key: value for key, value in super().identity().items() if key not in ways}

    def info(self) -> DatasetInfo:
        """Return how many questions, paragraphs and articles there are."""
        items = {split: self._items(split) for split in self.files()}
        extra: dict[str, Any] = {
            split: {
                "articles": len({item.title for item in own}),
                "paragraphs": len({item.context for item in own}),
                "without answer": sum(not (item.answers or {}).get("text") for item in own),
            }
            for split, own in items.items()
        }
        return DatasetInfo(
            {split: len(own) for split, own in items.items()}, licence=self.licence, extra=extra
        )

    def load(self, split: Split) -> Sequence[Example]:
        """Return the questions of a split in the order of the files."""
        return [Example((item.question, item.context), item.answers) for item in self._items(split)]

    def groups(self, split: Split) -> Sequence[str]:
        """Return the title of each question's article."""
        return [item.title for item in self._items(split)]

    def where(self, split: Split, index: int) -> str:
        """Return the file, the article, the paragraph and the id of a question."""
        return self._items(split)[index].where

    def contents(self, split: Split) -> Iterator[str] | None:
        """Give each question with its context."""
        if split not in self.files():
            return None
        return (json.dumps([item.question, item.context]) for item in self._items(split))

    def at_hand(self) -> bool:
        """Tell whether the files are not large."""
        return sum(path.stat().st_size for path in chain.from_iterable(self.files().values())) <= AT_HAND

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the questions of such a file, with answers or without, or the rows of a csv file."""
        if path.suffix.lower() != SUFFIX:
            yield from text_inputs(path, COLUMNS)
            return
        for item in read_items(path, answered=False):
            pair = (item.question, item.context)
            yield NewInput(item.where, lambda pair=pair: pair)  # type: ignore[misc]  # mypy: a lambda with a default

    def new_input(self, line: str) -> Any:
        """Return a question and a context with a tab between them."""
        return text_input(line, COLUMNS)

    def _items(self, split: Split) -> Sequence[Item]:
        return _read(self, split, self.fingerprint())


# Every cell asks for the same few.
@lru_cache(maxsize=8)
def _read(dataset: Squad, split: Split, fingerprint: str) -> Sequence[Item]:
    items = [item for path in dataset.files()[split] for item in read_items(path)]
    if not items:
        raise DataError(f"{dataset.files()[split][0]}: holds no questions", split)
    return items


def read_items(path: Path, *, answered: bool = True) -> Iterator[Item]:
    """Give the questions of a file, in order. Raises DataError for what is not as published."""
    seen: set[str] = set()
    for number, article in enumerate(_member(_document(path), "data", list, str(path)), 1):
        where = f"{path}: article {number}"
        title = _member(article, "title", str, where)
        where += f" ('{one_line(title, 40)}')"
        for place, paragraph in enumerate(_member(article, "paragraphs", list, where), 1):
            yield from _paragraph(paragraph, title, f"{where}, paragraph {place}", seen, answered)


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: cannot be read as json in UTF-8: {not_utf8(path)}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read as json: {one_line(error)}") from error


def _paragraph(paragraph: Any, title: str, where: str, seen: set[str], answered: bool) -> Iterator[Item]:
    context = _member(paragraph, "context", str, where)
    if not context.strip():
        raise DataError(f"{where}: the context is empty")
    for number, asked in enumerate(_member(paragraph, "qas", list, where), 1):
        name = _member(asked, "id", str, f"{where}, question {number}")
        place = f"{where}, question '{one_line(name, 40)}'"
        if name in seen:
            raise DataError(f"{place}: another question has the same id")
        seen.add(name)
        question = _member(asked, "question", str, place)
        for text in (title, context, question):
            refuse_damage(text, place)
        answers = _answers(asked, context, place) if answered else None
        yield Item(place, title, question, context, answers)


def _answers(asked: Mapping[str, Any], context: str, where: str) -> Mapping[str, Sequence[Any]]:
    """Return the answers as two lists, as tables have them; none where it is said that there are none."""
    given = _member(asked, "answers", list, where)
    texts = [
        _member(answer, "text", str, f"{where}, answer {place}") for place, answer in enumerate(given, 1)
    ]
    starts = [_member(answer, "answer_start", int, where) for answer in given]
    impossible = asked.get("is_impossible", False)
    if impossible is not (not given):
        fault = "has answers and is_impossible" if given else "has no answers, and is not is_impossible: true"
        raise DataError(f"{where}: {fault}")
    answers = {"text": texts, "answer_start": starts}
    try:
        read_answers(answers, context)
    except UnsuitableError as error:
        raise DataError(f"{where}: {error}") from error
    return answers


def _member(parent: Any, key: str, kind: type, where: str) -> Any:
    """Return what an object holds under a key. Raises DataError if it holds nothing, or something else."""
    if not isinstance(parent, dict):
        raise DataError(f"{where}: {one_line(repr(parent), 40)} where an object with '{key}' belongs")
    if key not in parent:
        raise DataError(f"{where}: '{key}' is missing")
    value = parent[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DataError(f"{where}: '{key}' is {one_line(repr(value), 40)} where {KINDS[kind]} belongs")
    return value


KINDS = {str: "a text", list: "a list", int: "a whole number"}


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [Squad]
