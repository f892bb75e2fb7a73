"""What cannot be kept is made anew, and nothing else changes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from shutil import rmtree

import pytest
import torch

import bench
import fakes
import sequences
import trials
from bench import Settings

# In bytes: prepared, the training examples take 60 * (2 * 4 + 8), and their features 60 * (8 * 4 + 8).
PREPARED_ONLY, NEITHER = 2000, 900


PREPARED: list[bench.Example] = []


@pytest.fixture(autouse=True)
def _nothing_prepared() -> None:
    PREPARED.clear()


class Preparing(fakes.PointClassification):
    """Counts the examples that it prepares, and changes those that are trained on."""

    def prepare(self, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        PREPARED.append(example)
        return super().prepare(example, processor)

    def augment(self, batch: bench.Batch, generator: torch.Generator) -> bench.Batch:
        return dataclasses.replace(batch, inputs={"point": batch.inputs["point"] + 1})


def assert_same_batches(first: bench.Data, second: bench.Data, epoch: int | None) -> None:
    for one, other in zip(first.batches(epoch), second.batches(epoch), strict=True):
        assert list(one.indices) == list(other.indices)
        for part in ("inputs", "targets"):
            batch, expected = getattr(one, part), getattr(other, part)
            assert batch.keys() == expected.keys()
            assert all(torch.equal(values, expected[name]) for name, values in batch.items())


class Remarking(fakes.PointClassification):
    """Leaves something out of the examples of class 0, a third of all."""

    def prepare(self, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        sample = super().prepare(example, processor)
        remark = "" if example.target else "cut"
        return bench.Sample(bench.Inputs(sample.inputs, remark), sample.targets)


def test_notes_count_what_examples_lack(tmp_path: Path) -> None:
    for _ in ("prepared", "found prepared"):
        run = trials.live(tmp_path, task=Remarking())
        run.data("train")
        run.data("train")
        assert run.supply.notes == ["train: 20 of 60 examples were cut"]


def test_notes_count_what_examples_of_kept_features_lack(tmp_path: Path) -> None:
    for _ in ("encoded", "found encoded"):
        run = trials.live(tmp_path, task=Remarking())
        list(run.encode("test"))
        assert run.supply.notes == ["test: 20 of 60 examples were cut"]
        rmtree(tmp_path / "cache" / "prepared", ignore_errors=True)


@pytest.mark.parametrize("epoch", [None, 1])
def test_data_too_large_to_be_kept_are_prepared_for_each_batch(tmp_path: Path, epoch: int | None) -> None:
    run = trials.live(tmp_path / "bound", cache_limit=NEITHER, task=Preparing())
    assert_same_batches(run.data("train"), trials.live(tmp_path, task=Preparing()).data("train"), epoch)
    assert run.supply.notes == [
        "train: prepared again for each batch, as it would take about 8.94e-07 GiB "
        "and the cache may take 8.38e-07 GiB (--cache-limit)"
    ]
    assert not list((tmp_path / "bound" / "cache").glob("prepared/*"))
    PREPARED.clear()
    list(run.data("train").batches())
    assert len(PREPARED) == 60


def test_a_note_says_that_texts_are_not_sorted(tmp_path: Path) -> None:
    cell = sequences.cell(trials.Nothing(), settings=Settings(eval_batch_size=30))
    run = trials.live(tmp_path, cell, cache_limit=0)
    assert [list(batch.indices) for batch in run.data("test").batches()] == [
        list(range(start, start + 30)) for start in (0, 30, 60)
    ]
    assert run.supply.notes[0].startswith("test: prepared again for each batch and not sorted by length, as")


def test_features_are_kept_also_of_data_that_are_not(tmp_path: Path) -> None:
    narrow = fakes.Layers(width="1")  # its features are smaller than its inputs

    def encoded() -> bench.Data:
        run = trials.live(tmp_path, cache_limit=NEITHER, task=Preparing(), backbone=narrow)
        return trials.drain(run.encode("train"))

    first = encoded().take([4, 2])
    PREPARED.clear()
    again = encoded().take([4, 2])
    assert PREPARED == []  # they are found with their targets, without the data
    assert again.targets["label"].tolist() == first.targets["label"].tolist() == [1, 2]
    assert torch.equal(again.features.pooled, first.features.pooled)


@pytest.mark.parametrize("limit", [PREPARED_ONLY, NEITHER])
@pytest.mark.parametrize("epoch", [None, 1])
def test_features_too_large_to_be_kept_are_made_for_each_batch(
    tmp_path: Path, limit: int, epoch: int | None
) -> None:
    run = trials.live(tmp_path / "bound", cache_limit=limit, task=Preparing())
    assert trials.live(tmp_path, task=Preparing()).supply.notes == []
    kept = trials.drain(trials.live(tmp_path, task=Preparing()).encode("train"))
    steps = list(run.encode("train"))
    assert steps == []
    for batch, expected in zip(
        trials.drain(run.encode("train")).batches(epoch), kept.batches(epoch), strict=True
    ):
        assert batch.features is None
        assert batch.indices == expected.indices
        assert torch.equal(batch.targets["label"], expected.targets["label"])
        torch.testing.assert_close(run.forward(batch).pooled, expected.features.pooled)
    note = (
        "train: encoded again for each batch, as features would take about 2.24e-06 GiB "
        "and the cache may take"
    )
    assert (
        [line.startswith(note) for line in run.supply.notes] == [True]
        if limit == PREPARED_ONLY
        else [False, True]
    )


def test_sequences_too_large_to_be_kept_are_sorted_as_if_they_were(tmp_path: Path) -> None:
    cell = sequences.cell(trials.Nothing())
    kept = trials.drain(trials.live(tmp_path, cell).encode("train"))
    lengths = trials.live(tmp_path, cell).data("train").lengths
    size = lengths.sum() * (8 + 2) * 4 + 90 * 8  # both maps, and a label each
    run = trials.live(tmp_path / "bound", cell, cache_limit=int(size) - 100)
    encoded = trials.drain(run.encode("train"))
    assert len(run.supply.notes) == 1
    assert [list(batch.indices) for batch in encoded.batches(0)] == [
        list(batch.indices) for batch in kept.batches(0)
    ]


class Clouds(fakes.Points):
    """Points whose classes are known without reading them."""

    name = "clouds"

    def strata(self, split: bench.Split) -> list[int]:
        return [example.target for example in self.load(split)]


def trained_on(folder: Path, seed: int, **limits: object) -> list[int]:
    run = trials.live(folder, dataset=Clouds(), seed=seed, limits=bench.Limits(**limits))
    assert [len(run.subsets[split].positions) for split in ("val", "test")] == [60, 60]
    return run.subsets["train"].positions.tolist()


@pytest.mark.parametrize("limit", [{"shots": 4}, {"train_examples": 12}, {"train_fraction": 0.2}])
def test_seeds_train_on_the_same_examples_unless_they_redraw(tmp_path: Path, limit: dict[str, float]) -> None:
    same = [trained_on(tmp_path, seed, **limit) for seed in (0, 1, 2)]
    assert same[0] == same[1] == same[2]
    drawn = [trained_on(tmp_path, seed, redraw=True, **limit) for seed in (0, 1, 2, 1)]
    assert drawn[1] == drawn[3]
    assert len({tuple(positions) for positions in (*same, *drawn)}) == 4
    assert {len(positions) for positions in (*same, *drawn)} == {12}


def test_a_seed_redraws_nothing_where_all_examples_are_trained_on(tmp_path: Path) -> None:
    assert trained_on(tmp_path, 3, redraw=True) == list(range(60))


def test_features_of_a_draw_are_those_of_its_examples(tmp_path: Path) -> None:
    for seed in (0, 1):
        limits = bench.Limits(shots=2, redraw=True)
        run = trials.live(tmp_path, dataset=Clouds(), seed=seed, limits=limits)
        encoded = trials.drain(run.encode("train"))
        batch = encoded.take(range(6))
        examples = [Clouds().load("train")[position] for position in run.subsets["train"].positions]
        assert batch.targets["label"].tolist() == [example.target for example in examples]
        points = torch.stack([torch.from_numpy(example.input).float() for example in examples])
        with torch.no_grad():
            assert torch.allclose(batch.features.pooled, run.encoder({"point": points}).pooled, atol=1e-6)
