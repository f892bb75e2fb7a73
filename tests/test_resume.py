"""A pretraining that is killed goes on from its checkpoint, and ends with the same bits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from bench.cli.main import call
from bench.records.record import Record
from bench.records.store import Store

SUITE = """
name: killed
matrix:
  backbone: {name: %s, weights: none%s}
  objective: %s
  dataset: %s
limits: {train_examples: 96, val_examples: 16, test_examples: 16}
defaults: {batch_size: 16, threads: 1}
"""
IMAGES = ("cifar/resnet20", ", image_size: 16")
TEXTS = ("bert-mini", ", max_length: 32")

CELLS = {
    "contrastive": (*IMAGES, "{name: contrastive, epochs: 2, keep: best}", "digits"),
    "gan": (*IMAGES, "{name: gan, epochs: 2, width: 4, r1_every: 4}", "digits"),
    "bert": (*TEXTS, "{name: bert, epochs: 2}", "docstrings"),
    "distil": (*TEXTS, "{name: distil, teacher: bert-mini, epochs: 2}", "docstrings"),
}
SLOW = {"contrastive", "distil"}
"""What keeps nothing more between steps than the others do."""
PATIENCE = 120


def only_record(results: Path) -> Record:
    (record,) = Store(results / "killed").records()
    assert record.status == "done", record.reason
    return record


def weights(results: Path) -> dict[str, bytes]:
    """The tensors of the encoder, and of what stood on it."""
    files = (results / "killed" / "artifacts").glob("*.safetensors")
    found = {file.name: file.read_bytes() for file in files}
    assert len(found) == 2
    return found


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in CELLS]
)
def test_killed_and_resumed_it_ends_with_the_same_bits(name: str, tmp_path: Path) -> None:
    suite, whole, killed = tmp_path / "killed.yaml", tmp_path / "whole", tmp_path / "results"
    suite.write_text(SUITE % CELLS[name])
    options = ("--keep-encoders", "--checkpoint-every", "0")
    assert call(["run", str(suite), "--results", str(whole), "--executor", "inline", *options]) == 0

    command = [sys.executable, "-m", "bench", "run", suite, "--results", killed, *options]
    process = subprocess.Popen(list(map(str, command)), start_new_session=True, stderr=subprocess.DEVNULL)
    checkpoints = killed / "killed" / "checkpoints"
    began = monotonic()
    while not list(checkpoints.glob("[!.]*")):
        assert process.poll() is None
        assert monotonic() - began < PATIENCE
        sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    assert call(["run", str(suite), "--results", str(killed), "--executor", "inline", *options]) == 0
    resumed = only_record(killed)
    assert [note for note in resumed.notes if "checkpoint at step" in note]
    assert weights(killed) == weights(whole)
    assert resumed.quality == only_record(whole).quality
    assert resumed.curve == only_record(whole).curve
    assert not list(checkpoints.iterdir())
