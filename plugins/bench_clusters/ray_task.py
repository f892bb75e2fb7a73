"""What a worker of Ray does: it runs a cell, and sends back what happens and what the cell leaves."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .copying import Contents, changed, write
from .far_end import FarEnd, Gone

GPUS = "CUDA_VISIBLE_DEVICES"
"""Ray sets it for each task: which GPUs the task has."""


@dataclass(frozen=True)
class Order:
    """A job, and all that it needs: files by places, modules to load, variables to set or to remove.

    `scratch` is a folder of the run on each node, and `folder` that of the job in it. `directory` is where
    the run works, which paths of data may be relative to.
    """

    text: str
    folder: str
    needs: Contents
    files: Contents
    modules: tuple[str, ...]
    scratch: str
    directory: str
    environment: Mapping[str, str | None]


FAR_ENDS: dict[str, FarEnd] = {}
"""Those of this worker, by the GPUs they have: a worker serves many cells, and loads libraries once."""


def run_cell(order: Order) -> Iterator[dict[str, Any]]:
    """Give the messages of a cell, and then its files, each as `{"file": place, "content": bytes}`."""
    folder = Path(order.folder)
    Path(order.scratch).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        write(order.needs, folder)
        yield from _messages(order)
        for place, data in changed(folder, order.needs):
            yield {"file": place, "content": data}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _messages(order: Order) -> Iterator[dict[str, Any]]:
    key = os.environ.get(GPUS, "")
    if key not in FAR_ENDS:
        FAR_ENDS[key] = _begin(order)
    try:
        yield from FAR_ENDS[key].run(order.text)
    except Gone:
        FAR_ENDS.pop(key).close()
        yield {"end": {"cause": "lost", "reason": "the process that watched over the cell is gone"}}


def _begin(order: Order) -> FarEnd:
    plugins = Path(order.scratch) / f"plugins-{os.getpid()}"
    kept = {name: value for name, value in order.environment.items() if value is not None}
    environment = {name: value for name, value in os.environ.items() if name not in order.environment}
    directory = Path(order.directory)
    folder = directory if directory.is_dir() else None
    return FarEnd(write(order.files, plugins), order.modules, {**environment, **kept}, folder)


def clear(scratch: str) -> None:
    """Remove all that a run has left on a node."""
    shutil.rmtree(scratch, ignore_errors=True)
