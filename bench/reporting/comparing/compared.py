"""From rows on several sides to a comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from ...errors import BenchError
from ...toolkit.rendering import plain
from ..evidence import Evidence
from ..verdicts import CONFIDENCE
from .checks import checked
from .quality import quality_changes
from .resources import resource_changes
from .rows import Match, Side, matched, reason_missing
from .terms import Ends, Terms
from .tolerances import ALIKE, Margins, Tolerance
from .values import Change, Compared, Pair, Versus

SHOWN = 40
"""Characters of a setting that are shown."""


def compare(
    sides: Sequence[Side],
    evidence: Evidence,
    *,
    axis: str | None = None,
    margins: Margins = ALIKE,
    tolerances: Sequence[Tolerance] = (),
    repeated: Collection[tuple[str, str]] = (),
) -> Compared:
    """Return how sides compare, two or more: each with the first, or all with each other if an axis is given.

    Of each figure all statements hold together with 95 %, over rows and sides. margins: within what two are
    the same. tolerances: what may be lost. repeated: the figures that each further run of a cell measures, by
    table and name.

    Raises BenchError if no row is on two sides, or for a tolerance of what is no figure.
    """
    matches = matched(sides, axis)
    ends = _ends(len(sides), axis)
    statements = sum(set(pair) <= match.rows.keys() for match in matches for pair in ends)
    if not statements:
        raise BenchError(f"no row of {plain(sides[0].title)} has the same labels as one it is compared with")
    terms = Terms(
        asked=[tolerance.name for tolerance in tolerances],
        margins=margins,
        alpha=(1 - CONFIDENCE) / statements,
        repeated=repeated,
    )
    changes = quality_changes(matches, ends, evidence, terms)
    for number, match in enumerate(matches):
        for pair, found in resource_changes(match, ends, terms):
            changes.setdefault((number, pair), []).append(found)
    if axis is not None:  # what only one of two ways to do it has, such as encoding, is no loss of the other
        changes = {
            key: [item for item in found if item.first and item.second] for key, found in changes.items()
        }
    every = [_versus(sides, pair, matches, changes, axis) for pair in ends]
    versus = [against for against in every if against.pairs or not axis]
    checks, faults = checked(versus, tolerances)
    return Compared(versus, checks, faults, margins, axis or "", CONFIDENCE)


def _ends(count: int, axis: str | None) -> list[Ends]:
    return list(combinations(range(count), 2)) if axis else [(0, other) for other in range(1, count)]


def _versus(
    sides: Sequence[Side],
    ends: Ends,
    matches: Sequence[Match],
    changes: Mapping[tuple[int, Ends], Sequence[Change]],
    axis: str | None,
) -> Versus:
    first, second = ends
    return Versus(
        plain(sides[first].title),
        plain(sides[second].title),
        pairs=[
            _pair(match, ends, changes.get((number, ends), ()), axis)
            for number, match in enumerate(matches)
            if set(ends) <= match.rows.keys()
        ],
        vanished=[
            match.title + _told(reason_missing(sides[second], match, axis))
            for match in matches
            if first in match.rows and second not in match.rows
        ],
        new=[match.title for match in matches if second in match.rows and first not in match.rows],
    )


def _pair(match: Match, ends: Ends, changes: Sequence[Change], axis: str | None) -> Pair:
    first, second = (match.rows[number].done for number in ends)
    seeds = (len(first), len(second))
    # Along an axis rows are meant to differ.
    notes = [] if axis else list(_differences(first[0].identity, second[0].identity))
    return Pair(match.title, match.labels, match.settings, seeds, changes, notes)


def _differences(first: Any, second: Any, place: str = "") -> Iterator[str]:
    """Give in what two recipes differ, a line each."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for key in dict.fromkeys([*first, *second]):
            if place or key not in ("seed", "parent"):
                inside = f"{place}.{key}" if place else str(key)
                yield from _differences(first.get(key), second.get(key), inside)
    elif first != second:
        yield f"{plain(place)}: {_short(first)} → {_short(second)}"


def _short(value: Any) -> str:
    text = plain(str(value))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _told(reason: str) -> str:
    return f": {reason}" if reason else ""
