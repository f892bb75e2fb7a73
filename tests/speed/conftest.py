"""Measurements have all cores, where other tests have one thread."""

from __future__ import annotations

import os
from typing import Any

import pytest
import torch

from pairs import Pairs

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

os.environ["OMP_NUM_THREADS"] = str(CORES)
torch.set_num_threads(CORES)


@pytest.fixture
def pairs(benchmark: Any) -> Pairs:
    """Rounds in pairs."""
    return Pairs(benchmark)
