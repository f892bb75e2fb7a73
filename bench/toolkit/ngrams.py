"""What metrics of texts count: runs of n words or characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

Counts = Counter[Hashable]


def ngrams(items: Sequence[Hashable], order: int) -> Iterator[Hashable]:
    """Give all runs of `order` items; those of a text are texts, those of words are tuples."""
    whole = items if isinstance(items, str) else tuple(items)
    return (whole[at : at + order] for at in range(len(whole) - order + 1))


def counts(items: Sequence[Hashable], order: int) -> Counts:
    """Return how often each run of `order` items occurs."""
    return Counter(ngrams(items, order))


def matches(found: Counts, wanted: Counts) -> int:
    """Return how many of the runs found are wanted, each no more often than it is wanted."""
    return sum(min(count, wanted[run]) for run, count in found.items() if run in wanted)
