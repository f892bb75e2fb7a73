"""Examples, and what is known of a data set: what data sets give and tasks take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Split = Literal["train", "val", "test"]
"""The names of splits: `val` is for choices, `test` only for reports."""

SPLITS: tuple[Split, ...] = ("train", "val", "test")
"""All splits, in this order."""


@dataclass(frozen=True)
class Box:
    """An object in an image: its class, and its edges in pixels from the image's upper left corner.

    A `crowd` is many objects of a class that are not told apart: finding it, or not, counts for nothing.
    `area` is that of the object itself in pixels, where it is known to be smaller than the box.
    """

    label: int
    left: float
    top: float
    right: float
    bottom: float
    crowd: bool = False
    area: float | None = None


@dataclass(frozen=True)
class Example:
    """One raw example: what a processor reads, and what is asked.

    An input is a PIL image, a sound (`bench.toolkit.sounds.Sound`), a text, a text in words (a list), a pair
    of texts (a tuple), or what else a task reads. What the target is depends on its kind, `Task.target`:

    | kind | target |
    | --- | --- |
    | `class` | the index of the class in `DatasetInfo.classes` |
    | `classes` | the indices of any number of classes, a tuple in ascending order |
    | `tags` | a tuple with the index of a class for each word of the input |
    | `number` | a finite number |
    | `text` | a text |
    | `texts` | a tuple of texts, at least one: the answers that are right |
    | `choice` | the right one of the texts in the second part of the input: its index, or the text |
    | `mask` | the class of each pixel: a PIL image of mode `L`, as large as the input; 255 is none |
    | `image` | a PIL image that the input is to become; the input itself where tasks make less of it |
    | `boxes` | a tuple of `Box`, the objects in the image: within it, and each has an area |

    Tasks may use further kinds, which a data set hands over as it holds them. The target is None for a new
    input, of which nothing is known.
    """

    input: Any
    target: Any


@dataclass(frozen=True)
class NewInput:
    """An input that belongs to no data set: `where` it is from, for people, and what reads it.

    `read` returns what a processor reads, and raises DataError where it cannot be read.
    """

    where: str
    read: Callable[[], Any]


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set: class names in order, examples by split, licence.

    A split that the data set does not have is not among `sizes`. `notes` say what is odd about the data, a
    sentence each; they join the notes of each record.
    """

    sizes: Mapping[Split, int]
    classes: tuple[str, ...] = ()
    licence: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
