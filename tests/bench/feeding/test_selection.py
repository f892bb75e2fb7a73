"""What is known of a cell's examples: what is odd about them, and which are on both sides."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import bench
import fakes
import trials


class Shared(fakes.Points):
    """The first 20 examples of test are those of train; each split says so, and what is odd."""

    def info(self) -> bench.DatasetInfo:
        return dataclasses.replace(super().info(), notes=("all is invented",))

    def contents(self, split: bench.Split) -> list[str]:
        READ.append(split)
        return [f"{'train' if number < 20 else split} {number}" for number in range(self.size)]


READ: list[str] = []


def test_notes_tell_what_is_odd_and_how_much_of_test_is_in_train(tmp_path: Path) -> None:
    READ.clear()
    for _ in ("read", "found"):
        run = trials.live(tmp_path, dataset=Shared())
        assert run.subsets
        assert run.supply.notes == ["all is invented"]
        assert run.supply.selection.overlaps() == [
            "val: 20 of 60 examples are also in train",
            "test: 20 of 60 examples are also in train",
            "test: 20 of 60 examples are also in val",
        ]
    assert sorted(READ) == ["test", "train", "val"]


def test_only_examples_that_are_used_are_counted(tmp_path: Path) -> None:
    few = bench.Limits(train_examples=10, test_examples=30)
    run = trials.live(tmp_path, dataset=Shared(), limits=few)
    train, test = (set(run.subsets[split].positions.tolist()) for split in ("train", "test"))
    both = len({number for number in test & train if number < 20})
    assert f"test: {both} of 30 examples are also in train" in run.supply.selection.overlaps()


def test_a_val_that_is_cut_off_train_is_not_compared_with_it(tmp_path: Path) -> None:
    run = trials.live(tmp_path, dataset=Shared(splits=("train", "test")))
    assert "val" in run.subsets
    assert run.supply.selection.overlaps() == ["test: 20 of 60 examples are also in train"]


def test_a_comparison_that_fails_is_a_note(tmp_path: Path) -> None:
    class Faulty(Shared):
        def contents(self, split: bench.Split) -> list[str]:
            raise bench.DataError(f"{split} is gone")

    assert trials.live(tmp_path, dataset=Faulty()).supply.selection.overlaps() == [
        "splits were not compared with each other: DataError: val is gone"
    ]
