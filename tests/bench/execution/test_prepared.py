"""Examples are prepared once, and again only when something that matters has changed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from time import sleep
from types import SimpleNamespace

import numpy as np
import pytest

import fakes
from bench import DatasetInfo, Example, Limits, Sample
from bench.execution.cache import Cache
from bench.execution.prepared import CHUNK, dataset_info, prepare, prepared_chunks
from bench.execution.splits import Selection, select


class CountedTask(fakes.PointClassification):
    offset: float = 0.0

    def prepare(self, example: Example, processor: object) -> Sample:
        PREPARED.append(example)
        return super().prepare(example, processor)


class CountedPoints(fakes.Points):
    def info(self) -> DatasetInfo:
        READ.append(self)
        return super().info()


PREPARED: list[Example] = []
READ: list[CountedPoints] = []


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    PREPARED.clear()
    READ.clear()


def processor(digest: str = "as it is") -> SimpleNamespace:
    class Float:
        def __call__(self, raw: np.ndarray) -> Mapping[str, np.ndarray]:
            return {"point": raw.astype(np.float32)}

    made = Float()
    made.digest = digest
    return made


def call(folder: Path, **changes: object) -> tuple[object, str]:
    points = changes.pop("dataset", fakes.Points())
    parts = {
        "dataset": points,
        "task": CountedTask(),
        "processor": processor(),
        "selection": select(points.info(), Limits())["train"],
        "versions": {"dataset/points": "1"},
        "cache": Cache(folder),
        "threads": 3,
    }
    return prepare(**{**parts, **changes})


def test_each_example_is_prepared_once_and_in_order(tmp_path: Path) -> None:
    points = fakes.Points(size=600)  # more than are handed to the threads at a time
    arrays, _ = call(tmp_path, dataset=points)
    assert len(PREPARED) == len(arrays) == 600
    for index, example in enumerate(points.load("train")):
        row = arrays.block(np.array(index))
        np.testing.assert_array_equal(row["inputs.point"], example.input.astype(np.float32))
        assert row["targets.label"] == example.target


def test_several_threads_prepare_at_once(tmp_path: Path) -> None:
    meeting = threading.Barrier(3, timeout=20)

    class Meeting(fakes.PointClassification):
        def prepare(self, example: Example, processor: object) -> Sample:
            if threading.get_ident() not in met:
                met.add(threading.get_ident())
                meeting.wait()
            return super().prepare(example, processor)

    met: set[int] = set()
    call(tmp_path, dataset=fakes.Points(size=3 * CHUNK), task=Meeting(), threads=3)


def test_no_more_is_prepared_than_can_be_written(tmp_path: Path) -> None:
    class Watched(fakes.PointClassification):
        def prepare(self, example: Example, processor: object) -> Sample:
            made.append(1)
            return super().prepare(example, processor)

    made: list[int] = []
    chunks = prepared_chunks(
        fakes.Points(size=100 * CHUNK), Watched(), processor(), Selection("train", np.arange(100 * CHUNK)), 2
    )
    next(chunks)
    sleep(0.1)
    assert CHUNK <= len(made) <= 5 * CHUNK
    chunks.close()


def test_what_is_prepared_is_found_again(tmp_path: Path) -> None:
    first = call(tmp_path)
    again = call(tmp_path)
    assert len(PREPARED) == 60
    assert again[1] == first[1]


def test_the_positions_of_the_selection_are_taken(tmp_path: Path) -> None:
    arrays, _ = call(tmp_path, selection=Selection("test", np.array([1, 7])))
    assert arrays.columns["targets.label"].tolist() == [1, 1]  # classes go round: a b c a b c a b
    assert len(arrays) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": fakes.Points(spread=0.2)},
        {"task": CountedTask(offset=1.0)},
        {"processor": processor("resized")},
        {"selection": Selection("test", np.arange(60))},
        {"selection": Selection("train", np.arange(59))},
        {"versions": {"dataset/points": "2"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_matters_is_in_the_key(tmp_path: Path, change: dict[str, object]) -> None:
    assert call(tmp_path)[1] != call(tmp_path, **change)[1]


def test_a_fault_in_one_example_leaves_nothing_behind(tmp_path: Path) -> None:
    class Picky(fakes.PointClassification):
        def prepare(self, example: Example, processor: object) -> Sample:
            if example.target == 2:
                raise ZeroDivisionError
            return super().prepare(example, processor)

    with pytest.raises(ZeroDivisionError):
        call(tmp_path, task=Picky())
    assert list((tmp_path / "prepared").iterdir()) == []


def test_what_is_known_of_a_data_set_is_read_once(tmp_path: Path) -> None:
    class Licensed(CountedPoints):
        def info(self) -> DatasetInfo:
            super().info()
            return DatasetInfo({"train": 3, "test": 2}, ("a", "b"), "CC0", {"note": "tiny"})

    first, again = (dataset_info(Licensed(), {"dataset/points": "1"}, Cache(tmp_path)) for _ in range(2))
    assert first == again == DatasetInfo({"train": 3, "test": 2}, ("a", "b"), "CC0", {"note": "tiny"})
    assert len(READ) == 1


def test_another_version_of_the_plugin_is_asked_again(tmp_path: Path) -> None:
    for version in ("1", "2"):
        dataset_info(CountedPoints(), {"dataset/points": version}, Cache(tmp_path))
    assert len(READ) == 2
