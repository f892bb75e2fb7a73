"""Data sets whose examples are rows of columns: what csv, json, parquet and hub have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from bench import DataError, Dataset, DatasetInfo, Example, NewInput, Split
from bench.toolkit.inputs import text_input, text_inputs

from .classes import ClassNames
from .media import MEDIA

if TYPE_CHECKING:
    from bench import Task

    from .parts import Part
    from .rows import Table


INPUTS = ("audio", "text", "image")
"""What a column of inputs is usually called, and the setting that names it.

Of several that are there the first is taken: a text beside a sound is what is said in it.
"""


class Columns(Dataset):
    """Rows with a text, a pair of texts, an image or a sound in one place and what is asked in another.

    What is asked is a class, unless the task asks for something else: a number, a text, a list of classes.
    A text may come in words, as a list. Classes are called what the data calls them: the names kept in
    parquet features, or the labels themselves. A split whose labels are all -1 is unlabelled (the test
    splits of GLUE) and left out.
    """

    requires: ClassVar[tuple[str, ...]] = ("datasets",)
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    targets: ClassVar[frozenset[str]] = frozenset(
        {"class", "classes", "tags", "number", "text", "texts", "spans", "choice"}
    )

    text: str | tuple[str, str] | None = Field(None, description="column of texts, or two columns of pairs")
    image: str | None = Field(None, description="column of images")
    audio: str | None = Field(None, description="column of sounds")
    label: str = Field("label", description="column of what is asked: classes, as a rule")
    target: str | None = Field("class", description="kind of what is asked; set by the task")
    group: str | None = Field(
        None, description="column that says which rows belong together: a patient, an article, a speaker"
    )
    classes: ClassNames | None = Field(
        None, description="all classes in order: names of labels 0, 1, ..., or the order of the labels"
    )
    task: str | dict[str, Any] | None = Field(
        None, description="task it is for; by default text-, image- or audio-classification"
    )
    licence: str | None = Field(None, description="licence of the data, for the record")

    @model_validator(mode="wrap")
    @classmethod
    def _infer(cls, fields: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Fill in what is not given: a column of inputs of the usual name, and the task."""
        made = handler(fields)
        if not isinstance(fields, dict) or (made.inputs and made.task):
            return made
        inputs = {} if made.inputs else made.default_inputs()
        kind = made.medium or next((kind for kind in MEDIA if kind in inputs), "text")
        return handler({"task": f"{kind}-classification", **_given(fields), **inputs})

    def serving(self, task: Task) -> Self:
        """Return the data set with targets of the kind that the task asks for.

        Columns that the suite does not name are those that such data usually have, as the task says. Raises
        DataError if inputs are of another kind than the task reads.
        """
        kind = self.medium or "text"
        if self.inputs and kind != task.modality and task.modality in INPUTS:
            raise DataError(
                f"column '{self.inputs[0]}' is read as {kind}, and task '{task.name}' reads {task.modality}; "
                f"give `{task.modality}: COLUMN`, or another task",
                kind,
            )
        served = self.model_copy(update={"target": task.target})
        return served.model_copy(update=served.usual_columns(task))

    def usual_columns(self, task: Task) -> Mapping[str, Any]:
        """Return settings that name columns which are there and the suite does not name."""
        return {}

    def default_inputs(self) -> Mapping[str, str]:
        """Return a setting that names a column of inputs, if there is one of the usual name."""
        return {}

    def __hash__(self) -> int:
        """Hash by content: a task's settings are a mapping, which has no hash of its own."""
        return hash(self.model_dump_json())

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that an example's input is made of."""
        chosen = self.image or self.audio or self.text or ()
        return (chosen,) if isinstance(chosen, str) else chosen

    @property
    def medium(self) -> str | None:
        """What inputs are that are files of their own: `image` or `audio`; None of texts."""
        return next((kind for kind in MEDIA if getattr(self, kind)), None)

    @property
    def columns(self) -> dict[str, str]:
        """The columns that are read, and for each the setting that names it."""
        columns = dict.fromkeys(self.inputs, self.medium or "text")
        if self.target is not None:
            columns[self.label] = "label"
        return columns if self.group is None else columns | {self.group: columns.get(self.group, "group")}

    def check(self) -> None:
        """Raise DataError unless there is exactly one kind of input."""
        if not self.inputs:
            raise DataError("no column of inputs; give `text:`, `image:` or `audio:`", "text")
        given = [name for name in INPUTS if getattr(self, name)]
        if len(given) > 1:
            named = " and ".join(f"`{name}:`" for name in given)
            raise DataError(f"give one column of inputs, not {named}", given[-1])

    def info(self) -> DatasetInfo:
        """Return class names and sizes; reads the labels, and no inputs."""
        return _read(self, self.fingerprint()).info

    def load(self, split: Split) -> Sequence[Example]:
        """Return the rows of a split; inputs are read on access."""
        return _read(self, self.fingerprint()).splits[split]

    def strata(self, split: Split) -> Sequence[int] | None:
        """Return the class of each row, if it has one."""
        return _read(self, self.fingerprint()).splits[split].targets if self.target == "class" else None

    def where(self, split: Split, index: int) -> str:
        """Return the file and the number of a row."""
        return _read(self, self.fingerprint()).splits[split].where(index)

    def groups(self, split: Split) -> Sequence[str | int] | None:
        """Return what each row has in the column of groups, if one is named."""
        return None if self.group is None else _read(self, self.fingerprint()).splits[split].groups

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the fingerprint in the place of paths; what is as usual is left out."""
        ways = {"path", "train", "val", "test", "licence"}
        usual = {"audio": None, "group": None, "target": "class"}
        return {
            key: value
            for key, value in super().identity().items()
            if key not in ways and not (key in usual and value == usual[key])
        }

    def contents(self, split: Split) -> Iterator[str | bytes] | None:
        """Give the text of each row, or the bytes of its file, or their digest."""
        rows = _read(self, self.fingerprint()).splits.get(split)
        return None if rows is None else rows.contents()

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image or sound of a file; or its text, of a csv file that of each row."""
        return MEDIA[self.medium].new_inputs(path) if self.medium else text_inputs(path, self.inputs)

    def new_input(self, line: str) -> Any:
        """Return the image or sound of a file by its path, the text itself, or a pair with a tab between."""
        return MEDIA[self.medium].new_input(line) if self.medium else text_input(line, self.inputs)

    @abstractmethod
    def parts(self) -> Mapping[Split, Sequence[Part]]:
        """Return the rows of each split. Raises DataError if they cannot be read."""


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "task" or value is not None}


# Every cell asks for the same few data sets.
@lru_cache(maxsize=8)
def _read(dataset: Columns, fingerprint: str) -> Table:
    from .rows import read_table

    return read_table(
        dataset.parts(),
        dataset.inputs,
        dataset.label,
        dataset.group,
        medium=dataset.medium,
        target=dataset.target,
        classes=dataset.classes,
        licence=dataset.licence,
    )
