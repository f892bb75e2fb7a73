"""Data sets that are made here: the same each time, and no text on two sides."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

import bench
from bench_text.everyday import Everyday
from bench_text.made_texts import MadeTexts
from bench_text.mixed_messages import CLASSES, MixedMessages
from bench_text.phrases import Phrases
from bench_text.postcards import Postcards
from bench_text.reworded_sentences import RewordedSentences
from bench_text.similar_sentences import SLOTS, SimilarSentences
from bench_text.town_questions import TownQuestions

MADE = (Everyday, MixedMessages, Phrases, Postcards, RewordedSentences, SimilarSentences, TownQuestions)


class OneText(MadeTexts):
    """A single example."""

    name: ClassVar[str] = "one-text"
    task: ClassVar[str] = "plain-text"
    text: str | tuple[str, ...]
    label: int = 0

    def load(self, split: bench.Split) -> Sequence[bench.Example]:
        """Return the example as the only one of each split."""
        return [bench.Example(self.text, self.label)]


def test_scores_go_from_nothing_in_common_to_the_same() -> None:
    scores = [example.target for split in bench.SPLITS for example in SimilarSentences().load(split)]
    assert (min(scores), max(scores)) == (0, sum(slot.weight for slot in SLOTS)) == (0, 5)
    assert len(set(scores)) > 20


def test_no_sentence_is_in_two_splits() -> None:
    sentences = [
        {text for example in SimilarSentences().load(split) for text in example.input}
        for split in bench.SPLITS
    ]
    assert sum(map(len, sentences)) == len(set.union(*sentences))


def test_no_message_is_there_twice() -> None:
    messages = [example.input for split in bench.SPLITS for example in MixedMessages().load(split)]
    assert len(messages) == len(set(messages))


def test_messages_are_about_none_to_three_topics() -> None:
    topics = [example.target for example in MixedMessages().load("train")]
    assert {len(each) for each in topics} == {0, 1, 2, 3}
    assert {topic for each in topics for topic in each} == set(range(len(CLASSES)))


def test_made_texts_are_the_same_in_another_process() -> None:
    imports = "; ".join(f"from {made.__module__} import {made.__name__}" for made in MADE)
    code = (
        f"{imports}; print(*[made().fingerprint() for made in ({', '.join(made.__name__ for made in MADE)})])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    elsewhere = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert elsewhere.stdout.split() == [made().fingerprint() for made in MADE]


def test_another_text_or_target_is_told_by_the_fingerprint() -> None:
    prints = {OneText(text=text, label=label).fingerprint() for text in "ab" for label in range(2)}
    assert len(prints) == 4


def test_texts_of_an_input_are_told_apart_by_tabs() -> None:
    assert [*OneText(text="a").contents("train")] == ["a"]
    assert [*OneText(text=("a", "b")).contents("train")] == ["a\tb"]


def test_where_no_columns_are_named_no_new_inputs_are_read(tmp_path: Path) -> None:
    with pytest.raises(bench.UnsuitableError, match="reads no new files"):
        next(Everyday().new_inputs(tmp_path / "new.csv"))
    with pytest.raises(bench.UnsuitableError, match="from lines"):
        Everyday().new_input("a line")
