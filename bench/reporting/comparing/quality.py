"""What became of the quality of rows: tested over the examples and seeds they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...api import Comparison
from ...records.record import QUALITY, Facts
from ...statistics import judge
from ..evidence import Evidence, data_of
from ..facts import Catalogue
from ..standings import RANKING_SPLITS, Replicates
from ..tables import column_of
from .rows import Match
from .terms import Ends, Terms, in_unit
from .values import Change, Measured

Figure = tuple[str, str]
"""A split and a metric."""


class Place(NamedTuple):
    """Where a row is: in which match, by its number, and on which side."""

    match: int
    side: int


@dataclass(frozen=True)
class Question:
    """How a figure of a row compares on two sides: the second with the first."""

    figure: Figure
    first: Place
    second: Place


def quality_changes(
    matches: Sequence[Match], ends: Sequence[Ends], evidence: Evidence, terms: Terms
) -> dict[tuple[int, Ends], list[Change]]:
    """Return the changes of metrics that rank, then of those asked for, by number of the match, and sides."""
    questions = [
        Question(figure, Place(number, first), Place(number, second))
        for number, match in enumerate(matches)
        for figure in _figures(list(match.rows.values()), terms)
        for first, second in ends
        if {first, second} <= match.rows.keys()
    ]
    rows = {Place(at, side): row for at, match in enumerate(matches) for side, row in match.rows.items()}
    answers = _answers(questions, rows, evidence, terms)
    found: dict[tuple[int, Ends], list[Change]] = {}
    for question in questions:
        change = _change(question, rows[question.first], rows[question.second], answers.get(question))
        if change is not None:
            key = (question.first.match, (question.first.side, question.second.side))
            found.setdefault(key, []).append(change)
    return found


def _figures(rows: Sequence[Replicates], terms: Terms) -> list[Figure]:
    """Return the metrics that are wanted, each on the first ranking split that most rows report on."""
    held = Counter(figure for row in rows for figure in _held(row))
    metrics = dict.fromkeys([*(row.done[0].primary for row in rows), *terms.asked])
    ranking = [(max(RANKING_SPLITS, key=lambda split: held[split, metric]), metric) for metric in metrics]
    named = [figure for figure in held if " ".join(figure) in terms.asked]
    return [figure for figure in dict.fromkeys([*ranking, *named]) if held[figure]]


def _held(row: Replicates) -> set[Figure]:
    return {
        (split, metric)
        for record in row.done
        for split, metrics in record.quality.items()
        for metric in metrics
    }


def _answers(
    questions: Sequence[Question], rows: Mapping[Place, Replicates], evidence: Evidence, terms: Terms
) -> dict[Question, Comparison]:
    """Return what can be said where both rows have the figure, on equal data.

    All rows on the same data are judged at once, on the examples that they share, as they lend each other
    their spread over seeds.
    """
    families: dict[tuple[Figure, str], list[Question]] = {}
    for question in questions:
        both = [rows[question.first], rows[question.second]]
        data = {data_of(row.done[0]) for row in both}
        if len(data) == 1 and all(row.scored(*question.figure) for row in both):
            families.setdefault((question.figure, data.pop()), []).append(question)
    found: dict[Question, Comparison] = {}
    for (figure, _), asked in families.items():
        places = list(dict.fromkeys(place for one in asked for place in (one.first, one.second)))
        scores = evidence.scores([rows[place] for place in places], *figure)
        family = judge(scores, margin=terms.margins.quality.value, alpha=terms.alpha, together=False)
        for one in asked:
            comparison = family.comparison(places.index(one.second), places.index(one.first))
            better = _facts(figure[1], rows[one.first], rows[one.second]).better
            found[one] = in_unit(comparison, better)
    return found


def _change(
    question: Question, first: Replicates, second: Replicates, comparison: Comparison | None
) -> Change | None:
    """Return what became of a figure; None if neither row has it."""
    split, metric = question.figure
    one, other = first.values(split, metric), second.values(split, metric)
    if not (one or other):
        return None
    note = "" if comparison else "not on the same data" if one and other else "not measured on both sides"
    return Change(
        column_of(_facts(metric, first, second), metric, split=split),
        "seeds",
        Measured.of(one) if one else None,
        Measured.of(other) if other else None,
        comparison,
        note,
        identical=comparison is not None and one == other,
    )


def _facts(metric: str, *rows: Replicates) -> Facts:
    return Catalogue(record for row in rows for record in row.done).facts(QUALITY, metric)
