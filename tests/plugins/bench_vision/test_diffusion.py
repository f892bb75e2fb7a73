"""Noise is put on images and taken away as it should be; what is drawn comes nearer to real images."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

import pretraining
from bench import Limits, Settings, UnsuitableError
from bench_vision.diffusion import Diffusion
from bench_vision.diffusion_learner import Diffuser, waves
from bench_vision.image_classification import ImageClassification
from bench_vision.noise_levels import LEVELS, SHARES, drawn, noised
from trials import drain

SMALL = Diffusion(judge_weights="none", width=16, epochs=6, sampling_steps=10, lr=3e-3)
SETTINGS = {
    "settings": Settings(batch_size=32),
    "limits": Limits(train_examples=320, val_examples=8, test_examples=64),
}


def test_levels_are_those_of_the_paper() -> None:
    """By another way: the logarithms of 1 - beta added up."""
    betas = [1e-4 + (0.02 - 1e-4) * at / (LEVELS - 1) for at in range(LEVELS)]
    logs = torch.tensor(betas, dtype=torch.float64).neg().log1p().cumsum(0)
    torch.testing.assert_close(SHARES.log().double(), logs, atol=1e-5, rtol=1e-5)
    assert float(SHARES[-1]) == pytest.approx(4.036e-5, rel=1e-3)


def test_what_is_seen_keeps_its_variance() -> None:
    random = torch.Generator().manual_seed(0)
    images, noise = torch.randn(2, 300, 3, 8, 8, generator=random)
    for level in (0, 400, 999):
        seen = noised(images, noise, torch.full((300,), level))
        assert float(seen.var()) == pytest.approx(1, abs=0.02)
    assert torch.allclose(noised(images, noise, torch.zeros(300, dtype=torch.long)), images, atol=0.06)


@pytest.mark.parametrize(("steps", "near"), [(1000, 0.003), (50, 0.03)])
def test_exactly_predicted_noise_draws_from_the_distribution(steps: int, near: float) -> None:
    """Of Gaussian images the noise in what is seen is known in closed form; few steps draw too alike."""
    mean, deviation = 0.2, 0.1

    def predicted(seen: Tensor, levels: Tensor) -> Tensor:
        share = SHARES[levels].view(-1, 1, 1, 1)
        spread = share * deviation**2 + 1 - share
        return (1 - share).sqrt() * (seen - share.sqrt() * mean) / spread

    noise = torch.randn(64, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    images = drawn(noise, predicted, steps)
    assert float(images.mean()) == pytest.approx(mean, abs=near)
    assert float(images.std()) == pytest.approx(deviation, abs=near)
    # It is a map without chance: what was brighter as noise is brighter as an image.
    assert float(torch.corrcoef(torch.stack([noise.flatten(), images.flatten()]))[0, 1]) > 0.999


def test_levels_have_waves_of_their_own() -> None:
    seen = waves(torch.arange(LEVELS), 16)
    assert seen.shape == (LEVELS, 16)
    assert float(torch.cdist(seen, seen).fill_diagonal_(9).min()) > 0.01
    assert waves(torch.arange(4), 5).shape == (4, 5)


def test_the_level_matters_and_the_untrained_decoder_predicts_nothing() -> None:
    torch.manual_seed(0)
    encoder = pretraining.RESNET.load().eval()
    diffuser = Diffuser(encoder, 8)
    seen = torch.randn(2, 3, 8, 8)
    low, high = torch.tensor([3, 3]), torch.tensor([900, 900])
    assert not diffuser.predicted(encoder, seen, low).any()
    torch.nn.init.normal_(diffuser.leave.weight)
    assert not torch.allclose(diffuser.predicted(encoder, seen, low), diffuser.predicted(encoder, seen, high))


def test_drawn_digits_come_nearer_to_real_ones(tmp_path: Path) -> None:
    before = pretraining.quality(tmp_path, SMALL.model_copy(update={"epochs": 0}), **SETTINGS)
    after = pretraining.quality(tmp_path, SMALL, **SETTINGS)
    assert before["noise_mse"] == pytest.approx(1, abs=0.05)
    assert after["noise_mse"] < 0.5
    assert after["frechet_cifar_resnet20"] < 0.7 * before["frechet_cifar_resnet20"]
    assert after["frechet_of_halves"] == before["frechet_of_halves"] < after["frechet_cifar_resnet20"]
    assert all(0 <= after[name] <= 1 for name in ("precision", "recall"))


def test_the_samples_are_a_picture_of_8_by_8_images(tmp_path: Path) -> None:
    run = pretraining.live(tmp_path, SMALL.model_copy(update={"epochs": 0, "sampling_steps": 2}), **SETTINGS)
    drain(run.cell.objective.train(run))
    drain(run.cell.objective.measure(run))
    picture = Image.open(io.BytesIO(run.attachments["samples.png"]))
    assert picture.size == (8 * pretraining.SIDE, 8 * pretraining.SIDE)


def test_it_ranks_as_gan_does_and_needs_maps() -> None:
    assert SMALL.ranks_by(ImageClassification()).name == "frechet_cifar_resnet20"
    cell = pretraining.cell(SMALL)
    assert SMALL.skip(cell.backbone, cell.task, cell.dataset) is None
    mapless = pretraining.LinearBackbone()
    assert "gives no maps" in (SMALL.skip(mapless, cell.task, cell.dataset) or "")
    with pytest.raises(UnsuitableError, match="gives no maps"):
        Diffuser(mapless.load(), 8)
