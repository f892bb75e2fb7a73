"""How many CPU threads a cell computes with.

Threads that share a kernel wait for each other at its end, and OpenMP's wait by spinning. That is quickest
where each has a core to itself. Where other programs want the cores too, the threads burn what they get while
they wait for one that has none: beside two busy loops on two cores, fine-tuning a small network took 8 times
as long as on a quiet machine with two threads, and 2.5 times as long with one. So a cell takes no more
threads than there are free cores when it begins.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import torch

from ..measuring.busy import free_cores

CHOSEN = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables by which the user has chosen already; torch follows them."""


def threads_for(
    device: torch.device,
    *given: int | None,
    environment: Mapping[str, str] = os.environ,
    free: Callable[[], int] = free_cores,
) -> int:
    """Return the first number of threads that is given, or as many as torch wants and there are free cores.

    Where a GPU computes, or the environment says how many, it is what torch wants.
    """
    for number in given:
        if number is not None:
            return number
    wanted = torch.get_num_threads()
    if wanted == 1 or device.type != "cpu" or any(name in environment for name in CHOSEN):
        return wanted
    return min(wanted, free())
