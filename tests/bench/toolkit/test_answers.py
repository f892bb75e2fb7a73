"""Answers are scored as SQuAD's official scripts do; those that cannot be right are refused."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
import torchmetrics.text
from hypothesis import given
from hypothesis import strategies as st

import bench
from bench.toolkit.answers import read_answers, score

TEXTS = st.lists(
    st.sampled_from(
        ["the", "a", "An", "Cat", "cat", "cats", "sat", "1,000", "U.S.", "-", "'", "naïve", "\t", "東京"]
    ),
    max_size=6,
).map(" ".join) | st.text(max_size=12)


WORDS = TEXTS.map(lambda text: f"{text} cat")
"""Where nothing but articles is left, torchmetrics mixes the rules of both versions."""


def official(prediction: str, truths: Sequence[str], version: int) -> tuple[int, float]:
    """SQuAD's evaluate-v1.1.py and evaluate-v2.0.py, by their steps."""

    def normalize(s: str) -> str:
        lowered = "".join(ch for ch in s.lower() if ch not in set(string.punctuation))
        return " ".join(re.sub(re.compile(r"\b(a|an|the)\b", re.UNICODE), " ", lowered).split())

    def f1(a_gold: str, a_pred: str) -> float:
        gold, pred = (normalize(text).split() if text else [] for text in (a_gold, a_pred))
        same = sum((Counter(gold) & Counter(pred)).values())
        if version == 2 and (len(gold) == 0 or len(pred) == 0):
            return int(gold == pred)
        if same == 0:
            return 0
        precision, recall = 1.0 * same / len(pred), 1.0 * same / len(gold)
        return (2 * precision * recall) / (precision + recall)

    gold_answers = list(truths) if version == 1 else [truth for truth in truths if normalize(truth)] or [""]
    return (
        max(int(normalize(truth) == normalize(prediction)) for truth in gold_answers),
        max(f1(truth, prediction) for truth in gold_answers),
    )


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_as_the_official_script_of_2_0(prediction: str, truths: list[str]) -> None:
    exact, f1 = score(prediction, truths, unanswerable=True)
    assert (exact, pytest.approx(f1)) == official(prediction, truths, 2)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_as_the_official_script_of_1_1(prediction: str, truths: list[str]) -> None:
    exact, f1 = score(prediction, truths, unanswerable=False)
    assert (exact, pytest.approx(f1)) == official(prediction, truths, 1)


@given(st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3)), min_size=1, max_size=4))
def test_as_torchmetrics_has_it(cases: list[tuple[str, list[str]]]) -> None:
    metric = torchmetrics.text.SQuAD()
    for number, (prediction, truths) in enumerate(cases):
        answers = {"text": truths, "answer_start": [0] * len(truths)}
        metric.update(
            {"prediction_text": prediction, "id": str(number)}, {"answers": answers, "id": str(number)}
        )
    scores = [score(prediction, truths, unanswerable=False) for prediction, truths in cases]
    found = metric.compute()
    assert 100 * sum(exact for exact, _ in scores) / len(cases) == pytest.approx(float(found["exact_match"]))
    assert 100 * sum(f1 for _, f1 in scores) / len(cases) == pytest.approx(float(found["f1"]), abs=1e-4)


def test_answers_are_read() -> None:
    target = {"text": ["cat", "mat"], "answer_start": [4, 15]}
    assert read_answers(target, "the cat on the mat") == [(4, "cat"), (15, "mat")]
    assert read_answers({"text": [], "answer_start": []}, "the cat") == []


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("cat", "answers are 'cat', not an object with 'text' and 'answer_start'"),
        ({"text": ["cat"]}, "not an object with 'text' and 'answer_start'"),
        ({"text": "cat", "answer_start": 4}, "'text' of the answers is 'cat' where a list belongs"),
        ({"text": ["cat"], "answer_start": [4, 5]}, "1 answers and 2 positions; each answer needs one"),
        ({"text": [["cat"]], "answer_start": [4]}, r"answers hold \['cat'\] where a text belongs"),
        ({"text": ["cat"], "answer_start": ["4"]}, "answer 'cat' begins at '4', which is no position"),
        ({"text": ["cat"], "answer_start": [-3]}, "answer 'cat' begins at -3, which is no position"),
        ({"text": [" "], "answer_start": [3]}, "answers hold an empty text"),
        (
            {"text": ["cat"], "answer_start": [0]},
            "answer 'cat' is not in the context at 0; 'the' stands there",
        ),
        (
            {"text": ["cat"], "answer_start": [70]},
            "answer 'cat' is not in the context at 70; it has 7 characters",
        ),
    ],
)
def test_what_cannot_be_an_answer(target: Any, fault: str) -> None:
    with pytest.raises(bench.UnsuitableError, match=fault):
        read_answers(target, "the cat")
