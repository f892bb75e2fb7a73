"""Passages, queries and their relevance become examples."""

from __future__ import annotations

from bench import Example
from bench.toolkit.collection import Collection

COLLECTION = Collection(
    {"a": "A cat.", "b": "A dog.", "c": "A fish."},
    {"1": "cat?", "2": "dog?", "3": "bird?"},
    {
        "train": {"1": {"a": 1, "b": 0, "c": 2}, "3": {"a": 0}},
        "test": {"2": {"b": 2}, "3": {"a": -1, "b": 0}},
    },
)


def test_train_is_of_pairs_with_all_that_is_known_of_a_query() -> None:
    relevant = {"a": 1, "b": 0, "c": 2}
    assert COLLECTION.examples("train") == [
        Example(("cat?", "A cat."), {"query": "1", "passage": "a", "relevant": relevant}),
        Example(("cat?", "A fish."), {"query": "1", "passage": "c", "relevant": relevant}),
    ]
    assert COLLECTION.candidates("train") is None
    assert COLLECTION.groups("train") == ["1", "1"]
    assert list(COLLECTION.contents("train")) == ["cat?", "cat?"]


def test_other_splits_are_queries_and_all_passages() -> None:
    found = COLLECTION.examples("test")
    assert [example.input for example in found] == ["dog?", "A cat.", "A dog.", "A fish."]
    assert found[0].target == {"query": "2", "passage": "", "relevant": {"b": 2}}
    assert found[1].target == {"query": "", "passage": "a", "relevant": {}}
    assert COLLECTION.candidates("test") == [False, True, True, True]
    assert COLLECTION.groups("test") is None
    assert list(COLLECTION.contents("test")) == ["dog?", "A cat.", "A dog.", "A fish."]


def test_queries_without_a_relevant_passage_are_counted_in_a_note() -> None:
    info = COLLECTION.info("CC0-1.0")
    assert info.sizes == {"train": 2, "test": 4}
    assert info.extra == {"passages": 3, "train": {"queries": 1}, "test": {"queries": 1}}
    assert info.notes == tuple(
        f"{split}: 1 of 2 queries have no relevant passage, so there is nothing to find, and are left out"
        for split in ("train", "test")
    )
