"""The reader's answer: what is best for each data set, and how sure that is."""

from __future__ import annotations

from .rows import Row, Score, Standings
from .text import with_spread

Ranked = list[tuple[Row, Score]]

LISTED = 4
"""How many rows of a tie are named."""


def verdicts(standings: Standings) -> list[str]:
    """Return a sentence for each data set and metric that ranks on it, as plain text.

    Rows whose mean ± standard deviation overlap with the best one's are a tie. A single seed has no
    spread, which is said.
    """
    ranked: dict[tuple[str, str, str], Ranked] = {}
    for row in standings.quality:
        if row.score is not None:
            # Only figures of one metric on one split can be compared.
            key = (row.dataset, row.score.split, row.score.metric)
            ranked.setdefault(key, []).append((row, row.score))
    return [_verdict(dataset, found) for (dataset, *_), found in ranked.items()]


def _verdict(dataset: str, found: Ranked) -> str:
    row, best = found[0]
    what = f"{dataset}, {best.split} {best.metric}"
    if len(found) == 1:
        return f"{what}: only {_told(row, best)} was measured"
    tied = [item for item in found if item[1].ties(best)]
    if len(tied) > 1:
        spread = " within the spread over seeds" if any(score.spread for _, score in tied) else ""
        return f"{what}: a tie{spread} between {_listed(tied)}"
    second, next_best = found[1]
    caution = "; without the spread of several seeds this may be chance"
    unsure = caution if best.spread is None or next_best.spread is None else ""
    return f"{what}: {_told(row, best)} is best, before {_told(second, next_best)}{unsure}"


def _listed(tied: Ranked) -> str:
    names = [_told(row, score) for row, score in tied]
    if len(names) > LISTED + 1:
        names[LISTED:] = [f"{len(names) - LISTED} more"]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _told(row: Row, score: Score) -> str:
    seeds = "1 seed" if score.seeds == 1 else f"{score.seeds} seeds"
    return f"{row.title} ({with_spread(score.mean, score.spread)}, {seeds})"
