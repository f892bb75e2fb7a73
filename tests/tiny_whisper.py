"""The shape of a tiny Whisper model, for tests."""

from __future__ import annotations

from typing import Any

CONFIG: dict[str, Any] = {
    "d_model": 32,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_layers": 2,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 64,
    "max_source_positions": 50,
    "vocab_size": 300,
    "max_target_positions": 24,
    "pad_token_id": 256,
    "bos_token_id": 256,
    "eos_token_id": 256,
    "decoder_start_token_id": 257,
    "suppress_tokens": None,
    "begin_suppress_tokens": None,
}
