"""beir: queries, passages, and which are relevant, as BEIR publishes them (Thakur et al. 2021)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import SPLITS, DataError, Dataset, DatasetInfo, Example, NewInput, Split, hookimpl
from bench.toolkit.collection import Collection
from bench.toolkit.files import user_path
from bench.toolkit.inputs import text_input, text_inputs
from bench.toolkit.messages import one_line

from .beir_files import names_of, read_relevance, read_texts
from .content import AT_HAND, SPLIT_NAMES, content_digest, digest

RULE = 1
"""Raised when the same files give other examples than before."""

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
CORPUS, QUERIES, QRELS = "corpus.jsonl", "queries.jsonl", "qrels"


class Beir(Dataset):
    """A folder with corpus.jsonl, queries.jsonl, and qrels/train.tsv, dev.tsv, test.tsv, or some of these.

    `path` is such a folder, or the id of one on the Hugging Face hub, such as mteb/scifact. Passages and
    queries have `_id` and `text`, passages a `title` as well, which goes before the text; qrels have the
    columns query-id, corpus-id and score, a whole number. What is trained on are pairs of a query and a
    relevant passage, whatever its score; queries of other splits search all of the corpus.
    """

    name: ClassVar[str] = "beir"
    argument: ClassVar[str | None] = "path"
    targets: ClassVar[frozenset[str]] = frozenset({"relevance"})
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    task: Any = Field("retrieval", description="the task, or a mapping of its name and settings")
    path: str = Field(min_length=1, description="folder, or id on the hub")
    revision: str | None = Field(None, description="branch, tag or commit on the hub; a commit never changes")
    train: str | None = Field(None, description="name of the qrels to train on; by default train")
    val: str | None = Field(None, description="name of the qrels for validation; by default dev or val")
    test: str | None = Field(None, description="name of the qrels to test on; by default test")
    licence: str | None = Field(None, description="licence of the data, for the record")

    def __hash__(self) -> int:
        """Hash by content: a task's settings are a mapping, which has no hash of its own."""
        return hash(self.model_dump_json())

    def check(self) -> None:
        """Raise DataError for files that are missing, and where these are at hand for what is in them."""
        if self._is_local():
            self.files()
            if self.at_hand():
                self._collection()
        elif not HUB_ID.fullmatch(self.path):
            raise DataError(f"{self.path}: no such folder, and no id on the hub", "path")

    def fingerprint(self) -> str:
        """Return a digest of the local files, or of the id and the revision on the hub."""
        if not self._is_local():
            return digest([RULE, self.path, self.revision, [getattr(self, split) for split in SPLITS]])
        return digest([RULE, [content_digest(file) for file in self.files()], list(self.qrels())])

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the fingerprint in place of the path."""
        ways = ("path", "revision", *SPLITS, "licence")
        return {key: value for key, value in super().identity().items() if key not in ways}

    def files(self) -> Sequence[Path]:
        """Return the files of passages, queries and qrels. Raises DataError if there are not all."""
        folder = self._folder()
        for name in (CORPUS, QUERIES):
            if not (folder / name).is_file():
                raise DataError(f"{folder}: has no {name}", "path")
        return [folder / CORPUS, folder / QUERIES, *self.qrels().values()]

    def qrels(self) -> Mapping[Split, Path]:
        """Return the qrels of each split. Raises DataError if there are none, or not those that are named."""
        folder = self._folder() / QRELS
        files = {file.stem: file for file in sorted(folder.glob("*.tsv")) if file.is_file()}
        chosen: dict[Split, Path] = {}
        for split in SPLITS:
            name = getattr(self, split)
            if name is not None and name not in files:
                raise DataError(f"no {name}.tsv in {folder}; it has {names_of(files.values())}", split)
            # `test: dev` means that it is not for validation.
            free = files.keys() - {self.train, self.val, self.test}
            name = name or next((name for name in SPLIT_NAMES[split] if name in free), None)
            if name is not None:
                chosen[split] = files[name]
        if not chosen:
            raise DataError(f"{folder}: holds no file named for a split, such as test.tsv", "path")
        if len(set(chosen.values())) < len(chosen):
            raise DataError(f"{folder}: a file is given for two splits; test on one of its own", "test")
        return chosen

    def info(self) -> DatasetInfo:
        """Return how many examples, queries and passages there are, and what is left out."""
        found, empty = self._read()
        info = found.info(self.licence)
        if not empty:
            return info
        every = len(found.passages) + empty
        note = f"{empty} of {every} passages are empty and relevant to nothing, and are left out"
        return replace(info, notes=(*info.notes, note))

    def load(self, split: Split) -> Sequence[Example]:
        """Return pairs of train; otherwise the queries of a split, and behind them all passages."""
        return self._collection().examples(split)

    def candidates(self, split: Split) -> Sequence[bool] | None:
        """Tell which examples are passages that are searched."""
        return self._collection().candidates(split)

    def groups(self, split: Split) -> Sequence[str] | None:
        """Return the query of each pair."""
        return self._collection().groups(split)

    def where(self, split: Split, index: int) -> str:
        """Return the ids of the query and the passage, whichever there are."""
        item = self._collection().items[split][index]
        named = {"query": item.query, "passage": item.passage}
        return f"{split}, " + ", ".join(
            f"{kind} '{one_line(name, 40)}'" for kind, name in named.items() if name
        )

    def contents(self, split: Split) -> Iterator[str] | None:
        """Give the text of each query, and of each passage."""
        found = self._collection()
        return found.contents(split) if split in found.items else None

    def at_hand(self) -> bool:
        """Tell whether there is a local folder, which is not large."""
        return self._is_local() and sum(file.stat().st_size for file in self.files()) <= AT_HAND

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the texts of a file; of a csv file its only column, or `text`."""
        return text_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the text itself."""
        return text_input(line)

    def _is_local(self) -> bool:
        return user_path(self.path).is_dir()

    def _folder(self) -> Path:
        return user_path(self.path) if self._is_local() else _downloaded(self.path, self.revision)

    def _collection(self) -> Collection:
        return self._read()[0]

    def _read(self) -> tuple[Collection, int]:
        return _read(self, self.fingerprint())


# Every cell asks for the same few.
@lru_cache(maxsize=2)
def _read(dataset: Beir, fingerprint: str) -> tuple[Collection, int]:
    """Return what a data set holds, and how many passages are left out."""
    corpus, queries, *_ = dataset.files()
    passages, asked = read_texts(corpus), read_texts(queries)
    relevance = {split: read_relevance(file, asked, passages) for split, file in dataset.qrels().items()}
    return Collection(passages.by_id, asked.by_id, relevance), len(passages.empty)


@lru_cache(maxsize=8)
def _downloaded(name: str, revision: str | None) -> Path:
    """Return the folder of a data set of the hub, downloading it if necessary."""
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                name,
                repo_type="dataset",
                revision=revision,
                allow_patterns=[CORPUS, QUERIES, f"{QRELS}/*.tsv"],
            )
        )
    except (OSError, ValueError) as error:
        raise DataError(
            f"{name}: is no folder, and cannot be had from the hub: {one_line(error, 300)}", "path"
        ) from error


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [Beir]
