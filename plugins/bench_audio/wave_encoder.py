"""The live side of `speech` for models that read samples as they are: wav2vec 2.0 and kin."""

from __future__ import annotations

import warnings
from math import prod
from typing import Any

import transformers
from torch import Tensor, nn
from torch.nn.functional import pad

from bench import Features, FeatureSpec, UnsuitableError
from bench.toolkit.checkpoint import Checkpoint, reading
from bench.toolkit.pooling import masked_mean
from bench.toolkit.sounds import SoundEncoder, SoundProcessor, mask_of

from .letters import letter_parts

RATE = 16_000
"""Samples a second of models that say nothing."""

TINY = 1e-7
"""What is added to the variance of a sound, as transformers does."""


class WaveEncoder(SoundEncoder):
    """A transformer over what convolutions make of samples; gives its last states and their mean.

    Sounds that are too short for a single state are followed by silence.
    """

    def __init__(self, model: Any, processor: SoundProcessor, *, normalise: bool) -> None:
        super().__init__()
        self.trunk = model
        self.processor = processor
        self.normalise = normalise
        config = model.config
        self.steps = list(zip(config.conv_kernel, config.conv_stride, strict=True))
        self.spec = FeatureSpec(
            config.hidden_size, channels=(config.hidden_size,), strides=(prod(config.conv_stride),)
        )
        self.norm = mask_first_norm(model)

    @property
    def shortest(self) -> int:
        """The samples of which the convolutions make a single state."""
        length = 1
        for kernel, stride in reversed(self.steps):
            length = (length - 1) * stride + kernel
        return length

    def encode(self, waves: Tensor, lengths: Tensor) -> Features:
        """Return the features of sounds, `[N, L]`."""
        lengths = lengths.clamp(min=self.shortest)
        waves = pad(waves, (0, max(0, self.shortest - waves.shape[1])))
        if self.normalise:
            waves = normalised(waves, lengths)
        if self.norm is not None:
            self.norm.counts = after(lengths, *self.steps[0])
        marks = mask_of(lengths, waves.shape[1])
        with warnings.catch_warnings():
            # WavLM gives torch masks of two kinds at once, as nothing but its own code can help.
            warnings.filterwarnings("ignore", "Support for mismatched key_padding_mask")
            states = self.trunk(waves, attention_mask=marks.long()).last_hidden_state
        mask = mask_of(self.counts(lengths), states.shape[1])
        return Features(masked_mean(states, mask), (states,), mask)

    def counts(self, lengths: Tensor) -> Tensor:
        """Return how many states there are of sounds of these lengths, `[N]`."""
        for kernel, stride in self.steps:
            lengths = after(lengths, kernel, stride)
        return lengths


def after(lengths: Tensor, kernel: int, stride: int) -> Tensor:
    """Return the lengths that a convolution without padding leaves."""
    return (lengths - kernel) // stride + 1


def normalised(waves: Tensor, lengths: Tensor) -> Tensor:
    """Return sounds `[N, L]`, each with mean 0 and deviation 1 over its length, and 0 after that."""
    mask, counts = mask_of(lengths, waves.shape[1]), lengths[:, None]
    centred = (waves - (waves * mask).sum(dim=1, keepdim=True) / counts) * mask
    variance = centred.square().sum(dim=1, keepdim=True) / counts
    return centred / (variance + TINY).sqrt()


class MaskedNorm(nn.GroupNorm):
    """A norm of each channel over time that looks at as many places of each row as `counts`, `[N]`, says.

    The plain one would let what follows a sound in its batch change the sound.
    """

    counts: Tensor | None = None

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps `[N, C, L]` normalised, in float32."""
        if self.counts is None:
            return super().forward(maps)
        maps, counts = maps.float(), self.counts[:, None, None]
        mask = mask_of(self.counts, maps.shape[2])[:, None]
        centred = maps - (maps * mask).sum(dim=2, keepdim=True) / counts
        variance = (centred * mask).square().sum(dim=2, keepdim=True) / counts
        return centred * (variance + self.eps).rsqrt() * self.weight[:, None] + self.bias[:, None]


def mask_first_norm(model: Any) -> MaskedNorm | None:
    """Put a `MaskedNorm` in the place of a model's norm over time, if it has one, and return it."""
    layer = model.feature_extractor.conv_layers[0]
    plain = getattr(layer, "layer_norm", None)
    if not isinstance(plain, nn.GroupNorm):
        return None
    masked = MaskedNorm(plain.num_groups, plain.num_channels, plain.eps)
    masked.load_state_dict(plain.state_dict())
    layer.layer_norm = masked
    return masked


def load_wave_encoder(checkpoint: Checkpoint, longest: float) -> WaveEncoder:
    """Return an encoder with its processor, and what it writes with.

    Raises WeightsError if anything is missing or does not fit, UnsuitableError if it cannot be used so.
    """
    config = checkpoint.config()
    if getattr(config, "add_adapter", False):
        raise UnsuitableError(f"{checkpoint.title}: has an adapter after its layers, which is not read")
    config.apply_spec_augment = False  # draws from NumPy's generator, and wants sounds of some length
    loaded = checkpoint.model(transformers.AutoModel, config, spare=("masked_spec_embed",))
    rate, normalise = _preparation(checkpoint)
    encoder = WaveEncoder(loaded.model, SoundProcessor(rate, longest), normalise=normalise)
    encoder.native = letter_parts(checkpoint, config)
    encoder.notes = loaded.notes
    return encoder


def _preparation(checkpoint: Checkpoint) -> tuple[int, bool]:
    """Return the samples a second that a model reads, and whether each sound is normalised."""
    if checkpoint.shape is not None:
        return RATE, True
    with reading(f"{checkpoint.title}: feature extractor"):
        auto: Any = transformers.AutoFeatureExtractor
        settings = auto.from_pretrained(checkpoint.source, **checkpoint.origin)
    return int(settings.sampling_rate), bool(settings.do_normalize)
