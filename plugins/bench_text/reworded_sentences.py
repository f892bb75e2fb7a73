"""The data set `reworded-sentences`: find the sentences that say the same in other words.

They are made here, of the grammar of `similar-sentences`; so it needs no download, and belongs to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from random import Random
from typing import Any, ClassVar

from pydantic import Field

import bench
from bench.toolkit.collection import Collection

from .made_texts import MadeTexts
from .similar_sentences import SLOTS, Sense, sentence

EVENTS: Mapping[bench.Split, int] = {"train": 80, "val": 24, "test": 56}
CHANGES = (0, 1, 1, 2, 2)
"""In how many of its four senses each passage on an event differs from the event."""

ASKED = 2
"""How many of these passages, the first ones, are said in other words, for a query each."""

GRADES = {4: 2, 3: 1}
"""How relevant a passage is that shares so many senses with a query; others are not."""

Event = tuple[Sense, ...]
"""Who does what to what, and where."""


class RewordedSentences(MadeTexts):
    """320 queries, each a sentence, and 800 passages, one of which says the same in other words.

    That one has grade 2. Those that differ in one of four senses (who does what to what, and where) have
    grade 1; there are others that differ in two. Wherever the grammar has another word for something, the
    query takes it, so that to find it takes more than comparing words.
    """

    name: ClassVar[str] = "reworded-sentences"
    targets: ClassVar[frozenset[str]] = frozenset({"relevance"})

    task: Any = Field("retrieval", description="the task, or a mapping of its name and settings")

    def info(self) -> bench.DatasetInfo:
        """Return sizes, and how many queries and passages there are."""
        return collection().info("CC0-1.0")

    def load(self, split: bench.Split) -> Sequence[bench.Example]:
        """Return pairs of train; otherwise the queries of a split, and all passages."""
        return collection().examples(split)

    def candidates(self, split: bench.Split) -> Sequence[bool] | None:
        """Tell which examples are passages that are searched."""
        return collection().candidates(split)

    def groups(self, split: bench.Split) -> Sequence[str] | None:
        """Return the query of each pair."""
        return collection().groups(split)

    def contents(self, split: bench.Split) -> Iterator[str]:
        """Give the text of each query, and of each passage."""
        return collection().contents(split)


@lru_cache(maxsize=1)
def collection() -> Collection:
    """Return all passages and queries."""
    random = Random(1)  # noqa: S311  # sentences, no secrets
    passages: dict[str, Event] = {}
    asked: dict[bench.Split, dict[str, Event]] = {split: {} for split in EVENTS}
    texts: dict[str, str] = {}
    for split, count in EVENTS.items():
        for _ in range(count):
            versions = _versions(set(passages.values()), random)
            for number, event in enumerate(versions):
                name = f"p{len(passages):03}"
                words = [random.choice(sense) for sense in event]
                passages[name], texts[name] = event, sentence(words, random)
                if number < ASKED:
                    query = f"q{name[1:]}"
                    asked[split][query] = event
                    texts[query] = sentence(_other_words(event, words, random), random)
    return Collection(
        {name: texts[name] for name in passages},
        {query: texts[query] for own in asked.values() for query in own},
        {
            split: {query: _grades(event, passages) for query, event in own.items()}
            for split, own in asked.items()
        },
    )


def _versions(taken: AbstractSet[Event], random: Random) -> Sequence[Event]:
    """Return an event and what differs from it in a sense or two, none of them `taken`."""
    while True:
        event = tuple(random.choice(random.choice(slot.senses)) for slot in SLOTS)
        versions = [_changed(event, count, random) for count in CHANGES]
        if len(set(versions)) == len(versions) and not taken & set(versions):
            return versions


def _changed(event: Event, count: int, random: Random) -> Event:
    """Return an event with so many of its senses changed for related ones."""
    senses = list(event)
    for place in random.sample(range(len(SLOTS)), count):
        group = next(group for group in SLOTS[place].senses if event[place] in group)
        senses[place] = random.choice([sense for sense in group if sense != event[place]])
    return tuple(senses)


def _other_words(event: Event, words: Sequence[str], random: Random) -> Sequence[str]:
    pairs = zip(event, words, strict=True)
    return [random.choice([other for other in sense if other != word] or [word]) for sense, word in pairs]


def _grades(event: Event, passages: Mapping[str, Event]) -> Mapping[str, int]:
    shared = {name: sum(map(lambda one, other: one == other, event, own)) for name, own in passages.items()}
    return {name: GRADES[count] for name, count in shared.items() if count in GRADES}


@bench.hookimpl
def bench_datasets() -> list[type[bench.Dataset]]:
    """Return the data set."""
    return [RewordedSentences]
