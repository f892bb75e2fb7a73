"""What authors of audio backbones reuse: log-mel spectrograms, in torch, of sounds of unlike length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOOR = 1e-10
"""The least power of which a logarithm is taken."""

LINEAR_TO = 1000.0
"""Hertz up to which Slaney's mel scale is linear; above, it is logarithmic."""

MEL = 200 / 3
"""Hertz of a mel in the linear part."""

STEP = np.log(6.4) / 27
"""What a mel adds to the logarithm of a frequency in the logarithmic part."""


class LogMel(nn.Module):
    """The logarithm (base 10) of the power in mel bands, of windows of samples that overlap.

    rate: samples a second. bands: how many there are, from 0 Hz to half of the rate. window, hop: samples of
    a window, and from one to the next. A sound is mirrored at its ends, so that windows are around their
    times, and has a window for each whole hop in it, at least one.
    """

    filters: Tensor
    taper: Tensor

    def __init__(self, rate: int, bands: int, window: int, hop: int) -> None:
        super().__init__()
        self.window = window
        self.hop = hop
        filters = mel_filters(rate, bands, window).astype(np.float32)
        self.register_buffer("filters", torch.from_numpy(filters))
        self.register_buffer("taper", torch.hann_window(window))

    def forward(self, waves: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return spectra `[N, bands, T]` of sounds `[N, L]` of these lengths, `[N]`, and how many T count.

        All is computed in float32, as the least powers would be lost in less.
        """
        with torch.autocast(waves.device.type, enabled=False):
            mirrored = mirror(waves.float(), lengths, self.window // 2)
            spectra = torch.stft(
                mirrored, self.window, self.hop, window=self.taper, center=False, return_complex=True
            )
            frames = (lengths // self.hop).clamp(min=1)
            power = spectra[..., : int(frames.max())].abs().square()
            return (self.filters @ power).clamp(min=FLOOR).log10(), frames


def mirror(waves: Tensor, lengths: Tensor, edge: int) -> Tensor:
    """Return sounds `[N, L]`, each with `edge` samples more at both of its ends, as if in a mirror there.

    The result is `[N, L + 2 * edge]`; what follows a sound that is shorter than the longest has no meaning.
    """
    places = torch.arange(-edge, waves.shape[1] + edge, device=waves.device).abs()
    last = lengths[:, None] - 1
    mirrored = torch.where(places > last, 2 * last - places, places)
    return waves.gather(1, mirrored.clamp(min=0))


def mel_filters(rate: int, bands: int, window: int) -> NDArray[Any]:
    """Return the share of each frequency of a window in each mel band, `[bands, 1 + window // 2]`.

    Bands are triangles of one area on Slaney's scale (1998), which librosa and Whisper use, from 0 Hz to half
    of the rate.
    """
    frequencies = np.linspace(0, rate / 2, 1 + window // 2)
    edges = hertz(np.linspace(0, mels(np.array(rate / 2)), bands + 2))
    below, middle, above = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (frequencies - below) / (middle - below)
    falling = (above - frequencies) / (above - middle)
    shares: NDArray[Any] = np.minimum(rising, falling).clip(min=0) * 2 / (above - below)
    return shares


def mels(frequencies: NDArray[Any]) -> NDArray[Any]:
    """Return frequencies in hertz on Slaney's mel scale."""
    logarithmic = LINEAR_TO / MEL + np.log(np.maximum(frequencies, LINEAR_TO) / LINEAR_TO) / STEP
    return np.where(frequencies < LINEAR_TO, frequencies / MEL, logarithmic)


def hertz(values: NDArray[Any]) -> NDArray[Any]:
    """Return values of Slaney's mel scale in hertz."""
    turn = LINEAR_TO / MEL
    return np.where(values < turn, values * MEL, LINEAR_TO * np.exp(STEP * (np.maximum(values, turn) - turn)))
