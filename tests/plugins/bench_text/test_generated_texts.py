"""Data sets that are made here: the same each time, and no text on two sides."""

from __future__ import annotations

import bench
from bench_text.mixed_messages import CLASSES, MixedMessages
from bench_text.similar_sentences import SLOTS, SimilarSentences


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
