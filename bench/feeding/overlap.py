"""How many examples of val and test are in train too, or of test in val: by content, to the last one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

from ..api import Dataset, Example, Split

SEEN_BEFORE: dict[Split, tuple[Split, ...]] = {"val": ("train",), "test": ("train", "val")}
"""The splits that a model has learned from, or was chosen by, before it is tried on one that is held out."""

FEW = 100_000
"""So many examples are read, once, to be compared where a data set does not say what they are made of."""

Numbers = Callable[[Split], Sequence[int] | None]
"""Gives a number for each example of a data set's own split, equal for equal inputs; None if not known."""


def content_numbers(dataset: Dataset, split: Split, *, read: bool = True) -> list[int] | None:
    """Return a number of 64 bits for each example of a split, equal for equal inputs.

    None where these cannot be told apart, or only from the examples themselves and these are many, or not to
    be `read`.
    """
    given = dataset.contents(split)
    if given is not None:
        return [_number(content) for content in given]
    return _of_examples(dataset.load(split)) if read else None


def overlaps(numbers: Numbers) -> Iterator[str]:
    """Give a note for each pair of splits that share examples: how many of the latter are in the former."""
    held_out = {split: own for split in SEEN_BEFORE if (own := numbers(split)) is not None}
    others = {"train": numbers("train") if held_out else None, "val": held_out.get("val")}
    for split, own in held_out.items():
        for other in SEEN_BEFORE[split]:
            seen = set(others[other] or ())
            shared = sum(number in seen for number in own)
            if shared:
                yield f"{split}: {shared:,} of {len(own):,} examples are also in {other}"


def planned_overlaps(dataset: Dataset) -> Iterator[str]:
    """Give the same of all examples, if the data set has what it takes at hand.

    Raises BenchError where the data turn out to be faulty.
    """
    if dataset.at_hand():
        yield from overlaps(lambda split: _counted(dataset, split))


def _counted(dataset: Dataset, split: Split) -> list[int] | None:
    """Return the numbers of the examples of a split that are no candidates; None if it does not say."""
    numbers, marks = content_numbers(dataset, split, read=False), dataset.candidates(split)
    if numbers is None or marks is None:
        return numbers
    return [number for number, mark in zip(numbers, marks, strict=True) if not mark]


def _of_examples(examples: Sequence[Example]) -> list[int] | None:
    if len(examples) > FEW:
        return None
    numbers = []
    for position in range(len(examples)):
        content = _bytes(examples[position].input)
        if content is None:
            return None
        numbers.append(_number(content))
    return numbers


def _number(content: str | bytes) -> int:
    content = content.encode(errors="surrogatepass") if isinstance(content, str) else content
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little", signed=True)


def _bytes(value: Any) -> bytes | None:
    """Return a text, texts, an image or an array as bytes; None for what is neither."""
    if isinstance(value, str):
        return value.encode(errors="surrogatepass")
    if isinstance(value, tuple | list) and all(isinstance(part, str) for part in value):
        return repr(value).encode()
    import numpy as np

    array = np.asarray(value)
    if array.dtype.hasobject:
        return None
    return f"{array.dtype} {array.shape} ".encode() + array.tobytes()
