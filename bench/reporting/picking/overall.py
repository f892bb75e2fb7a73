"""What to take for several data sets alike."""

from __future__ import annotations

from collections.abc import Sequence

from ..averages import mean
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
    shared = [title for title in by_title[0] if all(title in options for options in by_title)]
    column = picks[0].chosen_on
    shared = [title for title in shared if all(column in options[title].values for options in by_title)]
    if len(picks) < LEAST or len(shared) < LEAST:
        return None
    lower = picks[0].column.figure.better == "lower"
    scores = [_normalised([options[title].values[column] for title in shared], lower) for options in by_title]
    means = {title: mean([found[at] for found in scores]) for at, title in enumerate(shared)}
    allowed = [title for title in shared if all(options[title].state == "within" for options in by_title)]
    return Overall(
        [pick.dataset for pick in picks],
        column,
        dict(sorted(means.items(), key=lambda item: (-item[1], item[0]))),
        min(allowed, key=lambda title: (-means[title], title)) if allowed else None,
    )


def _normalised(values: Sequence[float], lower: bool) -> list[float]:
    """Return values from 0 for the worst to 1 for the best; all 1 where they are equal."""
    low, high = min(values), max(values)
    if low == high:
        return [1.0] * len(values)
    return [(high - value if lower else value - low) / (high - low) for value in values]
