"""Prepared data on disk: each example tokenised or decoded and resized once, for all cells and runs."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..api import Dataset, DatasetInfo, Processor, Sample, Split, Task
from ..planning.identity import digest
from .arrays import Array, Arrays, ArraysWriter
from .cache import Cache
from .splits import Selection

CHUNK = 32


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
    threads: int,
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
            for samples in prepared_chunks(dataset, task, processor, selection, threads):
                writer.append([_row(sample) for sample in samples])
            writer.close()

    return Arrays(cache.build(cache.entry("prepared", key), fill)), digest(key)


def prepared_chunks(
    dataset: Dataset, task: Task, processor: Processor, selection: Selection, threads: int
) -> Iterator[list[Sample]]:
    """Read, decode and prepare in threads: decoders and tokenisers release the interpreter's lock.

    A few chunks are under way at a time, so that memory does not grow with the data.
    """
    examples = dataset.load(selection.source)
    positions = selection.positions.tolist()
    pending: deque[Future[list[Sample]]] = deque()

    def work(chunk: list[int]) -> list[Sample]:
        return [task.prepare(examples[position], processor) for position in chunk]

    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(positions), CHUNK):
            pending.append(pool.submit(work, positions[start : start + CHUNK]))
            if len(pending) > 2 * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _row(sample: Sample) -> dict[str, Array]:
    return {
        **{f"inputs.{name}": value for name, value in sample.inputs.items()},
        **{f"targets.{name}": value for name, value in sample.targets.items()},
    }
