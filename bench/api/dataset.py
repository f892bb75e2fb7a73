"""Data sets: examples with named splits, and the task they are for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..errors import DataError, UnsuitableError
from .examples import DatasetInfo, Example, NewInput, Split
from .plugin import Plugin
from .task import Task


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

    targets: ClassVar[frozenset[str]] = frozenset({"class"})
    """The kinds of targets that it can give (`Task.target`)."""

    def serving(self, task: Task) -> Self:
        """Return the data set as it serves a task; one that can give several kinds of targets gives its kind.

        By default it is as it is. Raises DataError if it cannot give what the task asks for.
        """
        if task.target is not None and task.target not in self.targets:
            given = " or ".join(sorted(self.targets))
            raise DataError(
                f"gives {given} as targets, and task '{task.name}' asks for {task.target}; "
                "choose another task",
                "task",
            )
        return self

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

    def candidates(self, split: Split) -> Sequence[bool] | None:
        """Tell which examples of `load(split)` are only there for the others to be ranked among.

        Passages that are searched, say, or the gallery of a search by image. They are encoded as all are, and
        metrics see what is predicted of them. But limits leave them alone, and neither figures, nor what is
        kept of examples, nor overlaps of splits are about them. None where there are none. Must not decode
        inputs.
        """
        return None

    def where(self, split: Split, index: int) -> str:
        """Return what messages call an example of `load(split)`: a file and a row."""
        return f"{split}, example {index + 1}"

    def contents(self, split: Split) -> Iterable[str | bytes] | None:
        """Give what the input of each example of `load(split)` is made of: a text, a digest of an image file.

        Equal ones are equal inputs: so examples that two splits share are counted. A picture that was saved
        again is another one, as comparing pixels would take decoding all of them. None where it is not known,
        and the examples themselves are compared, if they are few; None also of a split that there is not.
        Must not decode inputs.
        """
        return None

    def at_hand(self) -> bool:
        """Tell whether `info` and `contents` take no more than seconds, and neither network nor torch.

        Planning then asks for both.
        """
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
