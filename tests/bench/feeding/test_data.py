"""Batches: each example once, on the device, and the time they took."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import sleep

import numpy as np
import pytest
import torch

import bench
import fakes
import sequences
import trials
from bench import Batch, Cost, Example, Features, Sample, Settings
from bench.feeding.arrays import ArraysWriter
from bench.feeding.data import EncodedSource
from bench.feeding.features import FeatureReader, FeatureWriter


class Shaking(fakes.PointClassification):
    """Augments by noise."""

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        point = batch.inputs["point"]
        batch.inputs["point"] = point + torch.randn(point.shape, generator=generator)
        return batch


class Slow(fakes.PointClassification):
    """Takes a hundredth of a second to put a batch together."""

    def collate(self, samples: list[object]) -> Batch:
        sleep(0.01)
        return super().collate(samples)


class Stacking(fakes.PointClassification):
    """Leaves the collating to the base."""

    collate = bench.Task.collate


class Boxes(sequences.WalkClassification):
    """Has targets that differ in length, which it pads."""

    def prepare(self, example: Example, processor: bench.Processor) -> Sample:
        sample = super().prepare(example, processor)
        return Sample(sample.inputs, {**sample.targets, "steps": np.abs(example.input[:, 0])})

    def collate(self, samples: Sequence[Sample]) -> Batch:
        batch = super().collate(samples)
        steps = [torch.from_numpy(sample.targets["steps"]) for sample in samples]
        batch.targets["steps"] = torch.nn.utils.rnn.pad_sequence(steps, batch_first=True)
        return batch


def points(batches: list[Batch]) -> torch.Tensor:
    """What the batches hold, by position."""
    order = torch.cat([torch.tensor(batch.indices) for batch in batches]).argsort()
    return torch.cat([batch.inputs["point"] for batch in batches])[order]


@pytest.mark.parametrize("epoch", [None, 0, 3])
def test_each_example_comes_once(tmp_path: Path, epoch: int | None) -> None:
    run = trials.live(tmp_path)
    data = run.data("train")
    batches = list(data.batches(epoch))
    expected = torch.stack([torch.tensor(example.input) for example in fakes.Points().load("train")]).float()
    assert len(data) == 60
    assert torch.equal(points(batches), expected)
    assert all(batch.size == len(batch.targets["label"]) for batch in batches)


def test_training_batches_are_as_many_as_told(tmp_path: Path) -> None:
    data = trials.live(tmp_path, settings=Settings(batch_size=16)).data("train")
    assert data.steps == len(list(data.batches(0))) == 4


def test_evaluation_batches_have_their_own_size(tmp_path: Path) -> None:
    data = trials.live(tmp_path, settings=Settings(batch_size=16, eval_batch_size=50)).data("test")
    assert [batch.size for batch in data.batches()] == [30, 30]


class Copies(fakes.PointClassification):
    """An example is three rows."""

    name = "copies"

    def collate(self, samples: Sequence[Sample]) -> Batch:
        batch = super().collate(samples)
        if batch.inputs:
            batch.rows = torch.full((len(samples),), 3)
            batch.inputs["point"] = batch.inputs["point"].repeat_interleave(3, dim=0)
        return batch


@pytest.mark.parametrize(("most", "sizes"), [(50, {15}), (90, {30}), (2, {1})])
def test_evaluation_batches_have_no_more_rows_than_that(tmp_path: Path, most: int, sizes: set[int]) -> None:
    data = trials.live(tmp_path, task=Copies(), settings=Settings(eval_batch_size=most)).data("test")
    batches = list(data.batches())
    assert {batch.size for batch in batches} == sizes
    assert sorted(index for batch in batches for index in batch.indices) == list(range(60))


def test_epochs_and_seeds_are_shuffled_differently_and_each_always_so(tmp_path: Path) -> None:
    def order(seed: int, epoch: int) -> tuple[int, ...]:
        data = trials.live(tmp_path, seed=seed).data("train")
        return tuple(index for batch in data.batches(epoch) for index in batch.indices)

    orders = {(seed, epoch): order(seed, epoch) for seed in (0, 1) for epoch in (0, 1)}
    assert len(set(orders.values())) == 4
    assert order(1, 1) == orders[1, 1]


def test_training_is_augmented_and_evaluation_is_not(tmp_path: Path) -> None:
    plain = points(list(trials.live(tmp_path).data("train").batches()))
    data = trials.live(tmp_path, task=Shaking()).data("train")
    first, again, next_epoch = (points(list(data.batches(epoch))) for epoch in (0, 0, 1))
    assert torch.equal(points(list(data.batches())), plain)
    assert torch.equal(first, again)
    assert (first != plain).all()
    assert (first != next_epoch).all()


def test_chosen_examples_are_taken_in_their_order(tmp_path: Path) -> None:
    data = trials.live(tmp_path).data("test")
    batch = data.take([7, 2])
    assert batch.indices == [7, 2]
    assert batch.targets["label"].tolist() == [1, 2]
    assert batch.inputs["point"].shape == (2, 2)


def test_sequences_of_like_length_come_together_and_the_longest_first(tmp_path: Path) -> None:
    run = trials.live(tmp_path, sequences.cell(trials.Nothing(), settings=Settings(eval_batch_size=30)))
    longest = [batch.inputs["walk"].shape[1] for batch in run.data("test").batches()]
    assert longest == sorted(longest, reverse=True)
    assert longest[0] > longest[-1]


def test_features_come_with_the_targets_of_their_examples(tmp_path: Path) -> None:
    run = trials.live(tmp_path, sequences.cell(trials.Nothing()))
    plain = run.data("train")
    encoded = trials.drain(run.encode("train"))
    assert len(encoded) == len(plain)
    for batch in encoded.batches(0):
        same = plain.take(batch.indices)
        assert batch.inputs == {}
        assert torch.equal(batch.targets["label"], same.targets["label"])
        with torch.inference_mode():
            expected = run.encoder(same.inputs)
        mask = batch.features.mask
        assert torch.equal(mask, expected.mask)
        torch.testing.assert_close(batch.features.maps[0][mask], expected.maps[0][mask])


@pytest.mark.parametrize("indices", [[7, 2, 7], [5], range(60)])
def test_examples_that_are_stacked_are_those_that_are_collated(
    tmp_path: Path, indices: Sequence[int]
) -> None:
    stacked, collated = (
        trials.live(tmp_path, task=task()).data("test").take(indices)
        for task in (Stacking, fakes.PointClassification)
    )
    assert stacked.indices == collated.indices == indices
    for part in ("inputs", "targets"):
        first, second = getattr(stacked, part), getattr(collated, part)
        assert first.keys() == second.keys()
        for name, values in first.items():
            assert values.dtype == second[name].dtype
            assert torch.equal(values, second[name])


def test_a_batch_that_is_changed_leaves_the_data_alone(tmp_path: Path) -> None:
    data = trials.live(tmp_path, task=Stacking()).data("test")
    before = data.take([3]).inputs["point"].clone()
    data.take([3]).inputs["point"].zero_()
    assert torch.equal(data.take([3]).inputs["point"], before)


@pytest.mark.parametrize("task", [sequences.WalkClassification(), Boxes()], ids=["alike", "ragged"])
def test_targets_beside_features_are_those_of_the_batch(tmp_path: Path, task: bench.Task) -> None:
    run = trials.live(tmp_path, sequences.cell(trials.Nothing(), task=task))
    encoded, plain = trials.drain(run.encode("train")), run.data("train")
    for indices in ([4, 0, 9], range(90)):
        targets, expected = encoded.take(indices).targets, plain.take(indices).targets
        assert targets.keys() == expected.keys()
        assert all(torch.equal(targets[name], values) for name, values in expected.items())


@pytest.mark.parametrize(("held", "collated"), [(5000 * 8, [4096, 904]), (5000 * 8 - 1, [2, 2, 2])])
def test_targets_are_collated_once_unless_they_are_large(
    tmp_path: Path, held: int, collated: list[int]
) -> None:
    class Counted(fakes.PointClassification):
        def collate(self, samples: Sequence[Sample]) -> Batch:
            counts.append(len(samples))
            return super().collate(samples)

    counts: list[int] = []
    with ArraysWriter(tmp_path) as arrays:
        writer = FeatureWriter(arrays, frozenset({"pooled"}))
        backwards = range(4999, -1, -1)
        writer.add(backwards, Features(torch.ones(5000, 1)), [{"label": np.array(at)} for at in backwards])
        writer.close(Cost(1, 1.0), {})
    source = EncodedSource(FeatureReader(tmp_path), Counted(), held)
    got = [source.batch(indices).targets["label"].tolist() for indices in ([7, 4999], [3, 0], [4096, 4095])]
    assert got == [[7, 4999], [3, 0], [4096, 4095]]
    assert counts == collated


def test_the_wait_for_batches_is_counted(tmp_path: Path) -> None:
    run = trials.live(tmp_path, task=Slow())
    data = run.data("train")
    before = run.waited
    batches = 0
    for _ in data.batches(0):
        batches += 1
        sleep(0.1)  # this is no waiting
    assert batches == 4
    assert 0.04 <= run.waited - before < 0.3


def test_targets_come_without_inputs_in_the_order_of_the_split(tmp_path: Path) -> None:
    run = trials.live(tmp_path, sequences.cell(trials.Nothing()))
    expected = [at % 3 for at in range(90)]
    data = run.data("train")
    encoded = trials.drain(run.encode("train"))
    for source in (data, encoded):
        assert [label for part in source.targets() for label in part["label"].tolist()] == expected
