"""What examples contribute to metrics, as values; `predictions` keeps them in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

GROUP = "group"
"""The column of the numbers of groups."""

KEY = ("split", "source", "index", GROUP)
"""The columns that say which example a row is of; no statistic may be called so."""

TASK = ""
"""Stands for the task among the names of metrics."""


@dataclass(frozen=True)
class Contributions:
    """What the examples of one split contribute: statistics by the metric they are for, `[N, ...]` each.

    `source` is the data set's own split that they are from, `index` their positions in it, `[N]`, ascending.
    `groups` are numbers that are equal for examples that belong together (of one patient, article, film),
    `[N]`, the same in all cells of the same data; None where the data set does not say.
    """

    source: str
    index: Array
    statistics: Mapping[str, Mapping[str, Array]]
    groups: Array | None = None
