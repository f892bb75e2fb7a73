"""Whether what is asked of a row goes with its inputs, by the kind of target, where that can be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.toolkit.choices import check_choices, right_choice

from .words import look_at_words


def _words(inputs: Sequence[Any], tags: Any) -> None:
    look_at_words(inputs[0], tags)


def _choices(question: Sequence[Any], answer: Any) -> None:
    check_choices(question)
    right_choice(question[1], answer)


TOGETHER: Mapping[str, Callable[[Sequence[Any], Any], None]] = {"tags": _words, "choice": _choices}
"""Raise ValueError, which says what the columns hold, for a row in which the two do not go together."""
