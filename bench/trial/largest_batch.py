"""How many examples a training batch could have had, where memory was lacking: judged by small ones."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from .causes import cause_of
from .live import LiveRun

FEW, MORE = 1, 3
"""Batches whose needs are compared: what examples take, without what every batch does."""


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
                fitting = largest_batch(run, free_bytes(run.device, limit_mib))
                if 0 < fitting < run.settings.batch_size // run.micro_batches:
                    error.add_note(f"about {fitting} examples at once would fit (batch_size; on_oom: shrink)")
        raise


def largest_batch(run: LiveRun, free: int) -> int:
    """Return about how many examples fit into so many bytes while a loss and its gradients are computed.

    What the forward pass keeps for the backward one grows with the batch; gradients on their way are
    neglected, which is little in a network of many layers. 0 where nothing is kept of an example.
    """
    few, more = (_kept(run, size) for size in (FEW, MORE))
    each = (more - few) / (MORE - FEW)
    return int(free / each) if each > 0 else 0


def free_bytes(device: torch.device, limit_mib: float | None) -> int:
    """Return what can still be taken of a device's memory, or of this machine's within a limit."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    free = psutil.virtual_memory().available
    if limit_mib is None:
        return free
    return max(0, min(free, round(limit_mib * 2**20) - psutil.Process().memory_info().rss))


def _kept(run: LiveRun, size: int) -> int:
    """Return the bytes that are kept for the gradients of a batch of so many examples, weights left out."""
    weights = {each.untyped_storage().data_ptr() for module in run.modules() for each in module.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.enable_grad(), saved_tensors_hooks(keep, lambda tensor: tensor), run.autocast():
        run.loss(run.data("train").take(range(size)))
    return sum(kept.values())


def _let_go(error: Exception) -> None:
    """Free what the steps that failed still hold."""
    traceback.clear_frames(error.__traceback__)
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
