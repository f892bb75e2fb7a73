"""Examples that are on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

import bench
from bench import DatasetInfo, Example
from bench.feeding.overlap import FEW, content_numbers, overlaps, planned_overlaps


class Given(bench.Dataset):
    """Texts; what they are made of is given, if asked for."""

    name: ClassVar[str] = "given"
    task: ClassVar[str] = "text-classification"

    train: tuple[str, ...] = ("a", "b", "b")
    test: tuple[str, ...] = ("b", "b", "c")
    told: bool = True

    def fingerprint(self) -> str:
        return ""

    def info(self) -> DatasetInfo:
        return DatasetInfo({"train": len(self.train), "test": len(self.test)})

    def load(self, split: str) -> Sequence[Example]:
        assert not self.told, "was read though it need not be"
        return [Example(text, 0) for text in getattr(self, split)]

    def contents(self, split: str) -> Sequence[str] | None:
        return getattr(self, split, None) if self.told else None

    def at_hand(self) -> bool:
        return self.told


class Images(Given):
    """The same names as images, by their brightness."""

    name: ClassVar[str] = "images"
    told: bool = False

    def load(self, split: str) -> Sequence[Example]:
        return [Example(Image.new("L", (2, 2), ord(name)), 0) for name in getattr(self, split)]


@pytest.mark.parametrize("dataset", [Given(), Given(told=False), Images()])
def test_every_example_of_test_that_is_in_train_is_counted(dataset):
    numbers = {split: content_numbers(dataset, split) for split in ("train", "test")}
    assert list(overlaps(numbers.get)) == ["test: 2 of 3 examples are also in train"]


class Searched(Given):
    """What stands first in each split is only there for the others to be ranked among."""

    name: ClassVar[str] = "searched"

    def candidates(self, split: str) -> Sequence[bool] | None:
        return [index == 0 for index in range(len(getattr(self, split)))] if hasattr(self, split) else None


def test_candidates_are_not_counted_when_planning():
    assert list(planned_overlaps(Searched(train=("a", "b"), test=("a", "b", "c")))) == [
        "test: 1 of 2 examples are also in train"
    ]


def test_examples_of_test_that_are_in_val_are_counted_too():
    numbers = {"train": [1, 2], "val": [2, 3, 4], "test": [3, 3, 1, 5]}
    assert list(overlaps(numbers.get)) == [
        "val: 1 of 3 examples are also in train",
        "test: 1 of 4 examples are also in train",
        "test: 2 of 4 examples are also in val",
    ]
    assert list(overlaps({**numbers, "train": None}.get)) == ["test: 2 of 4 examples are also in val"]


def test_planning_counts_what_is_at_hand_and_reads_nothing_else():
    assert list(planned_overlaps(Given())) == ["test: 2 of 3 examples are also in train"]
    assert list(planned_overlaps(Given(told=False))) == []


def test_nothing_is_noted_where_there_is_nothing_to_note():
    assert list(planned_overlaps(Given(test=("c",)))) == []
    assert list(overlaps({"test": [1]}.get)) == []
    assert list(overlaps({"train": [1]}.get)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ab", ("a", "b")),
        (("a", "b"), ("a, b",)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(4, np.uint8), np.zeros(1, np.float32)),
    ],
)
def test_inputs_that_differ_have_different_numbers(one, other):
    class Pair(Given):
        def load(self, split: str) -> Sequence[Example]:
            return [Example(one, 0), Example(other, 0)]

    numbers = content_numbers(Pair(told=False), "train")
    assert numbers is not None
    assert len(set(numbers)) == 2


def test_examples_that_cannot_be_compared_or_are_too_many_are_not():
    class Odd(Given):
        def load(self, split: str) -> Sequence[Example]:
            return [Example({"a": 1}, 0)]

    class Many(Given):
        def load(self, split: str) -> Sequence[Example]:
            return range(FEW + 1)  # type: ignore[return-value]

    assert content_numbers(Odd(told=False), "train") is None
    assert content_numbers(Many(told=False), "train") is None
