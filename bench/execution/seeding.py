"""Random numbers: every purpose has a stream of its own, so that skipping one does not shift another."""

from __future__ import annotations

import random
from hashlib import sha256

import numpy as np
import torch


def derive(seed: int, *purpose: object) -> int:
    """Return a 63-bit seed for a purpose of a cell: (0, "head"), (0, "order", epoch), ..."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") >> 1


def seed_globals(seed: int, *purpose: object) -> None:
    """Seed the generators of Python, NumPy and torch."""
    derived = derive(seed, *purpose)
    random.seed(derived)
    np.random.seed(derived % 2**32)
    torch.manual_seed(derived)


def generator(seed: int, *purpose: object) -> torch.Generator:
    """Return a CPU generator for a purpose."""
    return torch.Generator().manual_seed(derive(seed, *purpose))
