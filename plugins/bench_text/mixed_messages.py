"""The data set `mixed-messages`: short messages about several things at once.

All of it is made here, of a few sentences with gaps; so it needs no download, and belongs to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import Any, ClassVar

from pydantic import Field

import bench

from .made_texts import MadeTexts

SIZES: Mapping[bench.Split, int] = {"train": 400, "val": 150, "test": 150}
MOST = 3
"""Topics of a message; there may be none."""

DAYS = ("today", "tomorrow", "on Sunday", "this week", "at the weekend")
SENTENCES: Mapping[str, Sequence[tuple[str, Sequence[str]]]] = {
    "weather": (
        ("They say there will be {} {}.", ("rain", "snow", "thunder", "fog", "hail", "a heat wave")),
        ("I got {} on the way {}.", ("soaked to the skin", "sunburnt", "caught in a storm")),
        ("The sky should be {} {}.", ("clear", "grey", "full of clouds")),
    ),
    "food": (
        ("I am cooking {} {}.", ("soup", "noodles", "a roast", "dumplings", "lentils", "curry")),
        ("Could you bring {} {}?", ("some cheese", "a cake", "fresh bread", "olives")),
        ("We tried the new {} {}.", ("bakery", "pizzeria", "snack bar")),
    ),
    "travel": (
        ("My {} leaves early {}.", ("train", "flight", "ferry", "coach")),
        ("We are going to {} {}.", ("Lisbon", "the coast", "Norway", "the Alps", "Kyoto")),
        ("I must pack my {} {}.", ("suitcase", "rucksack", "tent and maps")),
    ),
    "music": (
        ("I have to practise the {} {}.", ("cello", "piano", "trumpet", "drums", "flute")),
        ("The {} sings in the hall {}.", ("choir", "tenor", "band", "soprano")),
        ("Her new {} comes out {}.", ("album", "symphony", "single", "ballad")),
    ),
    "sport": (
        ("The {} is {}.", ("marathon", "football match", "regatta", "tennis final", "swimming race")),
        ("Our team {} {}.", ("lost by two goals", "plays away", "trains outside")),
        ("I want to go {} {}.", ("running", "climbing", "rowing", "cycling")),
    ),
    "money": (
        ("The {} is due {}.", ("rent", "tax return", "loan payment", "insurance premium")),
        ("The bank {} {}.", ("raised its fees", "is closed", "called about my account")),
        ("My {} comes {}.", ("salary", "refund", "bonus", "pension")),
    ),
}
SMALL_TALK = (
    "Hello there.",
    "How are you?",
    "Sorry that I am late with this.",
    "Talk to you soon.",
    "Thanks!",
)
CLASSES = tuple(sorted(SENTENCES))


class MixedMessages(MadeTexts):
    """700 short messages, each about none to three of six topics, with some small talk in between.

    No message is there twice.
    """

    name: ClassVar[str] = "mixed-messages"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    targets: ClassVar[frozenset[str]] = frozenset({"classes"})
    classes: ClassVar[tuple[str, ...]] = CLASSES

    task: Any = Field("text-multi-label", description="the task, or a mapping of its name and settings")

    def load(self, split: bench.Split) -> Sequence[bench.Example]:
        """Return messages, and the topics of each."""
        return messages()[split]


@lru_cache(maxsize=1)
def messages() -> Mapping[bench.Split, Sequence[bench.Example]]:
    """Return the messages of each split."""
    random, known = Random(1), set[str]()  # noqa: S311  # messages, no secrets
    found: dict[bench.Split, list[bench.Example]] = {split: [] for split in SIZES}
    for split, size in SIZES.items():
        while len(found[split]) < size:
            example = _message(random)
            if example.input not in known:
                known.add(example.input)
                found[split].append(example)
    return found


def _message(random: Random) -> bench.Example:
    topics = sorted(random.sample(range(len(CLASSES)), random.randint(0, MOST)))
    sentences = [_sentence(CLASSES[topic], random) for topic in topics]
    sentences += random.sample(SMALL_TALK, random.randint(0 if topics else 1, 2))
    random.shuffle(sentences)
    return bench.Example(" ".join(sentences), tuple(topics))


def _sentence(topic: str, random: Random) -> str:
    pattern, words = random.choice(SENTENCES[topic])
    return pattern.format(random.choice(words), random.choice(DAYS))


@bench.hookimpl
def bench_datasets() -> list[type[bench.Dataset]]:
    """Return the data set."""
    return [MixedMessages]
