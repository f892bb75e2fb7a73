"""Batches in parts: nothing is lost on the way, and their gradients add up to those of the whole."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

import fakes
import trials
from bench import Batch, Features
from bench.records.store import Store
from bench.toolkit.micro_batches import backward, micro_batches
from bench_objectives.fine_tune import FineTune

COUNTS = [1, 2, 3, 4, 7, 100]


def run(count: int) -> Any:
    return SimpleNamespace(micro_batches=count, autocast=nullcontext)


@pytest.fixture
def batch() -> Batch:
    random = torch.Generator().manual_seed(0)
    points = torch.randn(7, 3, generator=random, dtype=torch.float64)
    return Batch({"point": points}, {"number": points.sum(dim=1).square()}, range(7))


@pytest.mark.parametrize("count", COUNTS)
def test_gradients_of_parts_add_up_to_those_of_the_whole(batch: Batch, count: int) -> None:
    layer = nn.Linear(3, 1, dtype=torch.float64)
    inputs, numbers = batch.inputs["point"], batch.targets["number"]
    errors = (layer(inputs)[:, 0] - numbers).detach()

    def loss(part: Batch) -> Tensor:
        sizes.append(part.size)
        return (layer(part.inputs["point"])[:, 0] - part.targets["number"]).square().mean()

    sizes: list[int] = []
    value = backward(run(count), batch, loss, lambda scaled: 8 * scaled)
    assert sum(sizes) == 7
    assert len(sizes) == min(count, 7)
    assert max(sizes) - min(sizes) <= 1
    # The gradient of a mean of squares, by hand.
    torch.testing.assert_close(layer.weight.grad, 8 * 2 / 7 * errors[None] @ inputs)
    torch.testing.assert_close(layer.bias.grad, 8 * 2 / 7 * errors.sum()[None])
    torch.testing.assert_close(value, errors.square().mean())
    assert not value.requires_grad


def test_a_whole_batch_is_handed_on_as_it_is(batch: Batch) -> None:
    assert micro_batches(batch, 1) == [batch]
    assert micro_batches(batch, 1)[0] is batch


def test_rows_stay_with_their_examples() -> None:
    whole = Batch(
        {"ids": torch.arange(12).view(6, 2)},
        {"label": torch.tensor([7, 8, 9]), "text": ["a", "b", "c"]},
        [4, 1, 2],
        rows=torch.tensor([1, 3, 2]),
    )
    first, second = micro_batches(whole, 2)
    assert first.inputs["ids"].tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert second.inputs["ids"].tolist() == [[8, 9], [10, 11]]
    assert (first.targets["label"].tolist(), second.targets["label"].tolist()) == ([7, 8], [9])
    assert (first.targets["text"], second.targets["text"]) == (["a", "b"], ["c"])
    assert (first.indices, second.indices) == ([4, 1], [2])
    assert (first.rows.tolist(), second.rows.tolist()) == ([1, 3], [2])


def test_features_are_cut_as_inputs_are() -> None:
    features = Features(
        torch.arange(4.0).view(4, 1),
        (torch.empty(0), torch.arange(8.0).view(4, 2)),
        mask=torch.tensor([[True], [False], [True], [True]]),
        rows=torch.tensor([1, 2, 1]),
        asked={"words": ["x", "y", "z"]},
        memory=(torch.arange(4.0).view(4, 1),),
        size=(5, 6),
    )
    parts = [part.features for part in micro_batches(Batch({}, {}, range(3), features), 2)]
    assert [part.pooled.flatten().tolist() for part in parts] == [[0, 1, 2], [3]]
    assert [[len(map_) for map_ in part.maps] for part in parts] == [[0, 3], [0, 1]]
    assert [part.mask.flatten().tolist() for part in parts] == [[True, False, True], [True]]
    assert [part.rows.tolist() for part in parts] == [[1, 2], [1]]
    assert [part.asked for part in parts] == [{"words": ["x", "y"]}, {"words": ["z"]}]
    assert [part.memory[0].flatten().tolist() for part in parts] == [[0, 1, 2], [3]]
    assert [part.size for part in parts] == [(5, 6), (5, 6)]


def test_a_batch_without_features_of_its_own_rows_has_none() -> None:
    parts = micro_batches(Batch({}, {}, range(2), Features(torch.zeros(2, 1))), 2)
    assert [(part.size, part.rows, part.features.rows) for part in parts] == [(1, None, None)] * 2


@pytest.mark.parametrize("count", [2, 4])
def test_a_training_in_parts_is_the_same_training(tmp_path: Path, count: int) -> None:
    cell = fakes.cell(FineTune(epochs=2, warmup=0.0))

    def trained(count: int) -> dict[str, Tensor]:
        folder = tmp_path / str(count)
        record = trials.done(cell, folder, keep_encoder=True, micro_batches=count)
        assert record.effective["batch_size"] == 16
        assert record.effective.get("micro_batches", 1) == count
        assert record.effective["eval_batch_size"] == 128 // count
        assert any("taken in" in note for note in record.notes) == (count > 1)
        return load_file(Store(folder / "results").artifact_path(cell.id))

    whole, parts = trained(1), trained(count)
    assert whole.keys() == parts.keys()
    for name, weights in whole.items():
        torch.testing.assert_close(parts[name], weights, rtol=1e-4, atol=1e-5)
