"""Preparing many photographs takes little memory, whatever they take in all (slow).

How fast they are prepared, and what small images take, is measured in `speed/test_preparing.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.records.store import Store
from pairs import command

COUNT = 10_000
HELD_OUT = 50
MOST_BYTES = 1.5e9
WIDTH, HEIGHT, SIDE = 640, 480, 224

# A small network and batches of two: what training and evaluation take is not the question.
SUITE = f"""
device: cpu
defaults: {{batch_size: 2, eval_batch_size: 2}}
limits: {{steps: 1}}
matrix:
  backbone: {{name: timm/mobilenetv3_small_050, weights: none, image_size: {SIDE}}}
  objective: {{name: fine-tune, epochs: 1}}
  dataset: {{name: imagefolder, path: photographs}}
"""


def pictures() -> Iterator[tuple[str, bytes]]:
    """Give files of pictures of all colours and shapes, one in ten of them PNG, by their suffixes."""
    random = np.random.default_rng(0)
    for number in range(20):
        shapes = Image.fromarray(random.integers(0, 256, (48, 64, 3), np.uint8))
        smooth = np.asarray(shapes.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), np.float32)
        grain = random.normal(0, 3, smooth.shape)
        picture = Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8))
        file, png = BytesIO(), number % 10 == 9
        picture.save(file, "PNG" if png else "JPEG", **({"compress_level": 1} if png else {"quality": 85}))
        yield ".png" if png else ".jpg", file.getvalue()


def write_photographs(folder: Path) -> None:
    """Write files that all differ: each ends in its number, which no decoder reads."""
    splits = ["val"] * HELD_OUT + ["test"] * HELD_OUT + ["train"] * (COUNT - 2 * HELD_OUT)
    for split, label in {(split, label) for split in splits for label in "ab"}:
        (folder / split / label).mkdir(parents=True)
    for number, (suffix, content) in enumerate(islice(cycle(list(pictures())), COUNT)):
        path = folder / splits[number] / "ab"[number % 2] / f"{number}{suffix}"
        path.write_bytes(content + number.to_bytes(4, "big"))


@pytest.mark.slow
def test_ten_thousand_photographs_are_prepared_in_little_memory(tmp_path: Path) -> None:
    try:
        write_photographs(tmp_path / "photographs")
        (tmp_path / "suite.yaml").write_text(SUITE)
        # In one process, whose peak the kernel knows.
        ran = command("-m", "bench", "run", "suite.yaml", "--executor", "inline", cwd=tmp_path)
        (record,) = Store(tmp_path / "results" / "suite").records()
        prepared = sum(file.stat().st_size for file in tmp_path.glob("results/.cache/prepared/*/*.bin"))
    finally:
        shutil.rmtree(tmp_path)  # gigabytes, which pytest would keep
    grown = record.resources["memory"]["prepare"]["peak_mib"]
    print(
        f"\npeak {ran.peak_mib:.0f} MiB, {grown:.0f} MiB of them for preparing {prepared / 2**20:.0f} MiB; "
        f"{ran.seconds:.0f} s in all"
    )
    assert sum(record.data["examples"].values()) == COUNT
    assert prepared >= COUNT * 3 * SIDE * SIDE > MOST_BYTES
    assert ran.peak_mib * 2**20 < MOST_BYTES
