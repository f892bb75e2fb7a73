"""What a further backbone makes of the same examples, by its own processor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

import bench
import fakes
import sequences
import trials


class Doubled(fakes.Layers):
    """Reads points at twice the scale."""

    name: ClassVar[str] = "doubled"

    def load(self) -> bench.Encoder:
        LOADED.append(self.width)
        encoder = fakes.make_encoder(int(self.width))

        def processor(raw: np.ndarray) -> Mapping[str, np.ndarray]:
            return {"point": 2 * raw.astype(np.float32)}

        processor.digest = "points doubled"
        encoder.processor = processor
        return encoder


LOADED: list[str] = []
OTHER = Doubled(width="5")


@pytest.fixture(autouse=True)
def _nothing_loaded() -> None:
    LOADED.clear()


def live(folder: Path, **changes: Any) -> bench.Run:
    return trials.live(folder, fakes.cell(trials.Nothing(), further={"other": OTHER}, **changes))


def encoded(run: bench.Run, split: bench.Split = "train", of: str | None = "other") -> bench.Batch:
    data = trials.drain(run.encode(split, of))
    return data.take(range(len(data)))


def test_it_reads_the_same_examples_its_own_way(tmp_path: Path) -> None:
    run = live(tmp_path, limits=bench.Limits(train_examples=20))
    other, own = encoded(run), run.data("train").take(range(20))
    assert other.features.pooled.shape == (20, 5)
    assert torch.equal(other.targets["label"], own.targets["label"])
    teacher = run.supply.of("other").encoder()
    expected = teacher({"point": 2 * own.inputs["point"]}).pooled
    torch.testing.assert_close(other.features.pooled, expected)
    assert run.encoder.spec.pooled == 8


def test_it_is_loaded_once_in_evaluation_mode_and_what_it_makes_is_kept(tmp_path: Path) -> None:
    run = live(tmp_path)
    first = encoded(run).features.pooled
    encoded(run, "val")
    assert LOADED == ["5"]
    assert not run.supply.of("other").encoder().training
    again = live(tmp_path)
    assert torch.equal(encoded(again).features.pooled, first)
    assert again.cached["encode"].examples == 60


def test_it_prepares_the_same_examples_its_own_way(tmp_path: Path) -> None:
    run = live(tmp_path)
    own, other = (run.data("train", of=of).take([3, 5]) for of in (None, "other"))
    assert torch.equal(other.inputs["point"], 2 * own.inputs["point"])
    assert other.indices == own.indices == [3, 5]


class Looking(trials.Nothing):
    """Looks at whole sequences of a further backbone."""

    name: ClassVar[str] = "looking"

    def reads(self) -> frozenset[str]:
        return frozenset({"maps"})


@pytest.mark.parametrize(("objective", "pooled", "maps"), [(trials.Nothing(), 90 * 3, 0), (Looking(), 0, 2)])
def test_of_its_features_only_what_the_objective_reads_is_kept(
    objective: bench.Objective, pooled: int, maps: int, tmp_path: Path
) -> None:
    run = trials.live(tmp_path, sequences.cell(objective, further={"other": sequences.Walker(width=3)}))
    features = encoded(run).features
    assert (features.pooled.numel(), len(features.maps)) == (pooled, maps)


def test_a_cell_whose_own_backbone_it_is_finds_what_was_kept(tmp_path: Path) -> None:
    """Weights are given by the seed and what they are for, so those of two roles are set equal here."""
    versions = {"backbone/doubled": "1", "backbone/layers": "2"}
    run = live(tmp_path, versions=versions)
    encoded(run)
    own = trials.live(
        tmp_path, fakes.cell(trials.Nothing(), backbone=OTHER, versions={"backbone/doubled": "1"})
    )
    own.encoder.load_state_dict(run.supply.of("other").encoder().state_dict())
    assert list(own.encode("train")) == []


def test_features_that_are_too_large_to_be_kept_are_told(tmp_path: Path) -> None:
    cell = fakes.cell(trials.Nothing(), further={"other": Doubled(width="500")})
    run = trials.live(tmp_path, cell, cache_limit=20_000)
    with pytest.raises(
        bench.UnsuitableError, match=r"features of doubled/500 would take about .*cache-limit"
    ):
        encoded(run)


def test_the_seed_of_the_cell_does_not_shift(tmp_path: Path) -> None:
    plain, run = trials.live(tmp_path), live(tmp_path)
    encoded(run)
    assert torch.equal(plain.encoder.first.weight, run.encoder.first.weight)
