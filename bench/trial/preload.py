"""What a process that cells are forked from loads once, so that they need not: the trial, and all plugins."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Iterable
from contextlib import suppress

from ..registry import load

# A library that looks for GPUs while it is imported must not start CUDA here: a process forked from this
# one could not use CUDA any more. Asked in this way, torch does not start it.
NVML_CHECK = "PYTORCH_NVML_BASED_CUDA_CHECK"
EVERY_CELL = ("bench.trial.trial", "pandas", "psutil", "torch._dynamo")
"""What each cell needs; pandas, because Arrow looks for it when it is given a list."""


def preload(modules: Iterable[str]) -> None:
    """Load what every cell needs, and these modules, which may be empty names; it stays until the end.

    A module that cannot be imported is left to the cell that needs it, to say so. On macOS nothing is
    loaded: Metal and other frameworks do not bear to be used after a fork.
    """
    if sys.platform == "darwin":
        return
    # Looking for garbage among what stays takes a fifth of the time, and in cells would copy its memory.
    gc.disable()
    asked_for = NVML_CHECK in os.environ
    os.environ.setdefault(NVML_CHECK, "1")
    for module in (*EVERY_CELL, *filter(None, modules)):
        with suppress(Exception):
            importlib.import_module(module)
    with suppress(Exception):
        load()  # the modules of all plugins stay loaded, so each cell makes its registry in no time
    if not asked_for:
        del os.environ[NVML_CHECK]  # cells ask CUDA itself
    gc.freeze()
    gc.enable()
