"""Contenders of a verdict as a dot with a whisker each, and their ranks as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_high

from ....api import Comparison, Contender, Verdict
from . import texts
from .scale import Scale, drawable, linear

SHOWN = 30
"""How many contenders a chart has, the best first."""


@dataclass(frozen=True)
class Mark:
    """A contender: texts, and places on the chart from 0 to 1.

    state: `chosen`, `open` or `beaten`, which is what its dot looks like. low, high: the ends of its
    interval, None without one. first, last: the ends of its rank's bar.
    """

    title: str
    state: str
    n: int
    mean: str
    interval: str
    rank: str
    lead: str
    answer: str
    need: str
    at: float
    low: float | None
    high: float | None
    first: float
    last: float

    @property
    def dot(self) -> str:
        """The class of its dot: filled unless it is surely worse."""
        return {"chosen": "b", "open": "o", "beaten": "p"}[self.state]


@dataclass(frozen=True)
class Standing:
    """A verdict as a chart: `more` contenders are not on it."""

    verdict: Verdict
    scale: Scale
    marks: Sequence[Mark]
    more: int

    @property
    def title(self) -> str:
        """What the chart shows."""
        return f"{self.verdict.dataset}: {self.verdict.column.title}"

    @property
    def holds(self) -> str:
        """What the intervals hold for; empty without any."""
        found = [contender.interval for contender in self.verdict.contenders if contender.interval]
        told = dict.fromkeys(
            f"{item.confidence:.0%} intervals hold {texts.HOLDS[item.basis]}" for item in found
        )
        return "; ".join(told)


def standing(verdict: Verdict) -> Standing | None:
    """Return the chart of a verdict; None if nothing in it can be drawn."""
    found = [(c, r) for c, r in _with_comparisons(verdict) if drawable(c.mean)]
    shown = found[:SHOWN] + [pair for pair in found[SHOWN:] if pair[0] is verdict.best]
    if not shown:
        return None
    scale = linear(value for contender, _ in shown for value in _values(contender))
    places = _places(verdict)
    marks = [_mark(contender, comparison, verdict, scale, places) for contender, comparison in shown]
    return Standing(verdict, scale, marks, len(verdict.contenders) - len(shown))


def _with_comparisons(verdict: Verdict) -> list[tuple[Contender, Comparison | None]]:
    """Return contenders in order, each with what the one to take is to it."""
    rivals = iter(verdict.comparisons)
    return [
        (contender, None if at == verdict.chosen else next(rivals, None))
        for at, contender in enumerate(verdict.contenders)
    ]


def _values(contender: Contender) -> list[float]:
    found = contender.interval
    ends = [] if found is None else [end for end in (found.low, found.high) if drawable(end)]
    return [contender.mean, *ends]


def _places(verdict: Verdict) -> int:
    """Return how many decimals all figures have: as many as half of the intervals deserve."""
    found = [contender.interval for contender in verdict.contenders if contender.interval]
    return median_high([texts.decimals(item.low, item.high) for item in found]) if found else 4


def _mark(
    contender: Contender, found: Comparison | None, verdict: Verdict, scale: Scale, places: int
) -> Mark:
    steps = max(1, len(verdict.contenders) - 1)
    interval = contender.interval
    return Mark(
        title=contender.title,
        state=_state(contender, found, verdict),
        n=contender.n,
        mean=f"{contender.mean:.{places}f}",
        interval=texts.interval(interval, places),
        rank=texts.rank(contender.rank),
        lead="" if found is None else texts.lead(found, verdict),
        answer=("take this" if verdict.rivals else "the only one")
        if found is None
        else texts.ANSWERS[found.answer],
        need="" if found is None else texts.need(found, verdict.over),
        at=scale.at(contender.mean),
        low=None if interval is None else scale.at(interval.low),
        high=None if interval is None else scale.at(interval.high),
        first=(contender.rank[0] - 1) / steps,
        last=(contender.rank[1] - 1) / steps,
    )


def _state(contender: Contender, found: Comparison | None, verdict: Verdict) -> str:
    if contender is verdict.best:
        return "chosen"
    return "beaten" if found is not None and found.answer == "better" else "open"
