"""Kinds of targets (`bench.Example`): how a value is read as one, and which values are none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from bench import UnsuitableError
from bench.toolkit.answers import answer_lists
from bench.toolkit.messages import one_line

from .labels import NUMBER, is_missing, spell


def read_value(kind: str, value: Any) -> Any:
    """Return a value as a target of a kind; one that is made of classes by their names; others as they are.

    Raises ValueError, which says what it is instead, for a value that is none.
    """
    return READERS[kind](value) if kind in READERS else value


def are_captions(kind: str | None, *, images: bool) -> bool:
    """Tell whether targets are captions of images, so that all rows of an image are one example."""
    return images and kind == "texts"


def _number(value: Any) -> float:
    written = isinstance(value, str) and NUMBER.fullmatch(value.strip())
    if written:
        value = float(value.strip().replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{_shown(value)}, which is no number")
    if is_missing(value) or not math.isfinite(value):
        raise ValueError(f"{value}, which is no finite number")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} where a text belongs")
    if not value.strip():
        raise ValueError("an empty text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else value
    if not isinstance(texts, list | tuple):
        raise ValueError(f"{_shown(value)} where a list of texts belongs")
    if not texts:
        raise ValueError("an empty list of texts")
    return tuple(map(_text, texts))


def _names(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError(f"{_shown(value)} where a list of classes belongs")
    for item in value:
        if is_missing(item) or not isinstance(item, str | int | float) or not spell(item).strip():
            raise ValueError(f"{_shown(item)} in a list of classes")
    return [spell(item) for item in value]


def _spans(value: Any) -> Any:
    try:
        answer_lists(value)
    except UnsuitableError as error:
        raise ValueError(f"what cannot be answers: {error}") from error
    return value


def _shown(value: Any) -> str:
    return one_line(repr(value), 60)


SEVERAL = frozenset({"classes", "tags"})
"""Kinds that are lists of classes."""

READERS: Mapping[str, Callable[[Any], Any]] = {
    "number": _number,
    "text": _text,
    "texts": _texts,
    "classes": _names,
    "tags": _names,
    "spans": _spans,
}
