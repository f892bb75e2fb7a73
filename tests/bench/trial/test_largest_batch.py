"""Where memory is lacking, the record says about how many examples would have fitted."""

from __future__ import annotations

import re
from pathlib import Path

import psutil
import pytest
import torch

import fakes
import trials
from bench import Settings
from bench.measuring.allocator import give_back
from bench.records.record import Record
from bench.registry import load
from bench.toolkit.training import unfreeze
from bench.trial.descendants import bytes_beyond_parent
from bench.trial.largest_batch import estimating, free_bytes, largest_batch
from bench.trial.live import LiveRun
from runs import Run

WIDTH = 256
KEPT = 2 * 4 + 3 * WIDTH * 4 + 3 * 4 + 8
"""Bytes of an example: its point, what two layers and dropout make of it, three classes, the right one."""

CPU = torch.device("cpu")


def learning(folder: Path, batch_size: int = 2**14, objective: str = "fine-tune") -> LiveRun:
    value = load([fakes.FILE]).create("objective", {"name": objective})
    parts = {"backbone": fakes.Layers(width=str(WIDTH)), "dataset": fakes.Points(size=2**15)}
    run = trials.live(folder, fakes.cell(value, settings=Settings(batch_size=batch_size), **parts))
    unfreeze(run.encoder)
    unfreeze(run.head)
    return run


def test_as_many_examples_fit_as_what_they_keep_and_their_gradients_leave_room_for(tmp_path: Path) -> None:
    run = learning(tmp_path)
    largest_batch(run, None)  # what a first time leaves behind is not free
    for mib in (100, 400):
        fitting = largest_batch(run, mib + bytes_beyond_parent() / 2**20)
        assert 1 < mib * 2**20 / fitting / KEPT < 6


def test_nothing_fits_where_nothing_is_free(tmp_path: Path) -> None:
    assert largest_batch(learning(tmp_path), 0) == 0


def test_an_error_of_lacking_memory_gets_a_note(tmp_path: Path) -> None:
    run = learning(tmp_path, batch_size=2**40)
    with pytest.raises(MemoryError) as raised, estimating(run, None):
        raise MemoryError("no room")
    (note,) = raised.value.__notes__
    fitting = int(note.split()[1])
    assert note.startswith("about ")
    assert 1 < psutil.virtual_memory().available / fitting / KEPT < 6


@pytest.mark.parametrize(
    ("error", "batch_size"), [(MemoryError("no room"), 16), (ZeroDivisionError(), 2**40)], ids=str
)
def test_nothing_is_said_where_batches_are_not_to_blame(
    tmp_path: Path, error: Exception, batch_size: int
) -> None:
    with pytest.raises(type(error)) as raised, estimating(learning(tmp_path, batch_size), None):
        raise error
    assert not hasattr(raised.value, "__notes__")


def test_a_limit_is_beyond_what_the_parent_holds() -> None:
    give_back()  # which is done before it is looked what is free
    beyond = bytes_beyond_parent()
    assert free_bytes(CPU, beyond / 2**20 + 100) == pytest.approx(100 * 2**20, rel=0.3)
    assert free_bytes(CPU, 0) == 0
    assert free_bytes(CPU, None) == pytest.approx(psutil.virtual_memory().available, rel=0.2)


def test_what_is_said_to_fit_fits(tmp_path: Path) -> None:
    failed = learnt(tmp_path / "large", batch_size=2**15)
    assert (failed.status, failed.failures[-1].cause) == ("failed", "memory")
    found = re.search(r"limits.memory, 200 MiB; about (\d+) examples at once would fit", str(failed.reason))
    assert found is not None, failed.reason
    record = learnt(tmp_path / "fitting", batch_size=int(0.8 * int(found[1])))
    assert record.status == "done", record.reason


def learnt(folder: Path, batch_size: int) -> Record:
    """The record of a cell that may take 200 MiB."""
    folder.mkdir()
    suite = f"""
        limits: {{memory: 200}}
        defaults: {{batch_size: {batch_size}, threads: 1}}
        matrix:
          backbone: layers/{2 * WIDTH}
          objective: {{name: fine-tune, epochs: 1}}
          dataset: {{name: points, size: 32768}}
    """
    run = Run(folder, suite)
    run.end()
    (record,) = run.records()
    return record
