"""The reader's answer: what is best for each data set, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..api import Comparison, Contender, Interval, Table, Verdict
from ..statistics import Family, judge
from .averages import mean
from .evidence import Evidence, data_of
from .preference import preferred, prices
from .standings import Replicates, Score, Standings
from .tables import Placing, Placings, column_of

CHOOSING = "val"
"""The split to choose by; test is only to report."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Ranking:
    """Rows that one metric ranks on one split of the same data, the best first, and how they compare.

    `family` has them in the same order, the higher the better.
    """

    rows: Sequence[Replicates]
    scores: Sequence[Score]
    family: Family
    margin: float
    examples: int | None

    @property
    def first(self) -> Score:
        """What ranks the first of them: metric and split are the same for all."""
        return self.scores[0]

    @cached_property
    def intervals(self) -> list[Interval | None]:
        """The interval of each row's mean, in the figure's unit."""
        found = map(self.family.interval, range(len(self.rows)))
        return [interval and self._turned(interval) for interval in found]

    @cached_property
    def ranks(self) -> Sequence[tuple[int, int]]:
        """The first and the last place that each row may truly have."""
        return self.family.ranks

    def verdict(self, summary: Table) -> Verdict:
        """Return what they amount to; of equals the cheapest by the summary is to be taken."""
        chosen, on = self._chosen(summary)
        alone = len(self.rows) == 1
        flattered = on == self.first.split and not alone
        return Verdict(
            self.rows[0].dataset,
            column_of(self.first.facts, self.first.metric, split=self.first.split),
            [self._contender(at) for at in range(len(self.rows))],
            over="seeds",
            chosen=chosen,
            chosen_on="" if alone else on,
            corrected=self._sign * self.family.corrected(chosen) if flattered else None,
            comparisons=list(map(self._in_unit, self.family.against_others(chosen))),
            confidence=CONFIDENCE,
            margin=self.margin,
            examples=self.examples,
        )

    @property
    def _sign(self) -> float:
        return -1.0 if self.first.facts.better == "lower" else 1.0

    def _chosen(self, summary: Table) -> tuple[int, str]:
        """Return the row to take, and the split that says so."""
        metric, split = self.first.metric, self.first.split
        on = CHOOSING if all(row.values(CHOOSING, metric) for row in self.rows) else split
        losses = [-self._sign * mean(row.values(on, metric)) for row in self.rows]
        titles = [row.title for row in self.rows]
        order = preferred(losses, titles, lambda equal: prices([self.rows[at] for at in equal], summary))
        return next(order), on

    def _contender(self, at: int) -> Contender:
        row, score = self.rows[at], self.scores[at]
        return Contender(
            row.title,
            score.mean,
            score.spread,
            score.seeds,
            self.ranks[at],
            self.intervals[at],
            alike=self.family.alike(at),
            cells=[record.id for record in row.scored(score.split, score.metric)],
        )

    def _in_unit(self, found: Comparison) -> Comparison:
        if self._sign > 0:
            return found
        return replace(found, difference=-found.difference, low=-found.high, high=-found.low)

    def _turned(self, interval: Interval) -> Interval:
        if self._sign > 0:
            return interval
        return replace(interval, low=-interval.high, high=-interval.low)


def rankings(standings: Standings, evidence: Evidence, margin: float = 0.0) -> list[Ranking]:
    """Return the rows that can be compared: by one metric, on one split, of the same data."""
    groups: dict[tuple[str, ...], list[tuple[Replicates, Score]]] = {}
    for row in standings.quality:
        if row.score is not None:
            key = (row.dataset, data_of(row.done[0]), row.score.split, row.score.metric)
            groups.setdefault(key, []).append((row, row.score))
    return [_ranking(found, evidence, margin) for found in groups.values()]


def placings(found: Iterable[Ranking]) -> Placings:
    """Return where each row's figure lies, and its rank among others."""
    return {
        frozenset(record.id for record in row.done): Placing(
            score.split, score.metric, interval, rank if len(ranking.rows) > 1 else None
        )
        for ranking in found
        for row, score, interval, rank in zip(
            ranking.rows, ranking.scores, ranking.intervals, ranking.ranks, strict=True
        )
    }


def _ranking(found: Iterable[tuple[Replicates, Score]], evidence: Evidence, margin: float) -> Ranking:
    rows, scores = zip(*found, strict=True)
    gathered = evidence.gathered(rows, scores[0].split, scores[0].metric)
    family = judge(gathered.scores, margin=margin, alpha=1 - CONFIDENCE)
    return Ranking(rows, scores, family, margin, gathered.examples)
