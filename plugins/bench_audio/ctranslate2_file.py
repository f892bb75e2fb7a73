"""Whisper models in files of CTranslate2, read as tensors under the names that transformers has for them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor

VERSION = 6
KINDS: Mapping[int, type[np.generic]] = {
    0: np.float32,
    1: np.int8,
    2: np.int16,
    3: np.int32,
    4: np.float16,
}
"""The types of numbers, by what stands for them in a file."""

PROJECTIONS: Mapping[str, tuple[str, ...]] = {
    "self_attention/linear_0": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "self_attention/linear_1": ("self_attn.out_proj",),
    "self_attention/layer_norm": ("self_attn_layer_norm",),
    "attention/linear_0": ("encoder_attn.q_proj",),
    "attention/linear_1": ("encoder_attn.k_proj", "encoder_attn.v_proj"),
    "attention/linear_2": ("encoder_attn.out_proj",),
    "attention/layer_norm": ("encoder_attn_layer_norm",),
    "ffn/linear_0": ("fc1",),
    "ffn/linear_1": ("fc2",),
    "ffn/layer_norm": ("final_layer_norm",),
}
"""The modules of a layer in transformers that are one in the file, the rows of the first coming first."""

TABLES = {
    "embeddings/weight": "embed_tokens.weight",
    "position_encodings/encodings": "embed_positions.weight",
}
NORM = {"gamma": "weight", "beta": "bias", "weight": "weight", "bias": "bias"}
LAYER = re.compile(r"(encoder|decoder)/layer_(\d+)/(.+)/(\w+)")


def read_whisper(file: Path) -> dict[str, Tensor]:
    """Return the tensors of transformers' `WhisperModel`, in float32.

    Raises ValueError for a file of another version, of another model, or that is cut off.
    """
    with file.open("rb") as opened:
        try:
            return dict(_named(_variables(opened)))
        except (struct.error, KeyError) as error:
            raise ValueError(f"not a Whisper model of CTranslate2 ({error})") from error


def _variables(file: BinaryIO) -> Iterator[tuple[str, np.ndarray]]:
    """Give the name and the array of each variable."""
    version, model = _number(file, "I"), _text(file)
    if version != VERSION or model != "WhisperSpec":
        raise ValueError(f"version {version} of {model}; this reads version {VERSION} of WhisperSpec")
    _number(file, "I")  # the revision of the description of the model
    for _ in range(_number(file, "I")):
        name = _text(file)
        shape = [_number(file, "I") for _ in range(_number(file, "B"))]
        kind = KINDS[_number(file, "B")]
        content = file.read(_number(file, "I"))
        yield name, np.frombuffer(content, kind).reshape(shape)


def _number(file: BinaryIO, kind: str) -> int:
    """Return a whole number: a byte (B), or two (H) or four (I), the lowest first."""
    number: int = struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0]
    return number


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "H")).rstrip(b"\0").decode()


def _named(variables: Iterator[tuple[str, np.ndarray]]) -> Iterator[tuple[str, Tensor]]:
    """Give the tensors of transformers; what is no array of weights is left out."""
    for name, array in variables:
        if not array.ndim or name.endswith(("alignment_heads", "alignment_layer")):
            continue
        tensor = torch.from_numpy(array.astype(np.float32))
        layer = LAYER.fullmatch(name)
        if layer is None:
            yield _outside(name), tensor
            continue
        side, number, module, part = layer.groups()
        modules = PROJECTIONS[module]
        for own, rows in zip(modules, tensor.chunk(len(modules)), strict=True):
            if not (own.endswith("k_proj") and part == "bias"):  # all zeros: Whisper's keys have no bias
                yield f"{side}.layers.{number}.{own}.{NORM[part]}", rows.clone()


def _outside(name: str) -> str:
    """Return the name of a tensor that is in no layer."""
    side, _, rest = name.partition("/")
    module, _, part = rest.rpartition("/")
    return f"{side}.{TABLES[rest] if rest in TABLES else f'{module}.{NORM[part]}'}"
