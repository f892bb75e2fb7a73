from __future__ import annotations

import pytest
import torch
from torch import nn

from bench_vision.cifar import Cifar
from bench_vision.gan_networks import Discriminator, Generator, to_bytes, to_images, to_pixels


@pytest.mark.parametrize("size", [(32, 32), (28, 28), (8, 8), (3, 5), (33, 50), (96, 64)])
def test_images_of_any_size(size):
    images = Generator(latent=6, size=size, width=2)(torch.randn(2, 6))
    assert images.shape == (2, 3, *size)
    assert images.abs().max() <= 1


def test_at_32_pixels_it_is_the_network_of_the_paper_in_small():
    """A map of 4 x 4, three doublings, half the channels after each, and the colours."""
    layers = [m for m in Generator(latent=100, size=(32, 32), width=32).modules() if hasattr(m, "weight")]
    assert (layers[0].in_features, layers[0].out_features) == (100, 4 * 4 * 256)
    widths = [(m.in_channels, m.out_channels) for m in layers if isinstance(m, nn.Conv2d)]
    assert widths == [(256, 128), (128, 64), (64, 32), (32, 3)]


def test_large_images_do_not_take_ever_more_channels():
    layers = Generator(latent=4, size=(128, 128), width=2).modules()
    widths = [m.in_channels for m in layers if isinstance(m, nn.Conv2d)]
    assert widths == [16, 16, 16, 8, 4, 2]


def test_pixels_and_images_map_onto_each_other():
    pixels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    images = to_images(pixels)
    assert images.min() == -1
    assert images.max() == 1
    torch.testing.assert_close(to_pixels(images), pixels.float())
    assert torch.equal(to_bytes(images), pixels)
    assert to_bytes(torch.tensor([-1.5, 1.5])).tolist() == [0, 255]


def test_the_discriminator_is_the_encoder_with_a_linear_output():
    encoder = Cifar(model="resnet20", weights="none").load().eval()
    output = nn.Linear(64, 1)
    pixels = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    odds = Discriminator(encoder, output)(to_images(pixels))
    expected = output(encoder({"pixels": pixels}).pooled).squeeze(1)
    torch.testing.assert_close(odds, expected, rtol=1e-3, atol=1e-4)
