"""What to take for several data sets alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...statistics import inconclusive, normalised
from .values import Overall, Pick

LEAST = 2
"""On fewer data sets, or with fewer rows on all of them, there is nothing to choose."""


def overall(picks: Sequence[Pick]) -> list[Overall]:
    """Return what to take over all data sets of picks that share rows and are chosen by the same metric."""
    groups: dict[str, list[Pick]] = {}
    for pick in picks:
        if not pick.place:
            groups.setdefault(pick.chosen_on, []).append(pick)
    return [found for group in groups.values() if (found := _overall(group)) is not None]


def _overall(picks: Sequence[Pick]) -> Overall | None:
    by_title = [{option.title: option for option in pick.options} for pick in picks]
    column = picks[0].chosen_on
    shared = [
        title
        for title in by_title[0]
        if all(title in options and column in options[title].values for options in by_title)
    ]
    if len(picks) < LEAST or len(shared) < LEAST:
        return None
    values = [[options[title].values[column] for options in by_title] for title in shared]
    sign = -1 if picks[0].column.figure.better == "lower" else 1
    means = dict(zip(shared, normalised(sign * np.array(values)).tolist(), strict=True))
    allowed = [title for title in shared if all(options[title].state == "within" for options in by_title)]
    return Overall(
        [pick.dataset for pick in picks],
        column,
        dict(sorted(means.items(), key=lambda item: (-item[1], item[0]))),
        min(allowed, key=lambda title: (-means[title], title)) if allowed else None,
        inconclusive(len(picks), 1 - picks[0].confidence),
    )
