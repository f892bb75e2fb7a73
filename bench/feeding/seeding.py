"""Random numbers: every purpose has a stream of its own, so that skipping one does not shift another."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import numpy as np
import torch


def derive(seed: int, *purpose: object) -> int:
    """Return a 63-bit seed for a purpose of a cell: (0, "head"), (0, "batches", epoch), ..."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") >> 1


def seed_globals(seed: int, *purpose: object) -> None:
    """Seed the generators of Python, NumPy and torch, on all devices."""
    derived = derive(seed, *purpose)
    random.seed(derived)
    np.random.seed(derived % 2**32)
    torch.manual_seed(derived)


@contextmanager
def seeded(seed: int, *purpose: object) -> Iterator[None]:
    """Seed the generators of Python, NumPy and torch's CPU for a while; then they go on as before."""
    before = random.getstate(), np.random.get_state(), torch.get_rng_state()
    derived = derive(seed, *purpose)
    random.seed(derived)
    np.random.seed(derived % 2**32)
    torch.default_generator.manual_seed(derived)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.set_rng_state(before[2])


def generator(seed: int, *purpose: object) -> torch.Generator:
    """Return a CPU generator for a purpose."""
    return torch.Generator().manual_seed(derive(seed, *purpose))
