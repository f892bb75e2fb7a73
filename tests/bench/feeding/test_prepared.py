"""Examples are prepared once, and again only when something that matters has changed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import sleep
from types import SimpleNamespace

import numpy as np
import pytest

import fakes
from bench import DataError, Example, Limits, Sample
from bench.feeding.arrays import Arrays
from bench.feeding.cache import Cache, TooLarge
from bench.feeding.prepared import CHUNK, Preparation, keep
from bench.feeding.splits import Subset, select


class CountedTask(fakes.PointClassification):
    offset: float = 0.0

    def prepare(self, example: Example, processor: object) -> Sample:
        PREPARED.append(example)
        return super().prepare(example, processor)


PREPARED: list[Example] = []


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    PREPARED.clear()


def processor(digest: str = "as it is") -> SimpleNamespace:
    class Float:
        def __call__(self, raw: np.ndarray) -> Mapping[str, np.ndarray]:
            return {"point": raw.astype(np.float32)}

    made = Float()
    made.digest = digest
    return made


def preparation(**changes: object) -> Preparation:
    points = changes.pop("dataset", fakes.Points())
    parts = {
        "dataset": points,
        "task": CountedTask(),
        "processor": processor(),
        "selection": select(points.info(), Limits())["train"],
        "versions": {"dataset/points": "1"},
        "threads": 3,
    }
    return Preparation(**{**parts, **changes})


def kept(folder: Path, **changes: object) -> Arrays:
    return keep(preparation(**changes), Cache(folder))


def test_each_example_is_prepared_once_and_in_order(tmp_path: Path) -> None:
    points = fakes.Points(size=600)  # more than are handed to the threads at a time
    arrays = kept(tmp_path, dataset=points)
    assert len(PREPARED) == len(arrays) == 600
    for index, example in enumerate(points.load("train")):
        row = arrays.block(np.array(index))
        np.testing.assert_array_equal(row["inputs.point"], example.input.astype(np.float32))
        assert row["targets.label"] == example.target


@pytest.mark.parametrize(("seconds", "threads"), [(0.002, 3), (0.0, 0)])
def test_several_threads_prepare_what_takes_long(tmp_path: Path, seconds: float, threads: int) -> None:
    class Watched(fakes.PointClassification):
        def prepare(self, example: Example, processor: object) -> Sample:
            sleep(seconds)
            at_work.add(threading.get_ident())
            return super().prepare(example, processor)

    at_work: set[int] = set()
    kept(tmp_path, dataset=fakes.Points(size=10 * CHUNK), task=Watched(), threads=3)
    assert len(at_work - {threading.get_ident()}) == threads


def test_no_more_is_prepared_than_can_be_written() -> None:
    class Slow(CountedTask):
        def prepare(self, example: Example, processor: object) -> Sample:
            sleep(0.0012)
            return super().prepare(example, processor)

    chunks = preparation(dataset=fakes.Points(size=100 * CHUNK), task=Slow(), threads=2).chunks()
    for taken in range(1, 6):
        next(chunks)
        sleep(0.3)
        ahead = 0 if taken <= 2 else 4
        assert taken * CHUNK <= len(PREPARED) <= (taken + ahead) * CHUNK
    chunks.close()


def test_what_is_prepared_is_found_again(tmp_path: Path) -> None:
    first, again = kept(tmp_path), kept(tmp_path)
    assert len(PREPARED) == 60
    assert np.array_equal(first.columns["inputs.point"], again.columns["inputs.point"])


def test_the_positions_of_the_selection_are_taken(tmp_path: Path) -> None:
    arrays = kept(tmp_path, selection=Subset("test", np.array([1, 7])))
    assert arrays.columns["targets.label"].tolist() == [1, 1]  # classes go round: a b c a b c a b
    assert len(arrays) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": fakes.Points(spread=0.2)},
        {"task": CountedTask(offset=1.0)},
        {"processor": processor("resized")},
        {"selection": Subset("test", np.arange(60))},
        {"selection": Subset("train", np.arange(59))},
        {"versions": {"dataset/points": "2"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_matters_is_in_the_key(change: dict[str, object]) -> None:
    assert preparation().key != preparation(**change).key


def test_the_threads_are_not() -> None:
    assert preparation().key == preparation(threads=1).key


def test_the_data_set_is_loaded_once(tmp_path: Path) -> None:
    class Loaded(fakes.Points):
        def load(self, split: str) -> Sequence[Example]:
            loaded.append(split)
            sleep(0.05)
            return super().load(split)

    loaded: list[str] = []
    kept(tmp_path, dataset=Loaded(size=10 * CHUNK))
    assert loaded == ["train"]


def test_what_would_not_fit_into_the_cache_is_told_after_a_few(tmp_path: Path) -> None:
    points = fakes.Points(size=100 * CHUNK)
    size = 100 * CHUNK * (2 * 4 + 8)  # two floats and a label each
    with pytest.raises(TooLarge) as caught:
        keep(preparation(dataset=points), Cache(tmp_path, limit=size - 1))
    assert caught.value.size == size
    assert len(PREPARED) <= 8 * CHUNK
    assert list((tmp_path / "prepared").iterdir()) == []
    assert len(keep(preparation(dataset=points), Cache(tmp_path, limit=size))) == 100 * CHUNK


def test_a_fault_in_one_example_leaves_nothing_behind(tmp_path: Path) -> None:
    class Picky(fakes.PointClassification):
        def prepare(self, example: Example, processor: object) -> Sample:
            if example.target == 2:
                raise ZeroDivisionError
            return super().prepare(example, processor)

    with pytest.raises(ZeroDivisionError):
        kept(tmp_path, task=Picky())
    assert list((tmp_path / "prepared").iterdir()) == []


def test_what_a_processor_refuses_is_named(tmp_path: Path) -> None:
    def refuse(raw: object) -> Mapping[str, np.ndarray]:
        raise DataError("its values have no known range")

    with pytest.raises(DataError, match=r"^.*train.*: its values have no known range$"):
        preparation(processor=refuse).make(np.arange(1))


def test_what_is_prepared_is_counted_as_it_goes_and_what_is_found_is_not(tmp_path: Path) -> None:
    made, counts = preparation(dataset=fakes.Points(size=2 * CHUNK + 3)), list[int]()
    for _ in range(2):
        keep(made, Cache(tmp_path), counts.append)
    assert counts == [CHUNK, CHUNK, 3]
