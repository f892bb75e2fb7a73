"""What a comparison comes to, in a line that says it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import exp, log

from ...api import Comparison
from ..averages import mean
from ..facts import RATE
from .tolerances import Margins
from .values import Change, Compared, Versus
from .words import change_of, same


def headline(against: Versus, compared: Compared) -> str:
    """Return what a comparison of two sides comes to."""
    parts = [_quality(against, compared.margins), _speed(against)]
    told = ", ".join(part for part in parts if part) or "nothing that both sides rank by"
    vanished = () if compared.axis else against.vanished
    gone = f"; {_count(len(vanished), 'row')} vanished" if vanished else ""
    lost = [check for check in compared.lost if check.versus is against]
    loss = f"; {_count(len(lost), 'loss', 'losses')}" if lost else ""
    return f"{told}{loss}{gone}"


def _quality(against: Versus, margins: Margins) -> str:
    """Return how often which answer was given on the figure that ranks."""
    firsts = [pair.changes[0] for pair in against.pairs if pair.changes and pair.changes[0].column.split]
    found = [change for change in firsts if change.comparison is not None]
    if len(found) == 1:
        return _single(found[0], margins)
    counts = Counter(_said(change, margins) for change in found)
    if len(counts) == 1:
        return f"{next(iter(counts))} in {'both' if len(found) == 2 else f'all {len(found)}'} rows"
    told = ", ".join(f"{said} in {count}" for said, count in counts.most_common())
    return f"{told} of {len(found)} rows" if told else ""


def _single(change: Change, margins: Margins) -> str:
    said, moved = _said(change, margins), change_of(change)
    if said in ("better", "worse"):
        return f"{said} by {moved.lstrip('+−')}"
    if said.startswith("same") or change.identical:
        return said
    return f"{change.column.title} {said} ({moved})"


def _said(change: Change, margins: Margins) -> str:
    if change.identical:
        return "identical"
    answer = change.comparison.answer if change.comparison else "undecidable"
    return {"same": same(change, margins), "undecidable": "not to be decided"}.get(answer, answer)


def _speed(against: Versus) -> str:
    """Return how many times as fast the second is, by the first speed that both sides have."""
    by_title: dict[str, list[Change]] = {}
    for pair in against.pairs:
        for change in pair.changes:
            if change.column.figure.unit == RATE and change.comparison is not None:
                by_title.setdefault(change.column.title, []).append(change)
    title, changes = next(iter(by_title.items()), ("", []))
    if not changes or all(change.identical for change in changes):
        return ""
    return f"{_fast([change.comparison for change in changes if change.comparison])} ({title})"


def _fast(comparisons: Sequence[Comparison]) -> str:
    """Return the geometric mean of ratios, and in how many rows it is sure."""
    times = f"{exp(mean([log(found.difference) for found in comparisons])):.3g} times as fast"
    sure = sum(found.answer in ("better", "worse", "same") for found in comparisons)
    if sure == len(comparisons):
        return times
    if not sure:
        return f"{times}, but not surely"
    return f"{times}, surely in {sure} of {len(comparisons)} rows"


def _count(number_of: int, one: str, many: str = "") -> str:
    return f"{number_of} {one if number_of == 1 else many or one + 's'}"
