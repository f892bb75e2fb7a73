"""Whisper's encoder (Radford et al. 2022), live: of sounds with some silence behind them, not always 30 s."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from torch.nn.functional import gelu, pad
from transformers.masking_utils import create_bidirectional_mask

from bench import Features, FeatureSpec, NativePart, UnsuitableError, WeightsError
from bench.toolkit.checkpoint import Checkpoint, reading
from bench.toolkit.mel import LogMel
from bench.toolkit.pooling import masked_mean
from bench.toolkit.sounds import SoundEncoder, SoundProcessor, mask_of
from bench.toolkit.transcribing import TRANSCRIBER

from .whisper_writer import WhisperWriter, writing_rules

RANGE = 8.0
"""Powers of ten below the loudest of a sound that count."""


@dataclass(frozen=True)
class Preparation:
    """How Whisper's spectra are made: samples a second, mel bands, samples of a window and between two."""

    rate: int = 16_000
    bands: int = 80
    window: int = 400
    hop: int = 160


class WhisperEncoder(SoundEncoder):
    """Gives the last states, `[N, T, C]`, and their mean over the time of the sound.

    Whisper was trained on 30 s each time, silence included. Here a sound is followed by silence up to
    `shortest` seconds, which may be none, and is otherwise as long as it is: that is much less to compute.
    Heads are shown the states of the silence too, as Whisper's decoder finds the end of a text by them.
    """

    trunk: Any

    def __init__(self, model: Any, preparation: Preparation, shortest: float, longest: float) -> None:
        super().__init__()
        self.trunk = model
        _no_learning(model.embed_positions)
        self.mel = LogMel(preparation.rate, preparation.bands, window=preparation.window, hop=preparation.hop)
        room = 2 * model.config.max_source_positions * preparation.hop
        self.least = min(round(shortest * preparation.rate), room)
        self.processor = SoundProcessor(preparation.rate, min(longest, room / preparation.rate))
        width = model.config.d_model
        self.spec = FeatureSpec(width, channels=(width,), strides=(2 * preparation.hop,))

    def encode(self, waves: Tensor, lengths: Tensor) -> Features:
        """Return the features of sounds, `[N, L]`."""
        silence = max(0, self.least - waves.shape[1])
        spectra, frames = self.mel(pad(waves, (0, silence)), lengths.clamp(min=self.least))
        states, mask = self._states(scaled(spectra, frames), frames)
        own = mask_of(halved((lengths // self.mel.hop).clamp(min=1)), states.shape[1])
        return Features(masked_mean(states, own), (states,), mask)

    def _states(self, spectra: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return the states of spectra `[N, bands, T]` without what follows their ends, and where these are.

        These are the steps of the model's own `forward`, which wants spectra of 30 s.
        """
        heard = mask_of(frames, spectra.shape[2])[:, None]
        maps = gelu(self.trunk.conv1(spectra * heard)) * heard
        states = gelu(self.trunk.conv2(maps)).transpose(1, 2)
        mask = mask_of(halved(frames), states.shape[1])
        states = states + self.trunk.embed_positions.weight[: states.shape[1]]
        states = nn.functional.dropout(states, self.trunk.dropout, self.training)
        attended = create_bidirectional_mask(self.trunk.config, states, mask)
        for layer in self.trunk.layers:
            states = layer(states, attended)
        return self.trunk.layer_norm(states), mask


def halved(frames: Tensor) -> Tensor:
    """Return how many states there are for so many windows."""
    return (frames - 1) // 2 + 1


def scaled(spectra: Tensor, frames: Tensor) -> Tensor:
    """Return log-mel spectra `[N, bands, T]` as Whisper reads them: faint ones raised, around 0."""
    heard = mask_of(frames, spectra.shape[2])[:, None]
    loudest = spectra.masked_fill(~heard, -torch.inf).amax(dim=(1, 2), keepdim=True)
    return (torch.maximum(spectra, loudest - RANGE) + 4) / 4


def _no_learning(positions: nn.Embedding) -> None:
    """Make the table of positions a buffer under its name: they are sines, which are never trained."""
    table = positions.weight.detach()
    del positions.weight
    positions.register_buffer("weight", table)


def load_whisper(checkpoint: Checkpoint, shortest: float, longest: float, language: str) -> WhisperEncoder:
    """Return Whisper's encoder with its processor, and what it writes with.

    Raises WeightsError if anything is missing or does not fit, UnsuitableError if it prepares sounds in
    another way than is known here.
    """
    config = checkpoint.config()
    loaded = checkpoint.model(transformers.AutoModel, config)
    encoder = WhisperEncoder(loaded.model.get_encoder(), _preparation(checkpoint, config), shortest, longest)
    encoder.notes = loaded.notes
    if not checkpoint.untrained and checkpoint.shape is None:
        build = partial(_writer, checkpoint, config, language)
        encoder.native = (NativePart(TRANSCRIBER, config.vocab_size, build),)
    return encoder


def _preparation(checkpoint: Checkpoint, config: Any) -> Preparation:
    if checkpoint.shape is not None:
        return Preparation(bands=config.num_mel_bins)
    with reading(f"{checkpoint.title}: feature extractor"):
        auto: Any = transformers.AutoFeatureExtractor
        settings = auto.from_pretrained(checkpoint.source, **checkpoint.origin)
    if settings.dither or settings.padding_value or settings.sampling_rate != 16_000:
        raise UnsuitableError(
            f"{checkpoint.title}: its feature extractor asks for noise, other padding than silence, "
            "or another rate than 16,000 Hz, which bench cannot give"
        )
    return Preparation(settings.sampling_rate, settings.feature_size, settings.n_fft, settings.hop_length)


def _writer(checkpoint: Checkpoint, config: Any, language: str) -> WhisperWriter:
    """Read a checkpoint's decoder, which few runs need, its tokens, and what it is told to write."""
    with reading(f"{checkpoint.title}: tokenizer"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint.source, **checkpoint.origin)
        generation = transformers.GenerationConfig.from_pretrained(checkpoint.source, **checkpoint.origin)
    model = checkpoint.model(transformers.AutoModelForSpeechSeq2Seq, config).model
    if not hasattr(tokenizer, "backend_tokenizer"):
        raise WeightsError(f"{checkpoint.title}: its tokenizer has no tokenizer.json")
    rules = writing_rules(
        tokenizer.backend_tokenizer,
        language,
        suppressed=generation.suppress_tokens or (),
        suppressed_first=generation.begin_suppress_tokens or (),
    )
    return WhisperWriter(model, tokenizer.backend_tokenizer, rules)
