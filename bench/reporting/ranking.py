"""Who comes first, in words: a winner only where the spreads do not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LISTED = 4
"""How many of a tie are named."""


@dataclass(frozen=True)
class Contender:
    """What takes part: how a sentence calls it, its mean, and its standard deviation if that is known."""

    told: str
    mean: float
    spread: float | None

    def ties(self, other: Contender) -> bool:
        """Tell whether the two ranges of mean ± standard deviation overlap."""
        return abs(self.mean - other.mean) <= (self.spread or 0) + (other.spread or 0)


def first(ranked: Sequence[Contender], wins: str, over: str) -> str:
    """Return who comes first among contenders that are in order, one or more.

    `wins` is what the winner does ("is best"), `over` what the spread is over ("seeds"). One measurement
    has no spread, which is said.
    """
    best = ranked[0]
    if len(ranked) == 1:
        return f"only {best.told} was measured"
    tied = [contender for contender in ranked if contender.ties(best)]
    if len(tied) > 1:
        spread = f" within the spread over {over}" if any(contender.spread for contender in tied) else ""
        return f"a tie{spread} between {_listed([contender.told for contender in tied])}"
    caution = f"; without the spread of several {over} this may be chance"
    unsure = caution if best.spread is None or ranked[1].spread is None else ""
    return f"{best.told} {wins}, before {ranked[1].told}{unsure}"


def _listed(names: list[str]) -> str:
    if len(names) > LISTED + 1:
        names[LISTED:] = [f"{len(names) - LISTED} more"]
    return f"{', '.join(names[:-1])} and {names[-1]}"
