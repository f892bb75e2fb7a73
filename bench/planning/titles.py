"""What people call cells, and which of them a pattern means."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

NAMED = ("backbone", "objective", "dataset")
"""The axes whose labels need no word of explanation."""


def title(labels: Mapping[str, str], seed: int) -> str:
    """Return what people call a cell: `cifar/resnet20 · fine-tune · digits · batch_size 16 · seed 0`."""
    axes = [name if axis in NAMED else f"{axis} {name}" for axis, name in labels.items()]
    return " · ".join([*axes, f"seed {seed}"])


def fits(text: str, pattern: str) -> bool:
    """Tell whether a text contains a pattern, or is one as a whole as the shell understands it."""
    return pattern in text or fnmatchcase(text, pattern)
