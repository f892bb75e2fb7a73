"""conll: words with tags in files of CoNLL format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import SPLITS, DataError, Dataset, DatasetInfo, Example, NewInput, Split, hookimpl
from bench.toolkit.inputs import text_input, text_inputs
from bench.toolkit.messages import did_you_mean

from .classes import ClassNames, in_order, quoted
from .conll_file import ConllFile, Sentence
from .content import AT_HAND, Patterns, chosen_files, content_digest, content_of, digest, refuse_shared

SUFFIXES = (".conll", ".txt", ".tsv", ".iob", ".iob2", ".bio", ".conllu")
LOOKED_AT = 2_000
"""Sentences of a file that are read when planning; the others are when a cell runs."""


class Conll(Dataset):
    """A word a line, its columns set apart by blanks or tabs, and a blank line behind each sentence.

    All lines of a file have as many columns. A line that begins with `-DOCSTART-` begins a document: its
    sentences belong together, as those of a group do. Tags are classes by their exact spelling, and those of
    `val` and `test` must be among those of `train`, or among `classes`.
    """

    name: ClassVar[str] = "conll"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    targets: ClassVar[frozenset[str]] = frozenset({"tags"})

    path: str | None = Field(
        None,
        description="folder with a file for each split, or its numbered parts: train, val or dev, test",
    )
    train: Patterns | None = Field(None, description="file or files to train on; may be patterns with *")
    val: Patterns | None = Field(None, description="file or files for validation")
    test: Patterns | None = Field(None, description="file or files to test on")
    words: int = Field(0, description="column of the words, from 0; -1 is the last")
    tags: int = Field(-1, description="column of the tags, from 0; -1 is the last")
    comments: str | None = Field(
        None, min_length=1, description="how lines begin that are no words; by default all are"
    )
    classes: ClassNames | None = Field(
        None, description="all tags in order; by default those of train, sorted"
    )
    task: str | dict[str, Any] = Field("token-classification", description="task it is for")
    licence: str | None = Field(None, description="licence of the data, for the record")

    def __hash__(self) -> int:
        """Hash by content: a task's settings are a mapping, which has no hash of its own."""
        return hash(self.model_dump_json())

    def check(self) -> None:
        """Raise DataError if files are missing or shared by splits, or their first sentences are faulty."""
        files = self._files()
        refuse_shared(files)
        for paths in files.values():
            for path in paths:
                if not list(islice(self._file(path).sentences(), LOOKED_AT)):
                    raise DataError(f"{path}: holds no words")

    def fingerprint(self) -> str:
        """Return a digest of the files of each split."""
        return digest(
            {split: [content_digest(path) for path in paths] for split, paths in self._files().items()}
        )

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the fingerprint in place of paths."""
        ways = ("path", *SPLITS, "licence")
        return {key: value for key, value in super().identity().items() if key not in ways}

    def info(self) -> DatasetInfo:
        """Return the tags, and the number of sentences."""
        read = _read(self, self.fingerprint())
        sizes = {split: len(sentences) for split, sentences in read.sentences.items()}
        return DatasetInfo(sizes, read.classes, self.licence)

    def load(self, split: Split) -> Sequence[Example]:
        """Return the sentences of a split: words, and the numbers of their tags."""
        return _read(self, self.fingerprint()).examples[split]

    def groups(self, split: Split) -> Sequence[str | int] | None:
        """Return the document of each sentence; None if the files begin none."""
        sentences = _read(self, self.fingerprint()).sentences[split]
        documents = [f"{path}: {sentence.document}" for path, sentence in sentences]
        return documents if any(sentence.document for _, sentence in sentences) else None

    def where(self, split: Split, index: int) -> str:
        """Return the file of a sentence and its first line."""
        path, sentence = _read(self, self.fingerprint()).sentences[split][index]
        return f"{path}, line {sentence.line}"

    def contents(self, split: Split) -> Iterator[str | bytes] | None:
        """Give the words of each sentence."""
        sentences = _read(self, self.fingerprint()).sentences.get(split)
        if sentences is None:
            return None
        return (content_of([sentence.words], None, files=False) for _, sentence in sentences)

    def at_hand(self) -> bool:
        """Tell whether the files are so small that all can be read when planning."""
        return sum(path.stat().st_size for path in chain.from_iterable(self._files().values())) <= AT_HAND

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the texts of a file."""
        return text_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the text itself."""
        return text_input(line)

    def _files(self) -> dict[Split, list[Path]]:
        return chosen_files(self.path, {split: getattr(self, split) for split in SPLITS}, SUFFIXES)

    def _file(self, path: Path) -> ConllFile:
        return ConllFile(path, self.words, self.tags, self.comments)


Located = tuple[Path, Sentence]


class Read:
    """What the files hold: the sentences of each split with their files, the classes, and the examples."""

    def __init__(self, dataset: Conll) -> None:
        self.sentences: dict[Split, list[Located]] = {
            split: [(path, sentence) for path in paths for sentence in dataset._file(path).sentences()]
            for split, paths in dataset._files().items()
        }
        deciding = self.sentences.get("train") or list(chain.from_iterable(self.sentences.values()))
        self.classes = dataset.classes or in_order(tag for _, sentence in deciding for tag in sentence.tags)
        self._numbers = {name: number for number, name in enumerate(self.classes)}
        self.examples = {split: [*map(self._example, found)] for split, found in self.sentences.items()}

    def _example(self, located: Located) -> Example:
        path, sentence = located
        unknown = next((tag for tag in sentence.tags if tag not in self._numbers), None)
        if unknown is not None:
            hint = did_you_mean(unknown, self.classes) or f"; the tags are {quoted(self.classes)}"
            raise DataError(
                f"{path}, sentence at line {sentence.line}: '{unknown}' is no tag of train{hint}; "
                "list all tags under `classes`",
                "tags",
            )
        return Example(sentence.words, tuple(self._numbers[tag] for tag in sentence.tags))


# Every cell asks for the same few data sets.
@lru_cache(maxsize=8)
def _read(dataset: Conll, fingerprint: str) -> Read:
    return Read(dataset)


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [Conll]
