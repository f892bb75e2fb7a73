"""Trained encoders that other cells start from: tensors, and beside them what they are."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from ..errors import WeightsError
from ..records.files import write_atomic
from ..records.record import Record


def save_encoder(encoder: nn.Module, path: Path) -> None:
    """Write an encoder's parameters and buffers as safetensors."""
    # Tied weights share memory, which the format refuses; copies load just as well.
    state = {
        name: tensor.detach().cpu().clone().contiguous() for name, tensor in encoder.state_dict().items()
    }
    write_atomic(path, save(state))


def describe_encoder(record: Record, path: Path) -> None:
    """Write beside an encoder, as .json, which cell made it and how good that was."""
    facts = {"id", "suite", "labels", "seed", "cell", "quality", "software"}
    description = record.model_dump(mode="json", include=facts)
    write_atomic(path.with_suffix(".json"), json.dumps(description, indent=1).encode())


def load_encoder(encoder: nn.Module, path: Path) -> None:
    """Give an encoder the state that `save_encoder` wrote for one of the same architecture.

    Raises WeightsError if the file cannot be read or is of another architecture.
    """
    try:
        encoder.load_state_dict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a readable safetensors file; delete it, or name another") from error
    except RuntimeError as error:
        raise WeightsError(f"{path}: an encoder of another architecture or with other settings") from error
