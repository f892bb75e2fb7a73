"""Verdicts and rows in words, as plain text: a winner only where the spreads do not overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...api import Contender, Row, Value, Verdict
from .text import with_spread

LISTED = 4
"""How many of a tie are named."""

PHASES = {"train": "Training", "encode": "Encoding", "evaluate": "Evaluation"}


def verdict(found: Verdict) -> str:
    """Return a sentence on who is best in a quality."""
    return f"{found.dataset}, {found.column.title}: {_first(found, 'is best')}"


def speeds(found: Sequence[Verdict]) -> Iterator[str]:
    """Give a line for each data set and set of conditions: who is fastest in each phase."""
    groups: dict[tuple[object, ...], list[Verdict]] = {}
    for item in found:
        key = (item.dataset, item.encoded, *item.conditions.items())
        groups.setdefault(key, []).append(item)
    for group in groups.values():
        first = group[0]
        encoded = ", on features encoded beforehand" if first.encoded else ""
        clauses = [f"{_phase(item.column.phase)}: {_first(item, 'is fastest')}" for item in group]
        yield f"{first.dataset}{encoded}: {_conditions(first.conditions)}. {'. '.join(clauses)}."


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


def _first(found: Verdict, wins: str) -> str:
    names = [_contender(contender, found) for contender in found.contenders[:2]]
    if len(names) == 1:
        return f"only {names[0]} was measured"
    if tied := found.tied:
        spread = f" within the spread over {found.over}" if any(rival.spread for rival in tied) else ""
        return f"a tie{spread} between {_listed([_contender(rival, found) for rival in tied])}"
    caution = f"; without the spread of several {found.over} this may be chance" if found.unsure else ""
    return f"{names[0]} {wins}, before {names[1]}{caution}"


def _contender(contender: Contender, found: Verdict) -> str:
    unit = f" {found.column.figure.unit}" if found.over == "runs" else ""
    value = with_spread(contender.mean, contender.spread) + unit
    over = found.over.removesuffix("s") if contender.n == 1 else found.over
    busy = f", the machine busy in {contender.busy}" if contender.busy else ""
    return f"{contender.title} ({value}, {contender.n} {over}{busy})"


def _listed(names: list[str]) -> str:
    if len(names) > LISTED + 1:
        names[LISTED:] = [f"{len(names) - LISTED} more"]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _phase(name: str) -> str:
    return PHASES.get(name, name.capitalize())


def _conditions(used: Mapping[str, Value]) -> str:
    return (
        f"machine {used['machine']}, {used['device']} ({used['device_name']}), {used['precision']}, "
        f"batch size {used['batch_size']}, in evaluation {used['eval_batch_size']}, {used['threads']} threads"
    )
