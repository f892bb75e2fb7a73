"""The live side of autoencoders: images, as they are or corrupted, through the encoder and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from bench import Batch, Encoder, Run
from bench.toolkit.learner import Learner
from bench.toolkit.moving import moved

from .image_decoder import Bottleneck, ConvolutionalDecoder, Decoder, LinearDecoder, image_size
from .image_quality import decibels, mse, ssim

DECODERS: Mapping[str, type[Decoder]] = {"convolutional": ConvolutionalDecoder, "linear": LinearDecoder}


def decoder_for(run: Run, kind: str, bottleneck: Bottleneck) -> Decoder:
    """Return a decoder of a kind for the run's encoder and images."""
    return DECODERS[kind](bottleneck, run.encoder.spec, image_size(run))


def gaussian(images: Tensor, random: torch.Generator, level: float) -> Tensor:
    """Add noise of this deviation to each value; the result is not bounded."""
    return images + level * moved(torch.randn(images.shape, generator=random), images.device)


def masking(images: Tensor, random: torch.Generator, level: float) -> Tensor:
    """Turn each pixel black with this probability."""
    drawn = torch.rand((len(images), 1, *images.shape[2:]), generator=random)
    return images * moved(drawn >= level, images.device)


NOISES = {"gaussian": gaussian, "masking": masking}


class Reconstruction(Learner):
    """A decoder that learns to give back the images, as they were before `corrupt` changed them.

    Images are `[N, 3, H, W]` in 0..1.
    """

    def __init__(
        self, decoder: Decoder, corrupt: Callable[[Tensor, torch.Generator], Tensor] | None = None
    ) -> None:
        super().__init__()
        self.decoder = decoder
        self.corrupt = corrupt

    def loss(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Tensor:
        """Return the mean squared error, of values in 0..1."""
        images = batch.inputs["pixels"].float() / 255
        return mse_loss(self.rebuilt(encoder, images, random), images)

    def scores(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Mapping[str, Tensor]:
        """Return how close the images that come back, bounded to 0..1, are to these."""
        images = batch.inputs["pixels"].float() / 255
        rebuilt = self.rebuilt(encoder, images, random).clamp(0, 1)
        errors = mse(rebuilt, images)
        return {"psnr": decibels(errors), "ssim": ssim(rebuilt, images), "mse": errors}

    def rebuilt(self, encoder: Encoder, images: Tensor, random: torch.Generator) -> Tensor:
        """Return what comes back of images."""
        seen = self.corrupt(images, random) if self.corrupt else images
        result: Tensor = self.decoder(encoder({"pixels": 255 * seen}))
        return result
