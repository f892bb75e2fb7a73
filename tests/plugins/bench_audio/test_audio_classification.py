from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from bench import Example, Sample
from bench.toolkit.sounds import SoundProcessor
from bench_audio.audio_classification import AudioClassification
from commandline import run_here
from sounds import tone

MORSE = """
defaults: {precision: fp32, batch_size: 16}
matrix:
  backbone: {name: mel-cnn, rate: 8000, bands: 32, width: 64}
  objective: [{name: fine-tune, epochs: 8, lr: 5e-3}, {name: feature-extract, epochs: 6}]
  dataset: {name: morse, each: 6, classes: [e, t, o]}
  seed: 0
"""


def test_preparing_and_collating():
    task, processor = AudioClassification(), SoundProcessor(8_000, 1)
    samples = [
        task.prepare(Example(tone(440, length), label), processor) for label, length in enumerate((0.1, 0.2))
    ]
    batch = task.collate(samples)
    assert batch.inputs["samples"].shape == (2, 1600)
    assert batch.inputs["lengths"].tolist() == [800, 1600]
    assert batch.targets["label"].tolist() == [0, 1]
    assert batch.size == 2


def test_collating_without_inputs_and_without_targets():
    task = AudioClassification()
    batch = task.collate([Sample({}, {"label": np.array(3)})] * 2)
    assert batch.inputs == {}
    assert batch.targets["label"].tolist() == [3, 3]
    new = task.collate([task.prepare(Example(tone(440, 0.1), None), SoundProcessor(8_000, 1))])
    assert new.targets == {}
    assert new.inputs["samples"].dtype == torch.int16


def test_letters_in_morse_code_are_told_apart(tmp_path: Path) -> None:
    tuned, frozen = run_here(MORSE, tmp_path)
    assert tuned.quality["test"]["accuracy"] > 0.6
    assert frozen.status == "done"
