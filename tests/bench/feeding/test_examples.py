"""Examples that are made when asked for are those that are kept."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

import bench
import fakes
import sequences
from bench import Example, Limits, Sample
from bench.feeding.cache import Cache
from bench.feeding.examples import Examples, FreshExamples, KeptExamples
from bench.feeding.prepared import Preparation, keep
from bench.feeding.splits import select


class Careless(fakes.PointClassification):
    """Gives arrays that cannot be written to, and a number that is no array."""

    def prepare(self, example: Example, processor: bench.Processor) -> Sample:
        PREPARED.append(example)
        point = np.frombuffer(example.input.astype("float32").tobytes(), "float32")
        return Sample({"point": point}, {"label": np.int64(example.target)})


PREPARED: list[Example] = []


@pytest.fixture(autouse=True)
def _nothing_prepared() -> None:
    PREPARED.clear()


def preparation(dataset: bench.Dataset, task: bench.Task, threads: int = 3) -> Preparation:
    encoder = (sequences.Walker() if dataset.name == "walks" else fakes.Layers()).load()
    selection = select(dataset.info(), Limits(train_examples=50))["train"]
    return Preparation(dataset, task, encoder.processor, selection, {}, threads)


def points(threads: int = 3) -> Preparation:
    return preparation(fakes.Points(), Careless(), threads)


def walks() -> Preparation:
    return preparation(sequences.Walks(), sequences.WalkClassification())


def kept(made: Preparation, folder: Path) -> KeptExamples:
    return KeptExamples(keep(made, Cache(folder)))


def assert_same(first: list[Sample], second: list[Sample]) -> None:
    for one, other in zip(first, second, strict=True):
        for arrays, others in ((one.inputs, other.inputs), (one.targets, other.targets)):
            assert arrays.keys() == others.keys()
            for name, array in arrays.items():
                assert isinstance(array, np.ndarray)
                assert array.dtype == others[name].dtype
                assert array.shape == others[name].shape
                np.testing.assert_array_equal(array, others[name])


@pytest.mark.parametrize("made", [points, walks])
@pytest.mark.parametrize("indices", [[7, 0, 49, 7], [3], list(range(50))], ids=len)
def test_what_is_made_is_what_is_kept(tmp_path: Path, made: object, indices: list[int]) -> None:
    fresh, on_disk = FreshExamples(made()), kept(made(), tmp_path)
    assert len(fresh) == len(on_disk) == 50
    at = np.array(indices)
    assert_same(fresh.samples(at), on_disk.samples(at))
    for targets, others in zip(fresh.targets(at), on_disk.targets(at), strict=True):
        assert targets == others


@pytest.mark.parametrize("made", [FreshExamples, None])
def test_samples_may_be_written_to(tmp_path: Path, made: type[FreshExamples] | None) -> None:
    examples: Examples = made(points()) if made else kept(points(), tmp_path)
    before = examples.samples(np.array([4]))[0].inputs["point"].copy()
    (sample,) = examples.samples(np.array([4]))
    sample.inputs["point"][:] = 7
    sample.targets["label"][...] = 7
    assert np.array_equal(examples.samples(np.array([4]))[0].inputs["point"], before)


def test_targets_of_what_was_just_made_are_at_hand() -> None:
    made = points()
    labels = made.selection.positions % 3  # classes go round
    fresh = FreshExamples(made)
    PREPARED.clear()
    fresh.samples(np.array([3, 9]))
    for indices, prepared in (([9, 3], 2), ([9, 4], 4)):
        targets = fresh.targets(np.array(indices))
        assert [int(target["label"]) for target in targets] == labels[indices].tolist()
        assert len(PREPARED) == prepared


def test_more_threads_than_examples_are_no_harm() -> None:
    assert len(FreshExamples(points(threads=8)).samples(np.array([1, 2]))) == 2


def test_lengths_are_known_of_what_is_kept_alone(tmp_path: Path) -> None:
    fresh, on_disk = FreshExamples(walks()), kept(walks(), tmp_path)
    lengths = [len(sample.inputs["walk"]) for sample in fresh.samples(np.arange(50))]
    assert on_disk.lengths is not None
    assert on_disk.lengths.tolist() == lengths
    assert fresh.lengths is None
    assert fresh.ragged
    assert not FreshExamples(points()).ragged


def test_what_is_of_one_shape_and_kept_can_be_had_at_once(tmp_path: Path) -> None:
    at = np.array([5, 1])
    block = kept(points(), tmp_path).block(at)
    assert block is not None
    stacked = np.stack([sample.inputs["point"] for sample in FreshExamples(points()).samples(at)])
    np.testing.assert_array_equal(block["inputs.point"], stacked)
    assert kept(walks(), tmp_path).block(at) is None
    assert FreshExamples(points()).block(at) is None


def test_closing_ends_the_threads() -> None:
    fresh = FreshExamples(points())
    fresh.samples(np.array([1, 2, 3]))
    workers = {thread for thread in threading.enumerate() if thread.name.startswith("prepare")}
    assert workers
    fresh.close()
    assert not any(thread.is_alive() for thread in workers)
