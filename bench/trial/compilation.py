"""Compiled encoders: each compilation is a phase of its own, so that no other phase's time includes it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from ..api import Run

FILES = "TORCHINDUCTOR_CACHE_DIR"
"""The environment variable that tells torch where to put what it compiles."""


@contextmanager
def compilations_apart(run: Run) -> Iterator[None]:
    """Make a phase `compile` of each compilation, whenever torch begins one, even in the middle of a step.

    Each cell compiles for itself, into a folder that is removed after it, so that the time this takes does
    not depend on the cells before.
    """
    if not run.settings.compile:
        yield
        return
    with TemporaryDirectory(prefix="bench-compiled-") as folder, _environment(FILES, folder), _phases(run):
        yield


@contextmanager
def _phases(run: Run) -> Iterator[None]:
    from torch._dynamo.callback import callback_handler

    phases = ExitStack()

    def begins(_: Any) -> None:
        phases.enter_context(run.phase("compile"))

    def ends(_: Any) -> None:
        phases.close()

    callback_handler.register_start_callback(begins)
    callback_handler.register_end_callback(ends)
    try:
        yield
    finally:
        callback_handler.remove_start_callback(begins)
        callback_handler.remove_end_callback(ends)


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before
