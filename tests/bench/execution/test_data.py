"""Batches: each example once, on the device, and the time they took."""

from __future__ import annotations

from pathlib import Path
from time import sleep

import pytest
import torch

import fakes
import sequences
import trials
from bench import Batch, Settings


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
