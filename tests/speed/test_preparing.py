"""Preparing images: against a plain loop, in how much memory, and what they cost the second time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from PIL import Image

from bench.feeding.cache import Cache
from bench.feeding.prepared import Preparation, keep
from bench.feeding.splits import Subset
from bench.toolkit.images import ImageProcessor, read_image
from bench_data.examples import FilesRead
from bench_data.files import Parquet
from bench_vision.image_classification import ImageClassification
from pairs import Pairs, command

SMALL_IMAGES = 2048

WHOLE = """
import json, resource, sys
from pathlib import Path
from time import perf_counter
import numpy as np
import torch
from bench.feeding.cache import Cache
from bench.feeding.data import PreparedSource
from bench.feeding.examples import KeptExamples
from bench.feeding.prepared import Preparation, keep
from bench.feeding.splits import Subset
from bench.toolkit.images import ImageProcessor
from bench_data.files import Parquet
from bench_vision.image_classification import ImageClassification

data, cache = sys.argv[1], Cache(Path(sys.argv[2]))
dataset, task = Parquet(path=data, image="image"), ImageClassification()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count, began = 0, perf_counter()
for split, size in (("train", 50_000), ("test", 10_000)):
    selection = Subset(split, np.arange(size))
    preparation = Preparation(
        dataset, task, ImageProcessor((64, 64), (64, 64)), selection, {}, torch.get_num_threads()
    )
    source = PreparedSource(KeptExamples(keep(preparation, cache)), task)
    assert source.batch(range(0, size, size // 32)).inputs["pixels"].shape[1:] == (3, 64, 64)
    count += len(source)
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(json.dumps({"count": count, "seconds": perf_counter() - began, "grown_mib": grown}))
"""


@dataclass(frozen=True)
class Photographs:
    """JPEG files as a data set that is asked for its examples alone."""

    files: tuple[Path, ...]

    def identity(self) -> dict[str, str]:
        return {"name": "photographs"}

    def load(self, split: str) -> FilesRead:
        return FilesRead(self.files, [0] * len(self.files), read_image)


def compare(dataset: Any, contents: Sequence[bytes], side: int, folder: Path, pairs: Pairs) -> float:
    """Return how many times faster images are prepared than in a loop that leaves them in a list."""
    made = []

    def ours(number: int) -> float:
        preparation = Preparation(
            dataset,
            ImageClassification(),
            ImageProcessor((side, side), (side, side), keep_ratio=False),
            Subset("test", np.arange(len(contents))),
            {},
            torch.get_num_threads(),
        )
        began = perf_counter()
        arrays = keep(preparation, Cache(folder))
        seconds = perf_counter() - began
        made.append(arrays.columns["inputs.pixels"][-1])
        shutil.rmtree(folder / "prepared")  # else the rounds to come wait for the disk
        return seconds

    def loop(number: int) -> float:
        began = perf_counter()
        images = []
        for content in contents:
            image = Image.open(BytesIO(content)).convert("RGB")
            images.append(np.asarray(image.resize((side, side), Image.Resampling.BILINEAR)))
        seconds = perf_counter() - began
        made.append(images[-1].transpose(2, 0, 1))
        return seconds

    ours(-1)  # the first time `datasets` turns the files into its own
    rounds = pairs.run(ours, loop)
    assert all(np.array_equal(pixels, made[0]) for pixels in made)
    count = len(contents)
    pairs.note(images_per_s=count / min(rounds.ours), rival_images_per_s=count / min(rounds.rivals))
    return pairs.faster(rounds.ours, rounds.rivals)


def test_photographs_are_prepared_by_all_cores(shared_data: Path, tmp_path: Path, pairs: Pairs) -> None:
    files = 3 * tuple(sorted((shared_data / "bccd" / "images").glob("*/*.jpg")))
    contents = [path.read_bytes() for path in files]
    assert compare(Photographs(files), contents, 224, tmp_path, pairs) >= 1.3  # two cores


def test_of_small_images_there_is_nothing_to_gain_in_threads(
    shared_data: Path, tmp_path: Path, pairs: Pairs
) -> None:
    folder = shared_data / "cifar10" / "data"
    column = pq.read_table(folder / "test-00000-of-00001.parquet", columns=["image"]).column("image")
    contents = [row["bytes"] for row in column.slice(0, SMALL_IMAGES).to_pylist()]
    assert compare(Parquet(path=str(folder), image="image"), contents, 64, tmp_path, pairs) >= 0.7


def test_all_of_cifar_takes_little_memory_and_no_time_when_it_is_used_again(
    shared_data: Path, tmp_path: Path, pairs: Pairs
) -> None:
    def prepare() -> dict[str, float]:
        ran = command("-c", WHOLE, shared_data / "cifar10" / "data", tmp_path)
        return {**json.loads(ran.output), "peak_mib": ran.peak_mib}

    first, again = prepare(), []
    pairs.benchmark.pedantic(lambda: again.append(prepare()["seconds"]), rounds=5)
    pairs.note(**first, images_per_s=first["count"] / first["seconds"], again=again)
    assert first["count"] == 60_000
    assert first["peak_mib"] < 1500
    assert first["grown_mib"] < 400  # the examples alone are 703
    assert max(again) < 1
    assert sum(file.stat().st_size for file in tmp_path.glob("prepared/*/*.bin")) == 60_000 * (
        3 * 64 * 64 + 8
    )
