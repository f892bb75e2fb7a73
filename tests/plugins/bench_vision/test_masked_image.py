"""Masked image modelling: what is hidden, what is asked, and that it is learnt."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import pretraining
from bench import Batch, Encoder, Features, FeatureSpec
from bench_vision.image_decoder import LinearDecoder
from bench_vision.masked_image import MaskedImage
from bench_vision.masked_pixels import MaskedPixels, random_patches


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("patch", "ratio", "hidden"), [(4, 0.6, 38), (8, 0.6, 10), (4, 0.75, 48), (32, 0.1, 1)]
)
def test_each_image_has_the_same_number_of_hidden_patches(patch: int, ratio: float, hidden: int) -> None:
    mask = random_patches(50, (32, 32), patch, ratio, generator())
    squares = mask.unfold(2, patch, patch).unfold(3, patch, patch).float().mean(dim=(4, 5))
    assert set(squares.unique().tolist()) <= {0.0, 1.0}
    assert squares.flatten(1).sum(dim=1).tolist() == [hidden] * 50


def test_patches_are_hidden_evenly_and_independently() -> None:
    mask = random_patches(4000, (16, 16), 4, 0.5, generator())[:, 0, ::4, ::4].flatten(1).float()
    assert (mask.mean(dim=0) - 0.5).abs().max() < 0.04
    correlation = torch.corrcoef(mask.T) - torch.eye(16)
    # Half of sixteen are chosen: each choice makes another one a fifteenth less likely.
    assert (correlation + 1 / 15 - torch.eye(16) / 15).abs().max() < 0.07


def test_patches_at_the_rim_are_cut() -> None:
    mask = random_patches(20, (9, 6), 4, 0.99, generator())
    assert mask.shape == (20, 1, 9, 6)
    assert mask.any()


class Watching(nn.Module):
    """Notes the pixels it sees; its map is the image in blocks of 2 x 2, so nothing is lost."""

    spec = FeatureSpec(12, channels=(12,), strides=(2,))

    def forward(self, inputs: dict[str, Tensor]) -> Features:
        self.seen = inputs["pixels"]
        maps = nn.functional.pixel_unshuffle(self.seen / 255, 2)
        return Features(maps.mean(dim=(2, 3)), (maps,))


def batch(count: int = 6, side: int = 16) -> Batch:
    pixels = torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8, generator=generator(1))
    return Batch({"pixels": pixels}, {}, range(count))


def learner_of(encoder: Encoder, ratio: float = 0.5) -> MaskedPixels:
    return MaskedPixels(LinearDecoder("map", encoder.spec, (16, 16)), patch=4, ratio=ratio)


def test_what_is_hidden_has_the_learnt_colour_and_the_rest_stays() -> None:
    encoder, given = Watching(), batch()
    learner = learner_of(encoder)
    with torch.no_grad():
        learner.colour.copy_(torch.tensor([0.2, 0.4, 0.6]))
    _, hidden = learner.errors(encoder, given, generator())
    colour = torch.tensor([51.0, 102.0, 153.0]).view(3, 1, 1)
    torch.testing.assert_close(encoder.seen, torch.where(hidden, colour, given.inputs["pixels"].float()))
    assert hidden.float().mean() == 0.5


def test_only_hidden_pixels_count() -> None:
    encoder, given = Watching(), batch()
    learner = learner_of(encoder)
    layer = learner.decoder.layers[0]
    with torch.no_grad():  # gives back what it sees: errors are where the colour is
        layer.weight.copy_(torch.eye(12).view(12, 12, 1, 1))
        layer.bias.zero_()
    hidden = random_patches(6, (16, 16), 4, 0.5, generator())
    images = given.inputs["pixels"] / 255
    by_hand = [
        (image - 0.5).abs()[mask.expand(3, -1, -1)] for image, mask in zip(images, hidden, strict=True)
    ]
    loss = learner.loss(encoder, given, generator())
    torch.testing.assert_close(loss, torch.cat(by_hand).mean())
    scores = learner.scores(encoder, given, generator())
    torch.testing.assert_close(scores["masked_l1"], torch.stack([errors.mean() for errors in by_hand]))
    psnr = torch.stack([-10 * (errors**2).mean().log10() for errors in by_hand])
    torch.testing.assert_close(scores["masked_psnr"], psnr)


def test_the_colour_learns() -> None:
    encoder = Watching()
    learner = learner_of(encoder)
    learner.loss(encoder, batch(), generator()).backward()
    assert (learner.colour.grad != 0).all()


def test_a_backbone_without_maps_fills_in_from_pooled(tmp_path: Path) -> None:
    run = pretraining.live(tmp_path, MaskedImage(), backbone=pretraining.LinearBackbone(width=6))
    learner = MaskedImage().learner(run)
    assert learner.decoder.bottleneck == "pooled"


def test_it_learns_on_digits(tmp_path: Path) -> None:
    pretraining.assert_learns(
        tmp_path, MaskedImage(epochs=4, patch=2), lower={"masked_l1"}, higher={"masked_psnr"}
    )
