"""Seeds as suites and the command line write them: `3`, `0-3`, `0,1,2`, `{count: 5}`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from .wording import show

LARGEST_SEED = 2**32 - 1
MOST_SEEDS = 10_000
NUMBER = "[0-9]{1,10}"
RANGE = f"{NUMBER}(-{NUMBER})?"
SEVERAL = f"{NUMBER}-{NUMBER}(, *{RANGE})*|{NUMBER}(, *{RANGE})+"
"""A text that stands for several seeds; a single one is a number."""


def seeds_of(data: Any) -> list[int]:
    """Return the seeds that plain data stands for, in the order written.

    Raises ValueError for what is none, and for more than 10,000, without counting them one by one.
    """
    if isinstance(data, dict):
        return _first(data)
    if isinstance(data, str) and re.fullmatch(SEVERAL, data):
        return _several(data)
    if isinstance(data, int) and not isinstance(data, bool) and 0 <= data <= LARGEST_SEED:
        return [data]
    several = "" if isinstance(data, int | float) else ", or several as 0-3, 0,1,2 or {count: 5}"
    raise ValueError(f"must be a whole number from 0 to {LARGEST_SEED}{several}, not {show(data)}")


def typed_seeds(text: str) -> list[int]:
    """Return the seeds that were typed as an option. Raises ValueError as `seeds_of` does."""
    return seeds_of(int(text) if re.fullmatch(NUMBER, text) else text)


def spelled_seeds(seeds: Sequence[int]) -> str:
    """Return one or more seeds as they are typed, in this order: `3`, `0-3`, `5,0-2`."""
    begins = [at for at, seed in enumerate(seeds) if not at or seed != seeds[at - 1] + 1]
    runs = [seeds[begin:end] for begin, end in pairwise([*begins, len(seeds)])]
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _first(data: dict[str, Any]) -> list[int]:
    """Return the seeds from 0 of a mapping with `count`."""
    if data.keys() != {"count"}:
        raise ValueError("must have the one key count, as in {count: 5}")
    count = data["count"]
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_SEEDS:
        raise ValueError(f"count must be a whole number from 1 to {MOST_SEEDS:,}, not {show(count)}")
    return list(range(count))


def _several(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        start, end = int(first), int(last or first)
        if end < start:
            raise ValueError(f"counts down from {start} to {end}; write {end}-{start}")
        if end > LARGEST_SEED:
            raise ValueError(f"has a seed above {LARGEST_SEED}")
        _check_number(len(found) + end - start + 1)
        found += range(start, end + 1)
    return found


def _check_number(count: int) -> None:
    if count > MOST_SEEDS:
        raise ValueError(f"stands for {count:,} seeds; at most {MOST_SEEDS:,} can be planned")
