"""The data set `similar-sentences`: pairs of sentences, and how much of what one says the other says too.

All of it is made here, by a grammar of a few words; so it needs no download, and belongs to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any, ClassVar

from pydantic import Field

import bench

from .made_texts import MadeTexts

SIZES: Mapping[bench.Split, int] = {"train": 400, "val": 150, "test": 150}

Sense = tuple[str, ...]
"""The words for something."""

Senses = Sequence[Sequence[Sense]]
"""Groups of related senses."""

WHO: Senses = (
    (("a doctor", "a physician"), ("a nurse",), ("a surgeon",)),
    (("a boy", "a young lad"), ("a girl",), ("a child", "a kid")),
    (("a dog", "a hound"), ("a cat",), ("a rabbit", "a bunny")),
    (("a pilot", "an aviator"), ("a sailor", "a seaman"), ("a bus driver",)),
    (("a painter",), ("a violinist", "a fiddler"), ("a poet",)),
)
DOES: Senses = (
    (("watches", "looks at"), ("examines", "inspects"), ("ignores",)),
    (("carries",), ("drags", "pulls"), ("pushes",)),
    (("buys", "purchases"), ("sells",), ("borrows",)),
    (("destroys", "wrecks"), ("repairs", "fixes"), ("builds", "constructs")),
)
WHAT: Senses = (
    (("a car", "an automobile"), ("a truck", "a lorry"), ("a bicycle", "a bike")),
    (("an apple",), ("a loaf of bread",), ("a piece of cake",)),
    (("a chair",), ("a couch", "a sofa"), ("a table",)),
    (("a letter",), ("a book",), ("a newspaper",)),
    (("a telephone", "a phone"), ("a computer",), ("a radio",)),
)
WHERE: Senses = (
    (("in the woods", "in the forest"), ("by the river",), ("on a mountain",)),
    (("in the kitchen",), ("in the cellar", "in the basement"), ("in the garden",)),
    (("at school",), ("in the library",), ("at the hospital", "at the clinic")),
    (("at the harbour", "at the port"), ("at the airport",), ("at the station",)),
)


@dataclass(frozen=True)
class Slot:
    """A place in a sentence: what may stand there, and how much of the score it decides."""

    senses: Senses
    weight: float


SLOTS = (Slot(WHO, 1.5), Slot(DOES, 1.25), Slot(WHAT, 1.5), Slot(WHERE, 0.75))
SAME, RELATED, OTHER = 1.0, 0.4, 0.0
"""How much the sense, a related one, and any other one have in common."""


class SimilarSentences(MadeTexts):
    """700 pairs of sentences of a small grammar, with a score from 0 (nothing in common) to 5 (the same).

    A sentence says who does what to what, and where. The score is the sum over these four of their weight
    times 1 for the same sense, in the same or in other words, 0.4 for a related one, and 0 for another one.
    No sentence is in two splits.
    """

    name: ClassVar[str] = "similar-sentences"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {},
        {"task": {"name": "text-regression", "pairs": "bi"}},
    )
    targets: ClassVar[frozenset[str]] = frozenset({"number"})
    columns: ClassVar[Sequence[str]] = ("sentence1", "sentence2")

    task: Any = Field("text-regression", description="the task, or a mapping of its name and settings")

    def load(self, split: bench.Split) -> Sequence[bench.Example]:
        """Return pairs of texts with their scores."""
        return pairs()[split]


@lru_cache(maxsize=1)
def pairs() -> Mapping[bench.Split, Sequence[bench.Example]]:
    """Return the pairs of each split."""
    random = Random(1)  # noqa: S311  # sentences, no secrets
    owner: dict[str, str] = {}
    found: dict[bench.Split, list[bench.Example]] = {split: [] for split in SIZES}
    for split, size in SIZES.items():
        while len(found[split]) < size:
            example = _pair(random)
            if all(owner.setdefault(text, split) == split for text in example.input):
                found[split].append(example)
    return found


def _pair(random: Random) -> bench.Example:
    """Return two sentences, which are more or less alike, and their score."""
    likeness = random.random()
    first, second, score = [], [], 0.0
    for slot in SLOTS:
        one, other, shared = _senses(slot.senses, likeness, random)
        first.append(random.choice(one))
        second.append(random.choice(other))
        score += slot.weight * shared
    return bench.Example((sentence(first, random), sentence(second, random)), round(score, 2))


def _senses(senses: Senses, likeness: float, random: Random) -> tuple[Sense, Sense, float]:
    """Return two senses, and what they have in common."""
    group = random.choice(senses)
    sense = random.choice(group)
    if random.random() < likeness:
        return sense, sense, SAME
    if random.random() < 0.5:
        return sense, random.choice([other for other in group if other is not sense]), RELATED
    strange = random.choice([other for other in senses if other is not group])
    return sense, random.choice(strange), OTHER


def sentence(words: Sequence[str], random: Random) -> str:
    """Return a sentence; now and then the place comes first."""
    who, does, what, where = words
    text = f"{where}, {who} {does} {what}" if random.random() < 0.3 else f"{who} {does} {what} {where}"
    return f"{text[0].upper()}{text[1:]}."


@bench.hookimpl
def bench_datasets() -> list[type[bench.Dataset]]:
    """Return the data set."""
    return [SimilarSentences]
