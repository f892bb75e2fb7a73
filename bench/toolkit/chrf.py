"""chrF of a whole set of texts (Popović 2015), as sacrebleu computes it.

The signature is `case:mixed|eff:yes|nc:6|nw:0|space:no`: n-grams of 1 to 6 characters without white space,
recall counting twice as much. What each output contributes are counts, which add up.
"""

from __future__ import annotations

from collections.abc import Sequence

from .ngrams import counts, matches

ORDER = 6
"""The longest n-grams that are counted."""

BETA = 2
"""How much more recall counts than precision."""

Rows = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def chrf_counts(output: str, references: Sequence[str]) -> Rows:
    """Return what an output contributes against that reference for which its chrF is best.

    For 1 to 6 characters: n-grams of the output, of the reference, and of both. Those of the output do not
    count where the reference has none.
    """
    return max((_against(_bare(output), _bare(reference)) for reference in references), key=_score)


def chrf(output: Sequence[float], reference: Sequence[float], both: Sequence[float]) -> float:
    """Return chrF, from 0 to 100, of sums of the counts, over the orders that both sides have."""
    orders = [row for row in zip(output, reference, both, strict=True) if row[0] > 0 and row[1] > 0]
    if not orders:
        return 0.0
    precision = sum(right / own for own, _, right in orders) / len(orders)
    recall = sum(right / wanted for _, wanted, right in orders) / len(orders)
    if not precision + recall:
        return 0.0
    return 100 * (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def _score(rows: Rows) -> float:
    return chrf(*rows)


def _bare(text: str) -> str:
    return "".join(text.split())


def _against(output: str, reference: str) -> Rows:
    own, wanted, both = [], [], []
    for order in range(1, ORDER + 1):
        runs = max(0, len(reference) - order + 1)
        own.append(max(0, len(output) - order + 1) if runs else 0)
        wanted.append(runs)
        both.append(matches(counts(output, order), counts(reference, order)))
    return tuple(own), tuple(wanted), tuple(both)
