"""Where memory is lacking, the record says about how many examples would have fitted."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
import torch

import fakes
import trials
from bench import Settings
from bench.registry import load
from bench.toolkit.training import unfreeze
from bench.trial.largest_batch import estimating, free_bytes, largest_batch
from bench.trial.live import LiveRun

WIDTH = 8
EACH = 2 * 4 + 3 * WIDTH * 4 + 3 * 4 + 8
"""Bytes of an example: its point, what two layers and dropout make of it, three classes, the right one."""

CPU = torch.device("cpu")


def learning(folder: Path, batch_size: int = 16, objective: str = "fine-tune") -> LiveRun:
    value = load([fakes.FILE]).create("objective", {"name": objective})
    run = trials.live(folder, fakes.cell(value, settings=Settings(batch_size=batch_size)))
    unfreeze(run.encoder)
    unfreeze(run.head)
    return run


def test_what_an_example_takes_is_what_is_kept_for_its_gradients(tmp_path: Path) -> None:
    run = learning(tmp_path)
    assert [largest_batch(run, EACH * count) for count in (1, 10, 1000)] == [1, 10, 1000]
    assert largest_batch(run, EACH - 1) == 0


def test_nothing_is_said_of_a_network_that_keeps_nothing(tmp_path: Path) -> None:
    run = learning(tmp_path)
    for module in run.modules():
        module.requires_grad_(False)
    assert largest_batch(run, 10**9) == 0


def test_an_error_of_lacking_memory_gets_a_note(tmp_path: Path) -> None:
    run = learning(tmp_path, batch_size=2**40)
    with pytest.raises(MemoryError) as raised, estimating(run, None):
        raise MemoryError("no room")
    (note,) = raised.value.__notes__
    fitting = int(note.split()[1])
    assert note.startswith("about ")
    assert fitting * EACH == pytest.approx(psutil.virtual_memory().available, rel=0.2)


@pytest.mark.parametrize(
    ("error", "batch_size"), [(MemoryError("no room"), 16), (ZeroDivisionError(), 2**40)], ids=str
)
def test_nothing_is_said_where_batches_are_not_to_blame(
    tmp_path: Path, error: Exception, batch_size: int
) -> None:
    with pytest.raises(type(error)) as raised, estimating(learning(tmp_path, batch_size), None):
        raise error
    assert not hasattr(raised.value, "__notes__")


def test_a_limit_counts_what_is_taken_already() -> None:
    taken = psutil.Process().memory_info().rss
    assert free_bytes(CPU, taken / 2**20 + 100) == pytest.approx(100 * 2**20, rel=0.3)
    assert free_bytes(CPU, 1) == 0
    assert free_bytes(CPU, None) == pytest.approx(psutil.virtual_memory().available, rel=0.2)
