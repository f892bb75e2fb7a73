"""The reader's answer: what is best for each data set, and how sure that is."""

from __future__ import annotations

from .ranking import Contender, first
from .rows import Row, Score, Standings
from .text import with_spread


def verdicts(standings: Standings) -> list[str]:
    """Return a sentence for each data set and metric that ranks on it, as plain text.

    Rows whose mean ± standard deviation overlap with the best one's are a tie. A single seed has no
    spread, which is said.
    """
    ranked: dict[tuple[str, str, str], list[Contender]] = {}
    for row in standings.quality:
        if row.score is not None:
            # Only figures of one metric on one split can be compared.
            key = (row.dataset, row.score.split, row.score.metric)
            ranked.setdefault(key, []).append(_contender(row, row.score))
    return [
        f"{dataset}, {split} {metric}: {first(found, 'is best', 'seeds')}"
        for (dataset, split, metric), found in ranked.items()
    ]


def _contender(row: Row, score: Score) -> Contender:
    seeds = "1 seed" if score.seeds == 1 else f"{score.seeds} seeds"
    told = f"{row.title} ({with_spread(score.mean, score.spread)}, {seeds})"
    return Contender(told, score.mean, score.spread)
