"""Trained encoders that other cells start from."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file, save
from torch import nn

from ..records.files import write_atomic


def save_encoder(encoder: nn.Module, path: Path) -> None:
    """Write an encoder's parameters and buffers as safetensors."""
    # Tied weights share memory, which the format refuses; copies load just as well.
    state = {
        name: tensor.detach().cpu().clone().contiguous() for name, tensor in encoder.state_dict().items()
    }
    write_atomic(path, save(state))


def load_encoder(encoder: nn.Module, path: Path) -> None:
    """Give an encoder the state that `save_encoder` wrote for one of the same architecture."""
    encoder.load_state_dict(load_file(path))
