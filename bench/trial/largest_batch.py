"""How many examples a training batch could have had, where memory was lacking: judged by small ones."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil
import torch

from ..api import Batch
from ..measuring.allocator import give_back
from ..measuring.memory import ProcessPeak
from .causes import cause_of
from .descendants import bytes_beyond_parent
from .live import LiveRun

SHARE = 8
"""A batch of so small a part of the one that did not fit is tried."""
STEPS = 3
"""It is learnt from so often: on a CPU what a step has freed lies scattered, so that the next takes more."""


@contextmanager
def estimating(run: LiveRun, limit_mib: float | None) -> Iterator[None]:
    """Add a note to an error of lacking memory, how large a batch would have fitted, where that can be told.

    limit_mib: what the cell's processes may take, None for all there is.
    """
    try:
        yield
    except Exception as error:
        if cause_of(error) == "memory" and run.cell.objective.supervised:
            _let_go(error)
            with suppress(Exception):  # the first fault is the one to tell
                fitting = largest_batch(run, limit_mib)
                if 0 < fitting < run.settings.batch_size // run.micro_batches:
                    error.add_note(f"about {fitting} examples at once would fit (batch_size; on_oom: shrink)")
        raise


def largest_batch(run: LiveRun, limit_mib: float | None) -> int:
    """Return about how many examples fit into what is free while a loss and its gradients are computed.

    That is as many times a small batch as its needs fit. What an optimizer holds counts only if it has made a
    step before. 0 where a batch takes nothing, or nothing is free.
    """
    part = min(run.settings.batch_size // run.micro_batches, len(run.data("train")))
    batch = run.data("train").take(range(max(1, part // SHARE)))
    _learn(run, batch)  # the gradients of weights stay, as in training
    free, taken = free_bytes(run.device, limit_mib), _taken(run, batch)
    return len(batch.indices) * free // taken if taken else 0


def free_bytes(device: torch.device, limit_mib: float | None) -> int:
    """Return what can still be taken of a device's memory, or of this machine's within a limit."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    give_back()
    free = psutil.virtual_memory().available
    if limit_mib is None:
        return free
    return max(0, min(free, round(limit_mib * 2**20) - bytes_beyond_parent()))


def _learn(run: LiveRun, batch: Batch) -> None:
    with torch.enable_grad(), run.autocast():
        loss = run.loss(batch)
    torch.autograd.backward(loss)


def _taken(run: LiveRun, batch: Batch) -> int:
    """Return how many bytes are taken at most while a batch is learnt from."""
    peak = _peak_from_now(run.device)
    for _ in range(STEPS):
        _learn(run, batch)
    return peak()


def _peak_from_now(device: torch.device) -> Callable[[], int]:
    """Return what tells how many bytes more were held at most than are held now."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        held = torch.cuda.memory_allocated(device)
        return lambda: torch.cuda.max_memory_allocated(device) - held
    give_back()
    peak = ProcessPeak()
    began = peak.restart()
    return lambda: peak.read() - began


def _let_go(error: Exception) -> None:
    """Free what the steps that failed still hold."""
    traceback.clear_frames(error.__traceback__)
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
