"""The far end of an executor: jobs come as text, and what happens goes back as messages."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import cast

from ..api import Bounds
from ..feeding.cache import Cache
from ..measuring.allocator import keep_freed_memory
from ..registry import load
from .job import Job
from .options import RunOptions
from .warden import Send, watch


def serve(jobs: Iterable[str], files: Sequence[Path], send: Send, hearer: int) -> None:
    """Run one job after another, until there is none, nobody hears of it, or this process is asked to end."""
    for text in jobs:
        if not guard_job(text, files, send, hearer):
            return
        options = RunOptions.model_validate(json.loads(text)["options"])
        Cache(options.cache_folder, options.cache_limit).shrink()


def guard_job(text: str, files: Sequence[Path], send: Send, hearer: int) -> bool:
    """Run a job in a process of its own; at the end send its record, or `{"end": {...}}` if it has left none.

    `hearer` is the descriptor that `send` writes to: when nobody reads it any more, the job is ended.
    Return whether another one may follow.
    """
    return watch(partial(run_job, text, files), Bounds(**json.loads(text)["bounds"]), send, hearer)


def run_job(text: str, files: Sequence[Path], send: Send) -> None:
    """Run a job, and send `{"progress": {...}}` as it goes and `{"record": {...}}` at the end.

    What this process prints from here on goes to the cell's log. Raises BenchError if a plugin of the job is
    not installed here.
    """
    _redirect(Path(json.loads(text)["log"]))
    keep_freed_memory()
    from .trial import run_trial

    registry = load(files)
    job = Job.from_json(text, registry)
    record = run_trial(
        job,
        registry.meters(),
        lambda progress: send({"progress": asdict(progress)}),
        registry.metrics(),
    )
    send({"record": json.loads(record.model_dump_json())})  # which has no infinity, other than Python's own


def _redirect(log: Path) -> None:
    """Let everything the cell prints, also from C code, go to its log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(file, sys.stdout.fileno())
    os.dup2(file, sys.stderr.fileno())
    os.close(file)
    # So that lines printed just before a sudden death are there.
    cast(TextIOWrapper, sys.stdout).reconfigure(line_buffering=True)
