"""The live side of `mel-cnn`."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from torch import Tensor, nn

from bench import Features, FeatureSpec
from bench.toolkit.fitting import apply_weights
from bench.toolkit.mel import LogMel
from bench.toolkit.pooling import masked_mean
from bench.toolkit.sounds import SoundEncoder, SoundProcessor, mask_of
from bench.toolkit.weights import read_weights

HOPS = 100
"""Windows a second."""

OVERLAP = 2.5
"""The length of a window in hops."""

STRIDE = 2
"""Windows that a state stands for."""

DILATIONS = (1, 2, 4)
"""How far apart the states are that the last convolutions look at."""

HALVINGS = 4
"""How often frequencies are halved."""

SILENCE = 1e-2
"""What a deviation of log powers is at least taken for: of perfect silence it is 0."""


class MelCnnEncoder(SoundEncoder):
    """Gives a state for every 20 ms, `[N, T, width]`, and their mean."""

    trunk: MelNetwork

    def __init__(self, rate: int, longest: float, bands: int, width: int) -> None:
        super().__init__()
        self.processor = SoundProcessor(rate, longest)
        self.mel = LogMel(rate, bands, window=round(OVERLAP * rate / HOPS), hop=rate // HOPS)
        self.trunk = MelNetwork(bands, width)
        self.spec = FeatureSpec(width, channels=(width,), strides=(STRIDE * (rate // HOPS),))

    def encode(self, waves: Tensor, lengths: Tensor) -> Features:
        """Return the features of sounds, `[N, L]`."""
        spectra, frames = self.mel(waves, lengths)
        states, mask = self.trunk(standardised(spectra, frames), frames)
        return Features(masked_mean(states, mask), (states,), mask)


class MelNetwork(nn.Module):
    """Convolutions over spectra, `[N, bands, T]`, that halve frequencies four times, and time once.

    What follows the end of a spectrum is kept at zero throughout, as at the edge of a batch, so that it does
    not matter how much of it there is.
    """

    def __init__(self, bands: int, width: int) -> None:
        super().__init__()
        widths = [1, width // 8, width // 8, width // 4, width // 4]
        self.layers = nn.ModuleList(
            convolution(inputs, outputs, time=1 if place else STRIDE)
            for place, (inputs, outputs) in enumerate(pairwise(widths))
        )
        self.narrow = over_time(widths[-1] * bands // 2**HALVINGS, width)
        self.context = nn.ModuleList(over_time(width, width, dilation) for dilation in DILATIONS)

    def forward(self, spectra: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return states `[N, T', width]`, and where they count, bool `[N, T']`; T' is half of T."""
        maps = spectra[:, None]
        counts = -(-frames // STRIDE)
        mask = mask_of(counts, -(-spectra.shape[2] // STRIDE))
        for layer in self.layers:
            maps = layer(maps) * mask[:, None, None]
        states = self.narrow(maps.flatten(1, 2)) * mask[:, None]
        for layer in self.context:
            states = (states + layer(states)) * mask[:, None]
        return states.transpose(1, 2), mask


def convolution(inputs: int, outputs: int, time: int) -> nn.Sequential:
    """Return a 3x3 convolution that halves frequencies, with a stride in time, and what follows it."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, stride=(2, time), padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def over_time(inputs: int, outputs: int, dilation: int = 1) -> nn.Sequential:
    """Return a convolution over time of three states, so far apart, and what follows it."""
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel_size=3, dilation=dilation, padding=dilation, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
    )


def standardised(spectra: Tensor, frames: Tensor) -> Tensor:
    """Return spectra `[N, bands, T]`, each with mean 0 and deviation 1 over what counts, and 0 after that."""
    mask = mask_of(frames, spectra.shape[2])[:, None]
    numbers = frames[:, None, None] * spectra.shape[1]
    mean = (spectra * mask).sum(dim=(1, 2), keepdim=True) / numbers
    centred = (spectra - mean) * mask
    deviation = (centred.square().sum(dim=(1, 2), keepdim=True) / numbers).sqrt()
    return centred / deviation.clamp(min=SILENCE)


def load(
    rate: int, longest: float, bands: int, width: int, path: Path | None, who: str, part: str | None = None
) -> MelCnnEncoder:
    """Build the encoder, with weights from (a part of) a file if there is a path; `who` is for messages.

    Raises WeightsError where weights cannot be had or do not fit.
    """
    encoder = MelCnnEncoder(rate, longest, bands, width)
    if path is not None:
        applied = apply_weights(encoder, read_weights(path), f"{who}: the weights in {path}", (), part)
        encoder.notes = applied.notes
    return encoder
