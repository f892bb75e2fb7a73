"""Sounds for tests: waves, and the files that hold them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from bench import Features, Sample
from bench.toolkit.sounds import Sound, SoundEncoder, collate_sounds


def noise(count: int, seed: int = 0, loudness: float = 0.1) -> NDArray[np.float32]:
    """Samples at random."""
    return np.random.default_rng(seed).normal(0, loudness, count).astype(np.float32)


def tone(hertz: float, seconds: float, rate: int = 8_000, loudness: float = 0.5) -> Sound:
    """A sine."""
    times = np.arange(round(seconds * rate)) / rate
    return Sound((loudness * np.sin(2 * np.pi * hertz * times)).astype(np.float32), rate)


def file_of(samples: Any, rate: int = 8_000, kind: str = "WAV", subtype: str | None = None) -> bytes:
    """Samples `[L]` or `[L, channels]` as the bytes of a file."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


def batch_of(encoder: SoundEncoder, sounds: Sequence[Sound]) -> dict[str, torch.Tensor]:
    """What an encoder's processor makes of sounds, as a batch."""
    return collate_sounds([Sample(encoder.processor(sound), {}) for sound in sounds])


def demand_that_company_does_not_matter(encoder: SoundEncoder, sounds: Sequence[Sound]) -> Features:
    """Check that each sound has the same features alone as in a batch; return those of the batch."""
    encoder.eval()
    with torch.no_grad():
        together = encoder(batch_of(encoder, sounds))
        for row, sound in enumerate(sounds):
            alone = encoder(batch_of(encoder, [sound]))
            assert alone.mask is not None
            assert together.mask is not None
            length = alone.mask.shape[1]
            assert alone.mask.all()
            assert together.mask[row].sum() == length
            scale = float(alone.maps[-1].abs().max())
            torch.testing.assert_close(
                together.maps[-1][row, :length], alone.maps[-1][0], rtol=1e-4, atol=1e-4 * scale
            )
            torch.testing.assert_close(together.pooled[row], alone.pooled[0], rtol=1e-4, atol=1e-4 * scale)
    return together
