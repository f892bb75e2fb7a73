"""Gradual unfreezing: what learns when."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn

import bench
import fakes
import trials
from bench import Features, FeatureSpec, Limits
from bench_objectives.gradual_unfreeze import GradualUnfreeze

BATCHES = 4  # sixty examples by sixteen


class Deep(fakes.Layers):
    """Three blocks, each with a norm that keeps statistics."""

    name: ClassVar[str] = "deep"

    def load(self) -> bench.Encoder:
        class Encoder(bench.Encoder, nn.Module):
            spec = FeatureSpec(8)
            processor = staticmethod(fakes.make_encoder().processor)

            def __init__(self) -> None:
                super().__init__()
                self.low, self.middle, self.top = (
                    nn.Sequential(nn.Linear(width, 8), nn.BatchNorm1d(8), nn.Tanh()) for width in (2, 8, 8)
                )

            def forward(self, inputs: Mapping[str, torch.Tensor]) -> Features:
                return Features(self.top(self.middle(self.low(inputs["point"]))))

            def blocks(self) -> list[nn.Module]:
                return [self.low, self.middle, self.top]

        return Encoder()


def state(run: bench.Run) -> dict[str, dict[str, torch.Tensor]]:
    """Parameters and running statistics, by part of the model."""
    parts = {"head": run.head.linear, **dict(run.encoder.named_children())}
    return {
        part: {name: t.clone() for name, t in module.state_dict().items()} for part, module in parts.items()
    }


def changes(folder: Path, objective: GradualUnfreeze) -> list[dict[str, bool]]:
    """By stage and part, whether all of its tensors changed; some of them alone is a fault."""
    run = trials.live(folder, fakes.cell(objective, backbone=Deep()))
    before, stages = state(run), []
    for number, _ in enumerate(objective.train(run), 1):
        if number % (objective.epochs * BATCHES) == 0:
            now = state(run)
            stages.append({part: moved(before[part], now[part]) for part in now})
            before = now
    return stages


def moved(before: dict[str, torch.Tensor], now: dict[str, torch.Tensor]) -> bool:
    changed = {not torch.equal(before[name], now[name]) for name in before}
    assert len(changed) == 1, "moved in part"
    return changed.pop()


def stage(*learning: str) -> dict[str, bool]:
    return {part: part in learning for part in ("head", "low", "middle", "top")}


def test_the_head_learns_first_and_then_block_after_block_from_the_top(tmp_path: Path) -> None:
    assert changes(tmp_path, GradualUnfreeze()) == [
        stage("head"),
        stage("head", "top"),
        stage("head", "top", "middle"),
        stage("head", "top", "middle", "low"),
    ]


@pytest.mark.parametrize(
    ("stages", "last"),
    [
        (1, [stage("head")]),
        (2, [stage("head"), stage("head", "top", "middle", "low")]),
        (3, [stage("head"), stage("head", "top"), stage("head", "top", "middle", "low")]),
    ],
)
def test_with_fewer_stages_the_last_one_unfreezes_what_is_left(
    tmp_path: Path, stages: int, last: list[dict[str, bool]]
) -> None:
    assert changes(tmp_path, GradualUnfreeze(stages=stages)) == last


def test_more_stages_than_blocks_are_as_many_as_can_be(tmp_path: Path) -> None:
    assert len(changes(tmp_path, GradualUnfreeze(stages=9))) == 4


def test_each_stage_has_its_epochs(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(GradualUnfreeze(epochs=2), backbone=Deep()), tmp_path)
    assert record.effective["steps"] == 4 * 2 * BATCHES


def test_no_stage_sees_the_batches_of_another_again(tmp_path: Path) -> None:
    seen: list[tuple[int, ...]] = []

    class Noting(fakes.PointClassification):
        def loss(
            self, head: nn.Module, features: Features, targets: Mapping[str, torch.Tensor]
        ) -> torch.Tensor:
            seen.append(tuple(targets["label"].tolist()))
            return super().loss(head, features, targets)

    trials.done(fakes.cell(GradualUnfreeze(), backbone=Deep(), task=Noting()), tmp_path)
    assert len(set(seen)) == len(seen) == 4 * BATCHES


def test_what_is_frozen_is_in_evaluation_mode(tmp_path: Path) -> None:
    objective = GradualUnfreeze(stages=2)
    run = trials.live(tmp_path, fakes.cell(objective, backbone=Deep()))
    training = objective.train(run)
    next(training)
    assert run.head.training
    assert not any(part.training for part in run.encoder.modules())
    for _ in range(BATCHES):
        next(training)
    assert all(block.training for block in run.encoder.blocks())


def test_a_limit_on_steps_may_end_it_before_all_is_unfrozen(tmp_path: Path) -> None:
    cell = fakes.cell(GradualUnfreeze(), backbone=Deep(), limits=Limits(steps=BATCHES))
    untrained = trials.live(tmp_path, cell).encoder.state_dict()
    record = trials.done(cell, tmp_path, keep_encoder=True)
    assert record.effective["ended_by"] == "steps"
    kept = trials.live(tmp_path, cell)
    kept.origin = trials.job(cell, tmp_path).store.artifact_path(cell.id)
    assert all(torch.equal(kept.encoder.state_dict()[name], tensor) for name, tensor in untrained.items())


def test_it_learns(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(GradualUnfreeze(epochs=6, lr=0.02), backbone=Deep()), tmp_path)
    assert record.quality["test"]["accuracy"] > 0.9
