"""Entities are counted as seqeval counts them, in both its modes, for tags of every scheme."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support
from seqeval.scheme import IOB1, IOB2, IOBES

import bench
from bench.toolkit.entities import Entities, tags_of
from bench.toolkit.token_classification import ByEntityType, ByTag, TaggingMetrics

LETTERS = {"iob2": "BI", "bioes": "BIES", "io": "I"}
STRICT = {"iob2": IOB2, "bioes": IOBES, "io": IOB1}
"""seqeval has no IO; without `B`, its IOB1 is that."""

Sentences = list[list[str]]


def names_of(scheme: str) -> list[str]:
    return ["O", *(f"{letter}-{kind}" for letter in LETTERS[scheme] for kind in ("a", "b-c"))]


def pairs(names: Sequence[str]) -> st.SearchStrategy[list[tuple[list[str], list[str]]]]:
    tag = st.sampled_from(names)
    sentence = st.lists(st.tuples(tag, tag), min_size=1, max_size=9)
    return st.lists(sentence, min_size=1, max_size=5).map(
        lambda rows: [([one for one, _ in row], [two for _, two in row]) for row in rows]
    )


def statistics(metrics: TaggingMetrics, truth: Sentences, found: Sentences) -> dict[str, Any]:
    """What the metrics keep where the likeliest tag of each word is the one found."""
    names, longest = metrics.tags.names, max(map(len, truth))
    tags, first = (torch.full((len(truth), longest), -1) for _ in range(2))
    logits = torch.zeros(len(truth), longest, len(names))
    for row, (true, given_) in enumerate(zip(truth, found, strict=True)):
        for at in range(len(true)):
            tags[row, at], first[row, at] = names.index(true[at]), at
            logits[row, at, names.index(given_[at])] = 1
    kept = metrics.statistics({"logits": logits}, {"tags": tags, "first": first})
    return {n: np.array(v, object) if isinstance(v, list) else v.numpy() for n, v in kept.items()}


def judged(truth: Sentences, found: Sentences, **mode: Any) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "f1": float(f1_score(truth, found, **mode)),
            "precision": float(precision_score(truth, found, **mode)),
            "recall": float(recall_score(truth, found, **mode)),
        }


@pytest.mark.parametrize("scheme", LETTERS)
@given(data=st.data())
def test_figures_are_seqeval_s_to_the_last_digit(scheme: str, data: st.DataObject) -> None:
    names = names_of(scheme)
    truth, found = (list(part) for part in zip(*data.draw(pairs(names)), strict=True))
    metrics = TaggingMetrics(tags_of(names))
    assert metrics.tags.scheme == scheme
    figures = metrics.compute(statistics(metrics, truth, found))
    strict = judged(truth, found, mode="strict", scheme=STRICT[scheme])
    assert figures == {
        **judged(truth, found),
        "f1_strict": strict["f1"],
        "accuracy": accuracy_score(truth, found),
    }


@pytest.mark.parametrize("scheme", LETTERS)
@given(data=st.data())
def test_figures_by_type_are_seqeval_s(scheme: str, data: st.DataObject) -> None:
    names = names_of(scheme)
    truth, found = (list(part) for part in zip(*data.draw(pairs(names)), strict=True))
    metrics = TaggingMetrics(tags_of(names))
    parts = ByEntityType(metrics.tags.types)
    figures = parts.compute(statistics(metrics, truth, found))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = precision_recall_fscore_support(truth, found)
    occurring = ~np.isnan(figures["f1"])
    for name, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert figures[name][occurring].tolist() == list(values)
    assert (figures["support"][~occurring] == 0).all()


@given(pairs(["B", "I", "O"]))
def test_tags_without_types(sentences: list[tuple[list[str], list[str]]]) -> None:
    truth, found = (list(part) for part in zip(*sentences, strict=True))
    metrics = TaggingMetrics(tags_of(["O", "B", "I"]))
    figures = metrics.compute(statistics(metrics, truth, found))
    assert {name: figures[name] for name in ("f1", "precision", "recall")} == judged(truth, found)


@given(pairs(["NOUN", "VERB", "X"]))
def test_tags_that_mark_no_entities_are_compared_word_by_word(
    sentences: list[tuple[list[str], list[str]]],
) -> None:
    truth, found = (list(part) for part in zip(*sentences, strict=True))
    metrics = TaggingMetrics(tags_of(["NOUN", "VERB", "X"]))
    figures = metrics.compute(statistics(metrics, truth, found))
    assert figures.keys() == {"f1", "precision", "recall", "accuracy"}
    assert figures["accuracy"] == accuracy_score(truth, found)
    assert figures["f1"] == pytest.approx(figures["accuracy"], abs=1e-15)
    assert ByTag(metrics.tags.types).axis == "tag"


def test_words_without_a_token_are_outside_or_wrong() -> None:
    tags, first = torch.tensor([[1, 2, 0, 1], [0, 0, -1, -1]]), torch.tensor([[1, 2, 3, -1], [1, -1, -1, -1]])
    logits = torch.nn.functional.one_hot(torch.tensor([[0, 1, 2, 0], [0, 0, 0, 0]]), 3)
    entities = TaggingMetrics(tags_of(["O", "B-x", "I-x"]))
    kept = entities.statistics({"logits": logits}, {"tags": tags, "first": first})
    assert kept["tags"] == ["B-x I-x O O", "O O"]
    assert kept["right"].tolist() == [3, 2]
    assert (kept["actual"].tolist(), kept["found"].tolist()) == ([[2], [0]], [[1], [0]])
    parts = TaggingMetrics(tags_of(["ADV", "NOUN", "VERB"]))
    kept = parts.statistics({"logits": logits}, {"tags": tags, "first": first})
    assert kept["tags"] == ["NOUN VERB ADV -", "ADV -"]
    assert kept["right"].tolist() == [3, 1]
    assert kept["found"].sum(dim=1).tolist() == [3, 1]


def test_what_only_the_strict_way_tells_apart() -> None:
    tags = tags_of(["O", "B-x", "I-x"])
    orphan = np.array([[0, 2, 2, 0]])
    assert Entities.of(tags, orphan).counts(1).tolist() == [[1]]
    assert Entities.of(tags, orphan, strict=True).counts(1).tolist() == [[0]]


@pytest.mark.parametrize(
    ("names", "scheme"),
    [
        (["O", "B-x"], "iob2"),
        (["I-x", "O"], "io"),
        (["S-x", "O"], "bioes"),
        (["B-x", "I-x", "E-x"], "bioes"),
        (["DET", "NOUN", "O"], "none"),
        (["B", "I"], "none"),
        (["-LRB-", "B-x"], "none"),
    ],
)
def test_schemes_are_known_by_the_names_of_tags(names: list[str], scheme: str) -> None:
    assert tags_of(names).scheme == scheme


@pytest.mark.parametrize(
    ("names", "scheme", "fault"),
    [
        (["O", "B-x", "L-x", "U-x"], None, "tags begin with B, L, U, which is none of the schemes"),
        (["O", "B-x", "S-x"], "iob2", "'S-x' is no tag of scheme iob2"),
        (["NOUN"], "io", "'NOUN' is no tag of scheme io"),
        (["O"], None, "no word of train is in an entity"),
    ],
)
def test_tags_of_no_scheme(names: list[str], scheme: Any, fault: str) -> None:
    with pytest.raises(bench.UnsuitableError, match=fault):
        tags_of(names, scheme)
