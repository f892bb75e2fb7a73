"""Answers that are spans of a context: read from data, and scored as SQuAD's official scripts do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from string import punctuation
from typing import Any

from ..errors import UnsuitableError
from .messages import one_line

SHOWN = 40
"""Characters of a text that messages quote."""

PUNCTUATION = str.maketrans("", "", punctuation)
ARTICLES = re.compile(r"\b(a|an|the)\b")


def read_answers(target: Any, context: str) -> list[tuple[int, str]]:
    """Return the character of the context that each answer begins at, and its text; none if there is none.

    `target` is a mapping of two lists, `text` and `answer_start`. Raises UnsuitableError for anything else,
    and for an answer that is empty or does not stand where it is said to.
    """
    texts, starts = answer_lists(target)
    for text, start in zip(texts, starts, strict=True):
        if not isinstance(text, str):
            raise UnsuitableError(f"answers hold {_shown(text)} where a text belongs")
        if isinstance(start, bool) or not isinstance(start, int) or start < 0:
            raise UnsuitableError(f"answer {_shown(text)} begins at {_shown(start)}, which is no position")
        if not text.strip():
            raise UnsuitableError(f"answers hold an empty text: {_shown(text)}")
        found = context[start : start + len(text)]
        if found != text:
            raise UnsuitableError(
                f"answer {_shown(text)} is not in the context at {start}; {_there(found, len(context))}"
            )
    return list(zip(starts, texts, strict=True))


def answer_lists(target: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the texts of answers and where they begin, unchecked. Raises UnsuitableError for others."""
    if not isinstance(target, Mapping) or not {"text", "answer_start"} <= target.keys():
        raise UnsuitableError(f"answers are {_shown(target)}, not an object with 'text' and 'answer_start'")
    texts, starts = target["text"], target["answer_start"]
    for name, values in (("text", texts), ("answer_start", starts)):
        if not isinstance(values, list | tuple):
            raise UnsuitableError(f"'{name}' of the answers is {_shown(values)} where a list belongs")
    if len(texts) != len(starts):
        raise UnsuitableError(f"{len(texts)} answers and {len(starts)} positions; each answer needs one")
    return texts, starts


def _there(found: str, length: int) -> str:
    return f"{_shown(found)} stands there" if found else f"it has {length} characters"


def _shown(value: Any) -> str:
    return one_line(repr(value), SHOWN)


def normalised(text: str) -> str:
    """Return a text in lower case without punctuation, articles and needless white space."""
    return " ".join(ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split())


def score(answer: str, truths: Sequence[str], *, unanswerable: bool) -> tuple[bool, float]:
    """Return whether an answer equals one of the right ones, and its highest F1 by words, from 0 to 1.

    With `unanswerable` the rules are those of SQuAD 2.0: the empty text is right where there is no answer,
    and right ones that are nothing but articles and punctuation do not count. Otherwise they are those of
    1.1, and there is at least one right answer.
    """
    given = normalised(answer)
    right = [normalised(truth) for truth in truths]
    if unanswerable:
        right = list(filter(None, right)) or [""]
    exact = given in right
    if unanswerable and not given:
        return exact, float(exact)
    return exact, max(_f1(given.split(), truth.split()) for truth in right)


def _f1(given: Sequence[str], truth: Sequence[str]) -> float:
    shared = (Counter(given) & Counter(truth)).total()
    if not shared:
        return 0.0
    precision, recall = shared / len(given), shared / len(truth)
    return 2 * precision * recall / (precision + recall)
