"""What the fork server loads once, so that cells need not: the trial, and what their plugins import.

Importing this module is what does it; its name is all that the server can be given.
"""

from __future__ import annotations

import gc
import importlib
import os
from contextlib import suppress

from ...registry import load
from ...trial.descendants import die_with
from .process import MODULES, RUNNER

# A library that looks for GPUs while it is imported must not start CUDA in the server: a process forked
# from it could not use CUDA any more. Asked in this way, torch does not start it.
NVML_CHECK = "PYTORCH_NVML_BASED_CUDA_CHECK"
EVERY_CELL = ("bench.trial.trial", "pandas", "psutil", "torch._dynamo")
"""What each cell needs; pandas, because Arrow looks for it when it is given a list."""

if RUNNER in os.environ:
    die_with(int(os.environ[RUNNER]))  # it notices by itself, but not before all is loaded

# Looking for garbage among what stays loaded takes a fifth of the time, and in cells would copy its memory.
gc.disable()

asked_for = NVML_CHECK in os.environ
os.environ.setdefault(NVML_CHECK, "1")

for module in (*EVERY_CELL, *filter(None, os.environ.get(MODULES, "").split(","))):
    # A module that cannot be imported is left to the cell that needs it, to say so.
    with suppress(Exception):
        importlib.import_module(module)

with suppress(Exception):
    load()  # the modules of all plugins stay loaded, so each cell makes its registry in no time

if not asked_for:
    del os.environ[NVML_CHECK]  # cells ask CUDA itself

gc.freeze()
gc.enable()
