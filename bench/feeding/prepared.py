"""Prepared data on disk: each example tokenised or decoded and resized once, for all cells and runs."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter

import numpy as np

from ..api import Dataset, Example, Inputs, Processor, Sample, Task
from ..errors import DataError, UnsuitableError
from ..planning.identity import digest
from .arrays import Array, Arrays, ArraysWriter
from .cache import Cache
from .splits import Subset

CHUNK = 32
TRIED = 2
"""Chunks that are made and timed before there are threads; the first also loads libraries."""
LONG = 1e-3
"""Seconds per example from which threads gain more than taking turns at the interpreter's lock costs."""
INPUTS, TARGETS, TEXTS = "inputs.", "targets.", "texts."
"""What the names of the fields of each part begin with; targets that are texts have one of their own."""


@dataclass(frozen=True)
class Preparation:
    """How the examples of a split are prepared: for which task, by which processor, in how many threads."""

    dataset: Dataset
    task: Task
    processor: Processor
    selection: Subset
    versions: Mapping[str, str]
    threads: int

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.selection.positions)

    @cached_property
    def key(self) -> str:
        """A digest of content, task, processor, which examples, and the versions of the plugins at work."""
        return digest(
            {
                "dataset": self.dataset.identity(),
                "task": self.task.identity(),
                "processor": self.processor.digest,
                "split": self.selection.source,
                "positions": digest(self.selection.positions.tolist()),
                "versions": dict(self.versions),
            }
        )

    def make(self, indices: Array) -> list[Sample]:
        """Read, decode and prepare the examples at some positions of the selection.

        Raises DataError for one that the task cannot use.
        """
        return [self._sample(position) for position in self.selection.positions[indices].tolist()]

    def _sample(self, position: int) -> Sample:
        example = self._examples[position]  # where it cannot be read, the data set says which it is
        try:
            return self.task.prepare(example, self.processor)
        except (DataError, UnsuitableError) as error:
            where = self.dataset.where(self.selection.source, position)
            raise DataError(f"{where}: {error}") from error

    def chunks(self) -> Iterator[list[Sample]]:
        """Give all examples, a few at a time, so that memory does not grow with the data.

        Those that take long are made in threads, as decoders release the interpreter's lock.
        """
        chunks = np.array_split(np.arange(len(self)), range(CHUNK, len(self), CHUNK))
        seconds = math.inf
        for chunk in chunks[:TRIED]:
            began = perf_counter()
            samples = self.make(chunk)
            seconds = min(seconds, perf_counter() - began)
            yield samples
        rest = chunks[TRIED:]
        yield from self._in_threads(rest) if seconds > LONG * CHUNK else map(self.make, rest)

    def _in_threads(self, chunks: Sequence[Array]) -> Iterator[list[Sample]]:
        pending: deque[Future[list[Sample]]] = deque()
        with ThreadPoolExecutor(self.threads) as pool:
            for chunk in chunks:
                pending.append(pool.submit(self.make, chunk))
                if len(pending) > 2 * self.threads:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()

    @cached_property
    def _examples(self) -> Sequence[Example]:
        return self.dataset.load(self.selection.source)


def keep(preparation: Preparation, cache: Cache, done: Callable[[int], None] = lambda _: None) -> Arrays:
    """Return the prepared examples from the cache, into which they are put if they are not there.

    `done` is told how many more have been prepared, a few at a time.

    Their facts hold how many of them have which remark (`Inputs`), under `remarks`.

    Raises TooLarge if it could not hold them, judging by the size of the first few.
    """

    def fill(folder: Path) -> None:
        remarks: Counter[str] = Counter()
        with ArraysWriter(folder) as writer:
            for samples in preparation.chunks():
                writer.append([_row(sample) for sample in samples])
                remarks.update(filter(None, map(_remark, samples)))
                done(len(samples))
                if writer.count == len(samples):
                    cache.check(writer.bytes / writer.count * len(preparation))
            writer.close(remarks=remarks)

    return Arrays(cache.build(cache.entry("prepared", preparation.key), fill))


def _remark(sample: Sample) -> str:
    return sample.inputs.remark if isinstance(sample.inputs, Inputs) else ""


def _row(sample: Sample) -> dict[str, Array]:
    return {**{INPUTS + name: value for name, value in sample.inputs.items()}, **target_row(sample.targets)}


def target_row(targets: Mapping[str, Array | str]) -> dict[str, Array]:
    """Return an example's targets as the arrays that are kept: texts in UTF-8."""
    return {
        (TEXTS if isinstance(value, str) else TARGETS) + name: _as_array(value)
        for name, value in targets.items()
    }


def targets_of(arrays: Arrays, indices: Array) -> list[dict[str, Array | str]]:
    """Return copies of what `target_row` has made of the targets of some examples."""
    rows: list[dict[str, Array | str]] = [dict(row) for row in arrays.rows(indices, TARGETS)]
    for row, texts in zip(rows, arrays.rows(indices, TEXTS), strict=True):
        row |= {name: text.tobytes().decode(errors="surrogatepass") for name, text in texts.items()}
    return rows


def _as_array(target: Array | str) -> Array:
    if not isinstance(target, str):
        return target
    return np.frombuffer(target.encode(errors="surrogatepass"), np.uint8)
