from __future__ import annotations

import pytest
import torch

from bench.toolkit.moving import moved


def test_what_is_there_is_left_as_it_is() -> None:
    tensor = torch.arange(3)
    assert moved(tensor, torch.device("cpu")) is tensor


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
# torch says so of its own check, whenever it is switched on.
@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype:UserWarning")
def test_a_gpu_is_not_waited_for() -> None:
    tensor, device = torch.arange(3), torch.device("cuda")
    torch.cuda.set_sync_debug_mode("error")
    try:
        there = moved(tensor, device)
        assert moved(there, device) is there
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert there.tolist() == [0, 1, 2]
