"""Does what takes figures apart keep its contract?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..api import Breakdown


def check_breakdown(breakdown: Breakdown, statistics: Mapping[str, NDArray[Any]]) -> Iterator[str]:
    """Give what is wrong with a breakdown, tried with the statistics of some examples."""
    parts = len(breakdown.parts)
    if not breakdown.axis or not all(isinstance(name, str) for name in breakdown.parts):
        yield "its breakdown must name its axis and its parts"
    declared = [figure.name for figure in breakdown.figures]
    try:
        found = {name: np.asarray(values) for name, values in breakdown.compute(statistics).items()}
        confusions = breakdown.confusions(statistics)
    except Exception as error:
        yield f"its breakdown fails at the statistics of its metrics: {type(error).__name__}: {error}"
        return
    if not declared or sorted(found) != sorted(declared):
        yield f"its breakdown computes {sorted(found)}, and declares {sorted(declared)}"
    for name, values in found.items():
        if values.shape != (parts,):
            yield f"its breakdown gives '{name}' as {list(values.shape)} for {parts} parts"
    if confusions is not None and (confusions.shape[1:] != (3,) or confusions.dtype.kind not in "iu"):
        kind = f"{list(confusions.shape)} {confusions.dtype}"
        yield f"its confusions must be [K, 3] whole numbers, not {kind}"
