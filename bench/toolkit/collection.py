"""What authors of data sets for retrieval reuse: passages, queries, and which are relevant, as examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..api import DatasetInfo, Example, Split

Relevance = Mapping[str, Mapping[str, int]]
"""By the id of a query, how relevant passages are to it by their ids; 0 for not at all."""


@dataclass(frozen=True)
class Item:
    """An example by the ids of its query and its passage, of which one may be empty."""

    query: str = ""
    passage: str = ""


@dataclass(frozen=True)
class Collection:
    """Texts of passages and of queries by their ids, and the relevance that is known in each split.

    All splits search the same passages. What is trained on are pairs of a query and a relevant passage; the
    other splits are their queries, and behind them all passages as candidates. Queries without a relevant
    passage are left out.
    """

    passages: Mapping[str, str]
    queries: Mapping[str, str]
    relevance: Mapping[Split, Relevance]

    @cached_property
    def judged(self) -> Mapping[Split, Relevance]:
        """The relevance in each split, of queries that have a relevant passage."""
        return {
            split: {query: grades for query, grades in every.items() if max(grades.values()) > 0}
            for split, every in self.relevance.items()
        }

    @cached_property
    def items(self) -> Mapping[Split, Sequence[Item]]:
        """What the examples of each split are of, in their order."""
        return {split: list(self._items(split)) for split in self.relevance}

    def _items(self, split: Split) -> Iterator[Item]:
        for query, grades in self.judged[split].items():
            if split == "train":
                yield from (Item(query, passage) for passage, grade in grades.items() if grade > 0)
            else:
                yield Item(query)
        if split != "train":
            yield from (Item(passage=passage) for passage in self.passages)

    def info(self, licence: str | None) -> DatasetInfo:
        """Return how many examples there are, and of what, with a note on queries that are left out."""
        sizes = {split: len(items) for split, items in self.items.items()}
        extra: dict[str, Any] = {split: {"queries": len(own)} for split, own in self.judged.items()}
        lacking = {split: len(self.relevance[split]) - len(own) for split, own in self.judged.items()}
        notes = tuple(
            f"{split}: {count} of {len(self.relevance[split])} queries have no relevant passage, so there is "
            "nothing to find, and are left out"
            for split, count in lacking.items()
            if count
        )
        return DatasetInfo(
            sizes, licence=licence, extra={"passages": len(self.passages), **extra}, notes=notes
        )

    def examples(self, split: Split) -> Sequence[Example]:
        """Return the examples of a split."""
        return [self._example(split, item) for item in self.items[split]]

    def _example(self, split: Split, item: Item) -> Example:
        texts = [self.queries[item.query]] if item.query else []
        texts += [self.passages[item.passage]] if item.passage else []
        relevant = self.judged[split].get(item.query, {})
        target = {"query": item.query, "passage": item.passage, "relevant": dict(relevant)}
        return Example(tuple(texts) if len(texts) > 1 else texts[0], target)

    def candidates(self, split: Split) -> Sequence[bool] | None:
        """Tell which examples are passages that are searched."""
        return None if split == "train" else [not item.query for item in self.items[split]]

    def groups(self, split: Split) -> Sequence[str] | None:
        """Return the query of each pair, as it may have several."""
        return [item.query for item in self.items[split]] if split == "train" else None

    def contents(self, split: Split) -> Iterator[str]:
        """Give the text of each query, also where it is one of a pair, and of each passage."""
        for item in self.items[split]:
            yield self.queries[item.query] if item.query else self.passages[item.passage]
