"""The live side of `whisper-tiny-en`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import WhisperConfig, WhisperForConditionalGeneration
from transformers.models.whisper.modeling_whisper import WhisperModel

from bench import NativePart
from bench.toolkit.fitting import apply_weights
from bench.toolkit.transcribing import TRANSCRIBER
from bench.toolkit.weights import read_weights

from .ctranslate2_file import read_whisper
from .whisper_encoder import Preparation, WhisperEncoder
from .whisper_writer import WhisperWriter, writing_rules

SHAPE: dict[str, Any] = {
    "vocab_size": 51_864,
    "num_mel_bins": 80,
    "d_model": 384,
    "encoder_layers": 4,
    "decoder_layers": 4,
    "encoder_attention_heads": 6,
    "decoder_attention_heads": 6,
    "encoder_ffn_dim": 1_536,
    "decoder_ffn_dim": 1_536,
    "max_source_positions": 1_500,
    "max_target_positions": 448,
    "bos_token_id": 50_256,
    "eos_token_id": 50_256,
    "pad_token_id": 50_256,
    "decoder_start_token_id": 50_257,
}


def load_packaged(
    folder: Path | None, shortest: float, longest: float, path: Path | None, part: str | None
) -> WhisperEncoder:
    """Return the encoder with the weights of the package in a folder, of a file, or untrained.

    Raises WeightsError where those of a file cannot be had or do not fit.
    """
    model = WhisperModel(WhisperConfig(**SHAPE))
    if folder is not None:
        model.load_state_dict(read_whisper(folder / "model.bin"))
    encoder = WhisperEncoder(model.get_encoder(), Preparation(), shortest, longest)
    if path is not None:
        source = f"whisper-tiny-en: the weights in {path}"
        encoder.notes = apply_weights(encoder, read_weights(path), source, (), part).notes
    if folder is not None:
        build = partial(_writer, folder)
        encoder.native = (NativePart(TRANSCRIBER, SHAPE["vocab_size"], build),)
    return encoder


def _writer(folder: Path) -> WhisperWriter:
    """Read the decoder, which few runs need, its tokens, and which of them it never writes."""
    model = WhisperForConditionalGeneration(WhisperConfig(**SHAPE))
    model.model.load_state_dict(read_whisper(folder / "model.bin"))
    model.tie_weights()
    settings = json.loads((folder / "config.json").read_bytes())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    rules = writing_rules(
        tokenizer, "en", suppressed=settings["suppress_ids"], suppressed_first=settings["suppress_ids_begin"]
    )
    return WhisperWriter(model, tokenizer, rules)
