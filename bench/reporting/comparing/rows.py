"""Which rows are compared with each other: those of one name, on the sides that have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...errors import BenchError
from ...toolkit.messages import did_you_mean
from ..standings import Replicates


@dataclass(frozen=True)
class Side:
    """What is compared with others: a title, and rows, done or not."""

    title: str
    rows: Sequence[Replicates]


@dataclass(frozen=True)
class Match:
    """Rows of one name by the number of the side they are on; each has cells that are done.

    `labels` are those that all share. `settings` tell it from matches with the same labels.
    """

    labels: Mapping[str, str]
    settings: str
    rows: Mapping[int, Replicates]

    @property
    def title(self) -> str:
        """What people call it."""
        return " · ".join([*self.labels.values(), *([self.settings] if self.settings else [])])


def sides_by_axis(rows: Sequence[Replicates], axis: str) -> list[Side]:
    """Return a side for each value of an axis, in the order of the rows.

    Raises BenchError if there are not two.
    """
    sides: dict[str, list[Replicates]] = {}
    for row in rows:
        if axis in row.labels:
            sides.setdefault(row.labels[axis], []).append(row)
    if not sides:
        axes = dict.fromkeys(name for row in rows for name in row.labels)
        hint = did_you_mean(axis, axes) or f"; there are {', '.join(axes)}"
        raise BenchError(f"no row has an axis '{axis}'{hint}")
    if len(sides) == 1:
        raise BenchError(f"all rows have the same {axis}, {next(iter(sides))}: there is nothing to compare")
    return [Side(title, found) for title, found in sides.items()]


def matched(sides: Sequence[Side], axis: str | None = None) -> list[Match]:
    """Return the rows of all sides by their labels, but for those of an axis."""
    groups: dict[tuple[tuple[str, str], ...], list[list[Replicates]]] = {}
    for number, side in enumerate(sides):
        for row in side.rows:
            if row.done:
                groups.setdefault(_key(row, axis), [[] for _ in sides])[number].append(row)
    return [match for found in groups.values() for match in _matches(found, axis)]


def reason_missing(side: Side, match: Match, axis: str | None) -> str:
    """Return why a side has no such row, as far as it says so."""
    wanted = tuple(sorted(match.labels.items()))
    reasons = (reason for row in side.rows if _key(row, axis) == wanted for reason in row.reasons)
    return "; ".join(dict.fromkeys(reasons))


def _key(row: Replicates, axis: str | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, label) for name, label in row.labels.items() if name != axis))


def _matches(found: Sequence[Sequence[Replicates]], axis: str | None) -> Iterator[Match]:
    """Give rows with the same labels as one match, or one for each of the settings that tell them apart."""
    first = next(row for rows in found for row in rows)
    labels = {name: label for name, label in first.labels.items() if name != axis}
    if all(len(rows) <= 1 for rows in found):
        yield Match(labels, "", {number: rows[0] for number, rows in enumerate(found) if rows})
        return
    by_settings: dict[str, dict[int, Replicates]] = {}
    for number, rows in enumerate(found):
        for row in rows:
            by_settings.setdefault(row.settings, {})[number] = row
    for settings, matching in by_settings.items():
        yield Match(labels, settings, matching)
