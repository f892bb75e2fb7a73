"""Denoising autoencoders: the noise, and that it is taken away."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import pretraining
from bench import Batch, Features
from bench_vision.denoising_autoencoder import DenoisingAutoencoder
from bench_vision.reconstruction import Reconstruction, gaussian, masking


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_gaussian_noise_has_its_deviation_and_no_bounds() -> None:
    images = torch.full((50, 3, 32, 32), 0.9)
    noise = gaussian(images, random(), level=0.25) - images
    assert noise.mean().abs() < 2e-3
    assert noise.std().item() == pytest.approx(0.25, rel=0.01)
    assert (images + noise).max() > 1.5
    assert torch.corrcoef(noise.transpose(0, 1).flatten(1)).triu(1).abs().max() < 0.02


def test_masking_turns_whole_pixels_black() -> None:
    images = torch.full((50, 3, 32, 32), 0.9)
    spoilt = masking(images, random(), level=0.25)
    assert set(spoilt.unique().tolist()) == {0.0, images[0, 0, 0, 0].item()}
    assert torch.equal(spoilt[:, 0], spoilt[:, 1])
    assert (spoilt == 0).float().mean().item() == pytest.approx(0.25, rel=0.03)


def test_noise_goes_in_and_clean_images_are_asked_for(tmp_path: Path) -> None:
    class Seeing(nn.Module):
        def forward(self, inputs: dict[str, Tensor]) -> Features:
            return Features(inputs["pixels"] / 255)

    class Showing(nn.Module):
        def forward(self, features: Features) -> Tensor:
            return features.pooled

    run = pretraining.live(tmp_path, DenoisingAutoencoder())
    learner = DenoisingAutoencoder(noise="masking", level=0.5).learner(run)
    assert isinstance(learner, Reconstruction)
    learner.decoder = Showing()
    batch = Batch({"pixels": torch.full((40, 3, 16, 16), 255, dtype=torch.uint8)}, {}, range(40))
    assert learner.loss(Seeing(), batch, random()).item() == pytest.approx(0.5, rel=0.05)
    assert learner.scores(Seeing(), batch, random())["mse"].mean().item() == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("noise", ["gaussian", "masking"])
def test_it_learns_on_digits(tmp_path: Path, noise: str) -> None:
    objective = DenoisingAutoencoder(noise=noise, epochs=4)
    pretraining.assert_learns(tmp_path, objective, lower={"mse"}, higher={"psnr", "ssim"})
