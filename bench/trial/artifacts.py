"""Trained encoders that other cells start from, and heads: tensors, and beside them what they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from ..api import DatasetInfo
from ..errors import WeightsError
from ..records.files import write_atomic
from ..records.record import Record
from ..toolkit.files import read_regular


def save_encoder(encoder: nn.Module, path: Path) -> None:
    """Write an encoder's parameters and buffers as safetensors."""
    write_atomic(path, save(_state(encoder)))


def save_heads(heads: Mapping[str, nn.Module], path: Path) -> None:
    """Write what stands on an encoder as safetensors, modules by name; nothing stands for no file."""
    if heads:
        write_atomic(path, save(_state(nn.ModuleDict(heads))))


def _state(module: nn.Module) -> dict[str, Tensor]:
    # Tied weights share memory, which the format refuses; copies load just as well.
    return {name: tensor.detach().cpu().clone().contiguous() for name, tensor in module.state_dict().items()}


def load_heads(heads: Mapping[str, nn.Module], path: Path) -> None:
    """Give modules the state that `save_heads` wrote for others like them.

    Raises WeightsError if the file cannot be read or is of others.
    """
    try:
        nn.ModuleDict(heads).load_state_dict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a readable safetensors file; run the cell again") from error
    except RuntimeError as error:
        raise WeightsError(f"{path}: of another head than the one that the cell's objective makes") from error


def describe_encoder(record: Record, path: Path, info: DatasetInfo) -> None:
    """Write beside an encoder, as .json, which cell made it, how good that was, and what its data are."""
    facts = {"id", "suite", "labels", "seed", "cell", "quality", "software"}
    description = {**record.model_dump(mode="json", include=facts), "info": asdict(info)}
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


def read_description(path: Path) -> dict[str, Any]:
    """Return what `describe_encoder` wrote. Raises WeightsError if it cannot be read."""
    try:
        description: dict[str, Any] = json.loads(read_regular(path))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: cannot be read; run the cell again") from error
    return description
