"""Prepared data on disk: each example tokenised or decoded and resized once, for all cells and runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..api import Dataset, DatasetInfo, Processor, Sample, Split, Task
from ..planning.identity import digest
from .arrays import Array, Arrays, ArraysWriter
from .cache import Cache
from .splits import Selection

CHUNK = 256


def dataset_info(dataset: Dataset, versions: Mapping[str, str], cache: Cache) -> DatasetInfo:
    """Return what is known of a data set, without reading it again if it was read before."""

    def fill(folder: Path) -> None:
        (folder / "info.json").write_text(json.dumps(asdict(dataset.info())))
        (folder / "complete").touch()

    entry = cache.build(
        cache.entry("info", {"dataset": dataset.identity(), "versions": dict(versions)}), fill
    )
    facts = json.loads((entry / "info.json").read_text())
    return DatasetInfo(**{**facts, "classes": tuple(facts["classes"])})


def dataset_strata(dataset: Dataset, split: Split, versions: Mapping[str, str], cache: Cache) -> Array | None:
    """Return the class of each example of a split, None if it has none; labels are read but once."""

    def fill(folder: Path) -> None:
        strata = dataset.strata(split)
        if strata is not None:
            np.save(folder / "strata.npy", np.asarray(strata, dtype=np.int64))
        (folder / "complete").touch()

    key = {"dataset": dataset.identity(), "split": split, "versions": dict(versions)}
    file = cache.build(cache.entry("strata", key), fill) / "strata.npy"
    return np.load(file) if file.exists() else None


def prepare(
    dataset: Dataset,
    task: Task,
    processor: Processor,
    selection: Selection,
    versions: Mapping[str, str],
    cache: Cache,
) -> tuple[Arrays, str]:
    """Return the prepared examples of a selection, and the key they are kept under.

    The key covers content, task, processor, which examples, and the versions of the plugins at work.
    """
    key = {
        "dataset": dataset.identity(),
        "task": task.identity(),
        "processor": processor.digest,
        "split": selection.source,
        "positions": digest(selection.positions.tolist()),
        "versions": dict(versions),
    }

    def fill(folder: Path) -> None:
        with ArraysWriter(folder) as writer:
            for sample in _samples(dataset, task, processor, selection):
                writer.append(_row(sample))
            writer.close()

    return Arrays(cache.build(cache.entry("prepared", key), fill)), digest(key)


def _samples(dataset: Dataset, task: Task, processor: Processor, selection: Selection) -> Iterator[Sample]:
    """Prepare in threads, a chunk at a time: decoders and tokenisers release the interpreter's lock."""
    examples = dataset.load(selection.source)
    positions = selection.positions.tolist()
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(positions), CHUNK):
            chunk = [examples[position] for position in positions[start : start + CHUNK]]
            yield from pool.map(lambda example: task.prepare(example, processor), chunk)


def _row(sample: Sample) -> dict[str, Array]:
    return {
        **{f"inputs.{name}": value for name, value in sample.inputs.items()},
        **{f"targets.{name}": value for name, value in sample.targets.items()},
    }
