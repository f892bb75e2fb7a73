"""Whether two cells differ in speed: Welch's test on the logarithms of what their runs measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from scipy import stats

from ..api import WHOLE
from ..records.conditions import resource_condition
from ..records.record import Record
from .facts import Catalogue
from .runs import Key, measured

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Difference:
    """How many times as fast the second is as the first, with its 95 % interval, and the p-value.

    `p` is how often cells of one and the same speed would seem at least as different as these.
    """

    ratio: float
    low: float
    high: float
    p: float


def difference(first: Record, second: Record, figure: str, phase: str = WHOLE) -> Difference | None:
    """Return how the rates of two cells differ, such as `samples_per_s` of `train`.

    None where that cannot be told: fewer than two runs of either (`bench run --repeat`), or cells that were
    measured on different machines or under different conditions.
    """
    if resource_condition(first) != resource_condition(second):
        return None
    cached = Catalogue([first, second]).playing("cached")
    return welch(*(_rates(record, (phase, figure), cached) for record in (first, second)))


def welch(first: Sequence[float], second: Sequence[float]) -> Difference | None:
    """Return how two samples of rates differ, each two or more; None if that cannot be told.

    Logarithms, as speeds vary in proportion to themselves; Welch's test (1947), as the two need not vary
    alike. The runs of each must be independent, so they should have been made in turns.
    """
    if min(len(first), len(second)) < 2 or len({*first}) == len({*second}) == 1:
        return None
    test = stats.ttest_ind(np.log(second), np.log(first), equal_var=False)
    interval = test.confidence_interval(CONFIDENCE)
    shift = float(np.log(second).mean() - np.log(first).mean())
    return Difference(exp(shift), exp(interval.low), exp(interval.high), float(test.pvalue))


def _rates(record: Record, key: Key, cached: Mapping[str, Sequence[str]]) -> list[float]:
    runs = [measured(record, table, cached.get(table, [])) for table in record.resources]
    found = [rate for by_key in runs for rate in by_key.get(key, [])]
    return [float(rate) for rate in found if isinstance(rate, int | float) and rate > 0]
