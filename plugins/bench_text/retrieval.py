"""The task `retrieval`: which passages are relevant to a query, by the vectors of both."""

from __future__ import annotations

from typing import ClassVar

import bench
from bench.toolkit.retrieval import Retrieval


class TextRetrieval(Retrieval):
    """Queries find relevant passages: those whose vectors are nearest to their own, by the cosine.

    As it is, a backbone is measured by its own vectors. It learns from pairs of a query and a relevant
    passage; those of other queries in the batch are the wrong ones, so larger batches are harder.
    """

    name: ClassVar[str] = "retrieval"
    modality: ClassVar[str] = "text"


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [TextRetrieval]
