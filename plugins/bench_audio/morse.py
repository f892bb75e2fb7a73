"""The data set `morse`: short words in Morse code, made here; no download."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self, overload

from pydantic import Field, field_validator

from bench import Dataset, DatasetInfo, Example, NewInput, Split, Task, hookimpl
from bench.toolkit.inputs import sound_input, sound_inputs

RULE = 1
"""Raised when the same settings give other sounds than before."""

WORDS = ("am", "be", "do", "go", "he", "in", "me", "so", "to", "we")

MOST_WORDS = 3
"""Words of a message, where a text is asked for."""

OPERATORS: Mapping[Split, tuple[int, ...]] = {
    "train": tuple(range(40)),
    "val": tuple(range(40, 50)),
    "test": tuple(range(50, 65)),
}
"""Who sends in which split: those of test are in no other."""


class Morse(Dataset):
    """Short words in Morse code, from operators with their own pitch, speed, steadiness and noise.

    Which of ten words is it (`audio-classification`)? Or, of messages of up to three words, what do they say
    (`speech-recognition`)? Groups are operators, and those of each split are in no other.
    """

    name: ClassVar[str] = "morse"
    targets: ClassVar[frozenset[str]] = frozenset({"class", "text"})
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"each": 2},
        {"each": 2, "task": "speech-recognition"},
    )

    task: Any = Field("audio-classification", description="the task, or a mapping of its name and settings")
    target: str | None = Field("class", description="kind of what is asked; set by the task")
    each: int = Field(
        24, ge=1, le=10_000, description="messages of an operator; there are 40, 10 and 15 of them"
    )
    classes: tuple[str, ...] = Field(WORDS, min_length=2, description="the words that are sent")

    @field_validator("classes")
    @classmethod
    def _sendable(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        for word in classes:
            if not (word.isascii() and word.isalpha() and word.islower()):
                raise ValueError(f"'{word}' is no word of the letters a to z")
        if len(set(classes)) < len(classes):
            raise ValueError("a word is named twice")
        return classes

    def serving(self, task: Task) -> Self:
        """Return the data set with words as classes, or messages of several as texts."""
        return super().serving(task).model_copy(update={"target": task.target})

    def fingerprint(self) -> str:
        """Return a digest of the rule and the settings, which decide all."""
        rule = f"morse {RULE}: {self.target} {self.each} {' '.join(self.classes)}"
        return hashlib.sha256(rule.encode()).hexdigest()

    def info(self) -> DatasetInfo:
        """Return the words and how many messages there are."""
        sizes = {split: self.each * len(operators) for split, operators in OPERATORS.items()}
        return DatasetInfo(sizes, self.classes if self.target == "class" else (), licence="CC0-1.0")

    def load(self, split: Split) -> Sequence[Example]:
        """Return the messages of a split, operator by operator; each is made on access."""
        return Messages(self, split)

    def strata(self, split: Split) -> Sequence[int] | None:
        """Return the word of each message, where these are one."""
        if self.target != "class":
            return None
        return [self.message(operator, number)[0] for operator, number in self.messages(split)]

    def groups(self, split: Split) -> Sequence[int]:
        """Return the operator of each message."""
        return [operator for operator, _ in self.messages(split)]

    def contents(self, split: Split) -> Sequence[str]:
        """Return what tells the sounds apart: none is the same as another."""
        return [f"{operator} {number}" for operator, number in self.messages(split)]

    def at_hand(self) -> bool:
        """Say that nothing is read."""
        return True

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the sound of a file."""
        return sound_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the sound of a file by its path."""
        return sound_input(line)

    def messages(self, split: Split) -> list[tuple[int, int]]:
        """Return for each message of a split its operator, and its number among this one's."""
        return [(operator, number) for operator in OPERATORS[split] for number in range(self.each)]

    def message(self, operator: int, number: int) -> tuple[int, ...]:
        """Return the words of an operator's message, as indices: one for a class, otherwise up to three."""
        count = len(self.classes)
        if self.target == "class":
            return (number % count,)
        drawn = hashlib.sha256(f"{operator} {number}".encode()).digest()
        return tuple(byte % count for byte in drawn[: 1 + number % MOST_WORDS])


class Messages(Sequence[Example]):
    """The messages of a split, made on access."""

    def __init__(self, dataset: Morse, split: Split) -> None:
        self.dataset = dataset
        self.messages = dataset.messages(split)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.messages)

    @overload
    def __getitem__(self, index: int) -> Example: ...

    @overload
    def __getitem__(self, index: slice) -> list[Example]: ...

    def __getitem__(self, index: int | slice) -> Example | list[Example]:
        """Return a message, or a list of those in a slice."""
        if isinstance(index, slice):
            return [self._example(*message) for message in self.messages[index]]
        return self._example(*self.messages[index])

    def _example(self, operator: int, number: int) -> Example:
        from .morse_signals import Operator, send

        words = self.dataset.message(operator, number)
        text = " ".join(self.dataset.classes[word] for word in words)
        sound = send(text, Operator.number(operator), seed=operator * 100_000 + number)
        return Example(sound, words[0] if self.dataset.target == "class" else text)


@hookimpl
def bench_datasets() -> Sequence[type[Dataset]]:
    """Return the data set."""
    return [Morse]
