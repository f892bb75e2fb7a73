"""What data sets say of themselves is asked once, and again only when something that matters has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

import bench
import fakes
from bench import DatasetInfo
from bench.feeding.cache import Cache
from bench.feeding.facts import Facts


class CountedPoints(fakes.Points):
    def info(self) -> DatasetInfo:
        READ.append(self)
        return super().info()


READ: list[CountedPoints] = []


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    READ.clear()
    ASKED.clear()


class ForTasks(bench.Dataset):
    """Has as many classes as its task has letters."""

    name: ClassVar[str] = "for-tasks"
    task: Any = "point-classification"

    def fingerprint(self) -> str:
        return "always the same"

    def load(self, split: str) -> list[bench.Example]:
        return []

    def info(self) -> DatasetInfo:
        return DatasetInfo({"train": 3}, tuple(self._name))

    def strata(self, split: str) -> list[int]:
        return [len(self._name)] * 3

    @property
    def _name(self) -> str:
        return self.task if isinstance(self.task, str) else self.task["name"]


def test_what_is_known_may_depend_on_the_task(tmp_path: Path) -> None:
    for task in ("abc", "de", {"name": "fghi", "letters": 2}):
        dataset = ForTasks(task=task)
        name = dataset._name
        assert Facts(dataset, {}, Cache(tmp_path)).info().classes == tuple(name)
        strata = Facts(dataset, {}, Cache(tmp_path)).strata("train")
        assert strata is not None
        assert strata.tolist() == [len(name)] * 3


def test_what_is_known_of_a_data_set_is_read_once(tmp_path: Path) -> None:
    class Licensed(CountedPoints):
        def info(self) -> DatasetInfo:
            super().info()
            return DatasetInfo({"train": 3, "test": 2}, ("a", "b"), "CC0", {"note": "tiny"})

    first, again = (Facts(Licensed(), {"dataset/points": "1"}, Cache(tmp_path)).info() for _ in range(2))
    assert first == again == DatasetInfo({"train": 3, "test": 2}, ("a", "b"), "CC0", {"note": "tiny"})
    assert len(READ) == 1


def test_another_version_of_the_plugin_is_asked_again(tmp_path: Path) -> None:
    for version in ("1", "2"):
        Facts(CountedPoints(), {"dataset/points": version}, Cache(tmp_path)).info()
    assert len(READ) == 2


class Families(fakes.Points):
    def groups(self, split: str) -> list[str]:
        ASKED.append(split)
        return ["pine", "oak", "pine", "elm", "oak"] if split == "train" else ["elm"] * 5


ASKED: list[str] = []


def test_groups_are_numbered_as_they_first_occur_and_read_once(tmp_path: Path) -> None:
    for _ in range(2):
        found = {
            split: Facts(Families(), {}, Cache(tmp_path)).groups(split).tolist()
            for split in ("train", "test")
        }
        assert found == {"train": [0, 1, 0, 2, 1], "test": [0] * 5}
    assert ASKED == ["train", "test"]


def test_a_data_set_may_have_no_groups(tmp_path: Path) -> None:
    assert Facts(fakes.Points(), {}, Cache(tmp_path)).groups("train") is None
