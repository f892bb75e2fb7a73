"""SigLIP's tokenizer, which is published as a SentencePiece model, read without SentencePiece."""

from __future__ import annotations

import re
import string
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import transformers
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers.models.auto.tokenization_auto import get_tokenizer_config
from transformers.utils.hub import cached_file

from bench import WeightsError

NAME = "SiglipTokenizer"
FILE = "spiece.model"
END, UNKNOWN = "</s>", "<unk>"
LENGTH = 64

PIECES, NORMALISER = 1, 3
"""Fields of a SentencePiece model: its pieces, and how it normalises texts."""

PIECE, SCORE, CHARSMAP = 1, 2, 2
"""Fields of a piece, and of the rule for normalising."""

VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5
"""How values are written in the wire format of protocol buffers."""


def siglip_tokenizer(source: str, origin: Mapping[str, Any]) -> Any:
    """Return the tokenizer of a hub id or folder if it is SigLIP's; None for any other.

    Raises WeightsError for a file that is no SentencePiece model.
    """
    settings = get_tokenizer_config(source, **origin)
    if settings.get("tokenizer_class") != NAME:
        return None
    file = cached_file(source, FILE, revision=origin.get("revision"))
    fast: Any = transformers.PreTrainedTokenizerFast
    return fast(
        tokenizer_object=_tokenizer(Path(str(file)), lower=settings.get("do_lower_case", True)),
        eos_token=END,
        pad_token=END,
        unk_token=UNKNOWN,
        model_max_length=LENGTH,
        model_input_names=["input_ids"],
    )


def _tokenizer(file: Path, *, lower: bool) -> Tokenizer:
    """Return what SentencePiece does with texts that are in lower case, and without punctuation, before."""
    try:
        found = list(_fields(file.read_bytes()))
        pieces = [_piece(value) for number, value in found if number == PIECES]
        charsmaps = [dict(_fields(value)).get(CHARSMAP) for number, value in found if number == NORMALISER]
        names = [name for name, _ in pieces]
        end, unknown = names.index(END), names.index(UNKNOWN)
    except (ValueError, IndexError, KeyError, struct.error) as error:
        raise WeightsError(f"{file}: not the SentencePiece model of a SigLIP tokenizer") from error
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unknown))
    punctuation = Regex(f"[{re.escape(string.punctuation)}]")
    tokenizer.normalizer = normalizers.Sequence(
        [
            *([normalizers.Lowercase()] if lower else []),
            normalizers.Replace(punctuation, ""),
            *(normalizers.Precompiled(charsmap) for charsmap in charsmaps if charsmap),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, end)])
    return tokenizer


def _piece(message: bytes) -> tuple[str, float]:
    fields = dict(_fields(message))
    (score,) = struct.unpack("<f", fields[SCORE]) if SCORE in fields else (0.0,)
    return fields[PIECE].decode(), score


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Give number and value of the fields of a message; nothing of those that are whole numbers."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == VARINT:
            _, at = _varint(message, at)
            continue
        if kind not in (EIGHT_BYTES, BYTES, FOUR_BYTES):
            raise ValueError(f"wire type {kind}")
        size, at = _varint(message, at) if kind == BYTES else (8 if kind == EIGHT_BYTES else 4, at)
        if at + size > len(message):
            raise ValueError("truncated")
        yield key >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return a whole number and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
