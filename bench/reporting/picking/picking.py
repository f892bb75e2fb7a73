"""From results to picks."""

from __future__ import annotations

from collections.abc import Mapping

from ...records.results import Results
from ...registry import Registry
from ...toolkit.rendering import plain
from ..standings import Standings
from .candidates import candidates
from .choosing import choose
from .following import with_next
from .overall import overall
from .values import Picks, Wish


def pick(results: Results, registry: Registry, wish: Wish) -> Picks:
    """Return what to take of some results, which hold one record or more.

    Raises BenchError if a column or data set is not there, or cannot be chosen by.
    """
    standings = Standings(results.records)
    found = candidates(standings, results, registry, wish)
    picks = [with_next(choose(each, wish), each.rows, results, wish) for each in found]
    return Picks(wish, picks, overall(picks), _left_out(standings, wish))


def _left_out(standings: Standings, wish: Wish) -> Mapping[str, str]:
    """Return why rows have nothing to choose by, by data set and title."""
    return {
        ", ".join(filter(None, (row.dataset, row.title))): "; ".join(row.reasons) or plain(row.status)
        for row in standings.quality
        if not row.done and wish.dataset in ("", row.dataset)
    }
