"""Data sets: examples with named splits, and the task they are for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import UnsuitableError
from .plugin import Plugin

Split = Literal["train", "val", "test"]
"""The names of splits: `val` is for choices, `test` only for reports."""

SPLITS: tuple[Split, ...] = ("train", "val", "test")
"""All splits, in this order."""


@dataclass(frozen=True)
class Example:
    """One raw example: what a processor reads (a PIL image, a text, a pair of texts) and what is asked.

    For classification the target is the index of the class in `DatasetInfo.classes`. It is None for a new
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


class Dataset(Plugin):
    """Where examples come from.

    `task` names the task plugin it is for, or is a mapping with `name` and that task's settings. A class
    sets it once (`task: ClassVar[str] = "image-classification"`) or makes it a field.
    """

    if TYPE_CHECKING:

        @property
        def task(self) -> Any:
            """For type checkers, which let a class variable or a field stand in for a property."""

    else:
        task: Any

    def check(self) -> None:
        """Raise DataError for what can be seen at a glance: a missing file, a missing column.

        Called when planning, so it must be quick and must not load examples.
        """

    @abstractmethod
    def fingerprint(self) -> str:
        """Return a digest of the content that `load` would give; quick, and without torch."""

    @abstractmethod
    def info(self) -> DatasetInfo:
        """Return what is known; may read the data."""

    @abstractmethod
    def load(self, split: Split) -> Sequence[Example]:
        """Return the examples of a split that `info().sizes` lists, in an order that never changes.

        Items may be made on access, which several threads do at once. Raises DataError where the files are
        not as described.
        """

    def strata(self, split: Split) -> Sequence[int] | None:
        """Return the class of each example of `load(split)`, so that a part of them can keep its proportions.

        None where there are no classes. Must not decode inputs.
        """
        return None

    def groups(self, split: Split) -> Sequence[str | int] | None:
        """Return what each example of `load(split)` belongs to: a patient, an article, a speaker, a film.

        Examples of one group are not independent: what is cut off `train` for `val` is whole groups, and
        uncertainty is that of groups. None where each example stands for itself. Must not decode inputs.
        """
        return None

    def contents(self, split: Split) -> Iterable[str | bytes] | None:
        """Give what the input of each example of `load(split)` is made of: a text, a digest of an image file.

        Equal ones are equal inputs: so examples of val and test that are also in train are counted. None
        where that is not known, and the examples themselves are compared, if they are few; None also of a
        split that there is not. Must not decode inputs.
        """
        return None

    def at_hand(self) -> bool:
        """Tell whether `contents` takes no more than seconds, and no network: planning then asks for it."""
        return False

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the inputs, without targets, that a new file holds, read as its own files are.

        Raises DataError for a file that is not as expected, UnsuitableError where no files are read.
        """
        raise UnsuitableError(f"data set '{self.name}' reads no new files")

    def new_input(self, line: str) -> Any:
        """Return the input that a line of text stands for: a text itself, an image by its path.

        Raises DataError if it stands for none, UnsuitableError where no lines are read.
        """
        raise UnsuitableError(f"data set '{self.name}' reads no new inputs from lines")

    def identity(self) -> dict[str, Any]:
        """Return the settings and the content's fingerprint, without the task, which has its own identity."""
        settings = {name: value for name, value in super().identity().items() if name != "task"}
        return {**settings, "fingerprint": self.fingerprint()}
