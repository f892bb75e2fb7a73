"""What authors of backbones reuse when planning: faults of weights files that show without loading them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import WeightsError
from .weights import weights_file, weights_path

LONGEST_HEADER = 100_000_000
"""Bytes; the format allows no more."""

BEGINNINGS = (b"PK", b"\x80")
"""How torch checkpoints begin: as a zip file, or, those of before 2020, as a pickle."""


def check_weights(weights: str, field: str = "weights") -> None:
    """Raise WeightsError if a `weights` setting means a file that is missing, cut off or no file of weights.

    `field` names the setting. What is in the file is not loaded; whether it fits is told by loading it.
    """
    path = weights_path(weights)
    if path is None:
        return
    try:
        check_file(weights_file(path))
    except WeightsError as error:
        raise WeightsError(str(error), field) from error


def check_file(file: Path) -> None:
    """Raise WeightsError for a file that is cut off, or is plainly no file of weights."""
    try:
        if file.suffix == ".safetensors":
            _check_safetensors(file)
        else:
            _check_checkpoint(file)
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror or error}") from error


def _check_safetensors(file: Path) -> None:
    """Compare what the header announces with the size of the file."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        header = opened.read(min(length, LONGEST_HEADER))
    if size < 8 or length > LONGEST_HEADER:
        raise _damaged(file)
    expected = 8 + length + _extent(file, header if len(header) == length else None)
    if size != expected:
        raise WeightsError(
            f"{file}: is {size:,} bytes long in place of {expected:,}, as when a download breaks off; "
            "get it again"
        )


def _extent(file: Path, header: bytes | None) -> int:
    """Return how many bytes of tensors a header announces."""
    try:
        entries: dict[str, Any] = json.loads(header or b"")
        return max(
            (entry["data_offsets"][1] for name, entry in entries.items() if name != "__metadata__"), default=0
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise _damaged(file) from error


def _check_checkpoint(file: Path) -> None:
    with file.open("rb") as opened:
        if not opened.read(2).startswith(BEGINNINGS):
            raise WeightsError(f"{file}: damaged, or not a torch checkpoint of tensors; get it again")


def _damaged(file: Path) -> WeightsError:
    return WeightsError(f"{file}: not a readable safetensors file; get it again")
