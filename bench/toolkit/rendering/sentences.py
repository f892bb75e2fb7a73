"""Verdicts and rows in words, as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ...api import Across, Extent, Row, Value, Verdict
from .answers import BEST, FASTEST, answer

MOST_NOTES = 12
RANKED = 8
"""How many of those with a mean rank are named."""
PHASES = {"train": "Training", "encode": "Encoding", "evaluate": "Evaluation"}


def verdict(found: Verdict) -> str:
    """Return a sentence on who is best in a quality."""
    return f"{found.dataset}, {found.column.title}: {answer(found, BEST)}"


def speeds(found: Sequence[Verdict]) -> Iterator[str]:
    """Give a line for each data set and set of conditions: who is fastest in each phase."""
    groups: dict[tuple[object, ...], list[Verdict]] = {}
    for item in found:
        key = (item.dataset, item.encoded, *item.conditions.items())
        groups.setdefault(key, []).append(item)
    for group in groups.values():
        first = group[0]
        encoded = ", on features encoded beforehand" if first.encoded else ""
        told = [f"{_phase(item.column.phase)}: {answer(item, FASTEST)}" for item in group]
        yield f"{first.dataset}{encoded}: {_conditions(first.conditions)}. {'. '.join(told)}."


def across(found: Across) -> str:
    """Return a sentence on who comes first over several data sets."""
    first, *others = found.titles
    ahead = sum(comparison.answer == "better" for comparison in found.comparisons)
    beaten = "all" if ahead == len(others) else ahead
    told = (
        f"surely better than {beaten} of {len(others)} others on other data sets like these"
        if ahead
        else "and whether it would on other data sets like these is open"
    )
    note = f"; {found.note}" if found.note else ""
    return f"over {len(found.datasets)} data sets, {found.column.title}: {first} comes first, {told}{note}"


def extent(found: Extent) -> str:
    """Return how much was compared on a data set, and how it was trained."""
    told = [f"{_count(found.rows, 'row')} of {_reach(found.seeds, 'seed')}"]
    if found.classes:
        told.append(_count(found.classes, "class", "classes"))
    told += [_reach(counts, f"{split} example") for split, counts in found.examples.items()]
    if found.steps:
        told.append(f"{_reach(found.steps, 'step')} of training")
    settings = ", ".join(f"{name} {value}" for name, value in found.settings.items())
    return f"{found.dataset}: {', '.join(told)}" + (f"; in all cells {settings}" if settings else "")


def notes(found: Extent, most: int = MOST_NOTES) -> Iterator[str]:
    """Give what is noted of the cells on a data set, the most frequent first, and of how many of them."""
    for note, count in islice(found.notes.items(), most):
        yield note + (f" ({count} of {found.cells} cells)" if count < found.cells else "")
    if len(found.notes) > most:
        yield f"{len(found.notes) - most} more notes are in the records"


def ranks(found: Across) -> str:
    """Return a sentence on mean ranks over data sets, and which of them cannot be told apart."""
    if found.ranks is None:
        return ""
    named = [f"{title} {mean:.2f}" for title, mean in found.ranks.means.items()]
    if len(named) > RANKED:
        named[RANKED:] = [f"{len(named) - RANKED} more"]
    return (
        f"over {len(found.datasets)} data sets, {found.column.title}, mean ranks: {', '.join(named)}; those "
        f"that differ by less than {found.ranks.critical:.2f} cannot be told apart by Nemenyi's test"
    )


def title(row: Row) -> str:
    """Return what sentences call a row."""
    return " · ".join(row.labels.values())


def status(row: Row) -> str:
    """Return `done`, `done 2 of 3`, `failed` or `skipped`."""
    partly = row.status == "done" and row.missing
    return f"done {row.seeds} of {row.seeds + row.missing}" if partly else row.status


def reason(row: Row) -> str:
    """Return why cells are missing, and for which seeds, unless one reason holds for all of the row."""
    if len(row.reasons) == 1 and not row.seeds:
        return next(iter(row.reasons))
    return "; ".join(f"seed {', '.join(map(str, seeds))}: {why}" for why, seeds in row.reasons.items())


def _reach(counts: tuple[int, int], noun: str) -> str:
    low, high = counts
    return _count(high, noun) if low == high else f"{low} to {_count(high, noun)}"


def _count(count: int, noun: str, nouns: str = "") -> str:
    return f"{count} {noun if count == 1 else nouns or noun + 's'}"


def _phase(name: str) -> str:
    return PHASES.get(name, name.capitalize())


def _conditions(used: Mapping[str, Value]) -> str:
    return (
        f"machine {used['machine']}, {used['device']} ({used['device_name']}), {used['precision']}, "
        f"batch size {used['batch_size']}, in evaluation {used['eval_batch_size']}, {used['threads']} threads"
    )
