"""What authors of audio plugins reuse: reading sounds, the input processor, batches, the encoder's base."""

from __future__ import annotations

import hashlib
import json
import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..api import Encoder, Features, Inputs, Sample
from ..errors import DataError
from .blocks import blocks_of
from .messages import one_line
from .riff import missing_bytes
from .texts import pad

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1
"""Increased when the processor makes different samples of a sound than before."""

LOWEST, HIGHEST = 1_000, 384_000
"""Hertz. Of what is sampled more slowly no speech is left, and no recorder samples faster."""

LOUDEST = 4.0
"""Floats are 1 at full scale; a little more comes of mixing, much more of another scale."""

FULL_SCALE = 32768


class Sound(NamedTuple):
    """One channel of sound: float32 samples `[L]`, 1 at full scale, and how many there are a second."""

    samples: NDArray[np.float32]
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate


def read_sound(source: Path | bytes, where: str) -> Sound:
    """Decode a sound file (wav, flac, ogg, mp3, ...), of any depth; channels become one, their mean.

    Raises DataError, which says `where`, if it is no sound file, is cut off, holds no samples or no finite
    ones, or was sampled at a rate out of `LOWEST` to `HIGHEST`; and if soundfile is not installed.
    """
    try:
        content = source if isinstance(source, bytes) else source.read_bytes()
        return _checked(content)
    except OSError as error:
        raise DataError(f"{where}: {(error.strerror or str(error)).lower()}") from error
    except DataError as error:
        raise DataError(f"{where}: {error}") from error


def _checked(content: bytes) -> Sound:
    if lacking := missing_bytes(content):
        raise DataError(f"is cut off: {lacking:,} bytes of sound are missing; get the file again")
    sound = _decoded(content)
    if not LOWEST <= sound.rate <= HIGHEST:
        raise DataError(f"is sampled at {sound.rate:,} Hz; it must be between {LOWEST:,} and {HIGHEST:,} Hz")
    if not len(sound.samples):
        raise DataError("holds no samples")
    peak = float(np.abs(sound.samples).max())
    if not math.isfinite(peak):
        raise DataError("holds samples that are no finite numbers")
    if peak > LOUDEST:
        raise DataError(f"its samples reach {peak:g}; scale floats to -1 to 1")
    return sound


def _decoded(content: bytes) -> Sound:
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: the library that it wraps is not there
        raise DataError("sound is read by soundfile; pip install 'transferbench[audio]'") from error
    try:
        with soundfile.SoundFile(BytesIO(content)) as file:
            channels = file.read(dtype="float32", always_2d=True)
            if len(channels) < file.frames:
                raise DataError(f"is cut off: {file.frames - len(channels):,} samples are missing")
            return Sound(channels.mean(axis=1), file.samplerate)
    except soundfile.SoundFileError as error:
        raise DataError(f"not a readable sound: {one_line(error).rpartition('>: ')[2]}") from error


@dataclass(frozen=True)
class SoundProcessor:
    """Turns a sound into `{"samples": int16 [L]}` at a rate in hertz, its first `longest` seconds at most.

    Sixteen bits are what most recordings have, and take half of the room of floats. What is louder than full
    scale is clipped.
    """

    rate: int
    longest: float

    @cached_property
    def digest(self) -> str:
        """The sha256 of all that decides the samples."""
        return hashlib.sha256(json.dumps([FORMAT, asdict(self)]).encode()).hexdigest()

    def __call__(self, raw: Sound) -> Inputs:
        """Return the samples of a sound; a remark says if it was cut."""
        most = round(self.longest * self.rate)
        # What is cut off need not be resampled first; a second more keeps the filter's tail out of it.
        samples = raw.samples[: math.ceil((self.longest + 1) * raw.rate)]
        resampled = resample(samples, raw.rate, self.rate)
        kept = np.rint(resampled[:most] * FULL_SCALE).clip(-FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        return Inputs({"samples": kept}, f"cut to {self.longest:g} s" if len(resampled) > most else "")


def resample(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """Return samples `[L]` at another rate, `[ceil(L * wanted / rate)]`, without what that cannot hold."""
    if rate == wanted:
        return samples
    from scipy.signal import resample_poly

    shared = math.gcd(rate, wanted)
    resampled: NDArray[np.float32] = resample_poly(samples, wanted // shared, rate // shared)
    return resampled.astype(np.float32)


def collate_sounds(samples: Sequence[Sample]) -> dict[str, Tensor]:
    """Return the inputs of prepared sounds as a batch: `samples`, int16 `[N, L]`, and `lengths`, int64 `[N]`.

    What is shorter than the longest is followed by zeros. Samples without inputs, where features stand for
    these, give an empty mapping.
    """
    if not samples[0].inputs:
        return {}
    sounds = [sample.inputs["samples"] for sample in samples]
    return {"samples": pad(sounds, kind=np.int16), "lengths": torch.tensor([*map(len, sounds)])}


def mask_of(lengths: Tensor, longest: int) -> Tensor:
    """Return bool `[N, longest]`, true at the first places of each row, as many as its length, `[N]`."""
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


class SoundEncoder(Encoder, nn.Module):
    """Makes floats of samples and runs a trunk, which holds all parameters; a backbone implements `encode`.

    The last of the maps that it gives, `[N, T, C]`, is a state for each short span of time, the same
    whatever else is in the batch.
    """

    processor: SoundProcessor
    trunk: nn.Module

    def forward(self, inputs: Mapping[str, Tensor]) -> Features:
        """Encode `{"samples": int16 [N, L], "lengths": int64 [N]}`."""
        return self.encode(inputs["samples"].float() / FULL_SCALE, inputs["lengths"])

    @abstractmethod
    def encode(self, waves: Tensor, lengths: Tensor) -> Features:
        """Return the features of sounds, float32 `[N, L]`, of which the first `lengths`, `[N]`, count."""
        raise NotImplementedError

    def blocks(self) -> Sequence[nn.Module]:
        """Return the blocks of the trunk, shallow to deep."""
        return blocks_of(self.trunk)
