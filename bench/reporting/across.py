"""The same rows on several data sets: who comes first over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..api import Across, Comparison, Ranks
from ..records.contributions import Array
from ..statistics import compare_across, critical_difference, inconclusive, mean_ranks, normalised
from .tables import column_of
from .verdicts import CONFIDENCE, Ranking


def across(found: Sequence[Ranking]) -> list[Across]:
    """Return what rankings by the same figure amount to, for each that ranks two rows on two data sets."""
    groups: dict[tuple[str, str], list[Ranking]] = {}
    for ranking in found:
        groups.setdefault((ranking.first.metric, ranking.first.split), []).append(ranking)
    return [one for rankings in groups.values() for one in _across(rankings)]


def _across(rankings: Sequence[Ranking]) -> list[Across]:
    places = [{row.title: at for at, row in enumerate(ranking.rows)} for ranking in rankings]
    names = dict.fromkeys(title for known in places for title in known)
    titles = [title for title in names if sum(title in known for known in places) > 1]
    kept = [at for at, known in enumerate(places) if sum(title in known for title in titles) > 1]
    if len(titles) < 2 or len(kept) < 2:
        return []
    return [_of([rankings[at] for at in kept], [places[at] for at in kept], titles)]


def _of(rankings: Sequence[Ranking], places: Sequence[dict[str, int]], titles: Sequence[str]) -> Across:
    first = rankings[0].first
    sign = -1.0 if first.facts.better == "lower" else 1.0
    means = np.array(
        [
            [ranking.scores[known[title]].mean if title in known else np.nan for title in titles]
            for ranking, known in zip(rankings, places, strict=True)
        ]
    ).T
    scaled = normalised(sign * means)
    order = np.argsort(-scaled, kind="stable")
    titles, means = [titles[at] for at in order], means[order]
    note = inconclusive(len(rankings), 1 - CONFIDENCE)
    comparisons = compare_across(sign * means, margin=rankings[0].margin, alpha=1 - CONFIDENCE)
    return Across(
        column_of(first.facts, first.metric, split=first.split),
        datasets=[ranking.rows[0].dataset for ranking in rankings],
        titles=titles,
        scores=[[None if np.isnan(mean) else float(mean) for mean in row] for row in means],
        normalised=[float(scaled[at]) for at in order],
        records=_records(rankings, places, titles),
        comparisons=[_turned(item) if sign < 0 else item for item in comparisons],
        note=note,
        ranks=None if note else _ranks(titles, sign * means),
    )


def _ranks(titles: Sequence[str], scores: Array) -> Ranks | None:
    """Return the mean ranks of those with a score, `[K, D]`, on each data set; None of fewer than two."""
    complete = np.flatnonzero(~np.isnan(scores).any(axis=1))
    if len(complete) < 2:
        return None
    means = mean_ranks(scores[complete])
    found = {titles[complete[at]]: float(means[at]) for at in np.argsort(means, kind="stable")}
    return Ranks(found, critical_difference(len(complete), scores.shape[1], 1 - CONFIDENCE))


def _records(
    rankings: Sequence[Ranking], places: Sequence[dict[str, int]], titles: Sequence[str]
) -> list[list[tuple[int, int, int]]]:
    """Return on how many data sets each is surely better than each other, neither, and surely worse."""
    together = np.zeros((len(titles), len(titles)), int)
    better = together.copy()
    for ranking, known in zip(rankings, places, strict=True):
        there = [at for at, title in enumerate(titles) if title in known]
        places_there = [known[titles[at]] for at in there]
        together[np.ix_(there, there)] += 1 - np.eye(len(there), dtype=int)
        better[np.ix_(there, there)] += ranking.family.better[np.ix_(places_there, places_there)]
    counts = np.stack([better, together - better - better.T, better.T], axis=-1)
    return [[(win, neither, loss) for win, neither, loss in row] for row in counts.tolist()]


def _turned(found: Comparison) -> Comparison:
    """Return a comparison of what is better the lower, in its own unit."""
    return replace(found, difference=-found.difference, low=-found.high, high=-found.low)
