"""Contrastive learning: NT-Xent by hand, and that views of one image are told from others."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy

import pretraining
from bench import Batch, Encoder
from bench_vision.contrastive import Contrastive
from bench_vision.simclr import SimCLR, partners, similarities


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def nt_xent_by_hand(points: Tensor, temperature: float) -> list[float]:
    """Equation 1 of Chen et al. 2020, one view after the other; images are i and i + N."""
    count, losses = len(points), []
    for i in range(count):
        likenesses = [
            float(cosine_similarity(points[i], points[k], dim=0)) / temperature for k in range(count)
        ]
        partner = (i + count // 2) % count
        others = sum(math.exp(likeness) for k, likeness in enumerate(likenesses) if k != i)
        losses.append(-math.log(math.exp(likenesses[partner]) / others))
    return losses


@pytest.mark.parametrize("count", [2, 4, 14])
@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_nt_xent_is_that_of_the_paper(count: int, temperature: float) -> None:
    points = 3 * torch.randn(count, 5, generator=random())
    compared = similarities(points, temperature)
    losses = cross_entropy(compared, partners(compared), reduction="none")
    torch.testing.assert_close(losses, torch.tensor(nt_xent_by_hand(points, temperature)), atol=1e-5, rtol=0)


def test_similarities_are_not_halved_with_the_runs_precision() -> None:
    points = torch.randn(8, 5, generator=random())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        halved = similarities(points, 0.5)
    torch.testing.assert_close(halved, similarities(points, 0.5))


def batch(count: int, side: int = 8) -> Batch:
    pixels = torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8, generator=random(1))
    return Batch({"pixels": pixels}, {}, range(count))


def learner_of(objective: Contrastive, encoder: Encoder) -> SimCLR:
    return objective.learner(SimpleNamespace(encoder=encoder))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_batch_of_any_size_can_be_learnt_from_and_measured(count: int) -> None:
    encoder = pretraining.RESNET.load()
    learner = learner_of(Contrastive(), encoder)
    learner.train()
    loss = learner.loss(encoder, batch(count), random())
    loss.backward()
    assert all(parameter.grad.isfinite().all() for parameter in learner.parameters())
    encoder.eval()
    learner.eval()
    scores = learner.scores(encoder, batch(count), random())
    assert {name: values.shape for name, values in scores.items()} == {
        "contrastive_top1": (2 * count,),
        "contrastive_loss": (2 * count,),
    }
    assert all(values.isfinite().all() for values in scores.values())
    if count == 1:
        assert scores["contrastive_top1"].tolist() == [1, 1]
        assert scores["contrastive_loss"].tolist() == [0, 0]


def test_views_without_change_are_nearest_to_themselves() -> None:
    encoder = pretraining.RESNET.load().eval()
    objective = Contrastive(smallest_crop=1.0, mirrored=0, jitter=0, greyscale=1)
    learner = learner_of(objective, encoder).eval()
    scores = learner.scores(encoder, batch(16), random())
    assert scores["contrastive_top1"].mean() > 0.8
    assert scores["contrastive_loss"].mean() < math.log(31)


def test_settings_reach_the_views() -> None:
    objective = Contrastive(smallest_crop=0.9, mirrored=0, jitter=0.1, greyscale=0)
    learner = learner_of(objective, pretraining.RESNET.load())
    assert learner.view.keywords == {"smallest": 0.9, "mirrored": 0, "jitter": 0.1, "greyscale": 0}


def test_it_learns_on_digits(tmp_path: Path) -> None:
    objective = Contrastive(epochs=5, lr=3e-3, mirrored=0)
    pretraining.assert_learns(tmp_path, objective, lower={"contrastive_loss"}, higher={"contrastive_top1"})
