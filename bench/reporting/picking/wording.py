"""Picks in words: plain text, a line each, which is the caller's to escape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log

from ...api import Column
from ...toolkit.rendering.text import number, number_like
from .values import Held, Option, Overall, Pick, Standing, spelled

PRICES = 2
"""How many prices of a row are told, beside those that limits are on."""

LISTED = 3
"""How many rows are named of those that are not surely within the limits."""

CHEAPER = 3
"""How many rows are named for being cheaper."""


def headline(pick: Pick) -> str:
    """Return the sentence that says what to take, and what is cheaper; or that nothing can be recommended."""
    where = ", ".join([pick.dataset, *(f"{name} {value}" for name, value in pick.place.items())])
    taken = pick.taken
    if taken is None:
        return f"{where}: nothing can be recommended: {_nothing(pick)}"
    only = not any(option.comparison for option in pick.options)
    why = (
        f"the only one {'surely within the limits' if taken.held else 'there is'}"
        if only
        else f"chosen by {pick.chosen_on}"
    )
    clauses = [f"{where}: take {taken.title} ({_values(taken, pick, interval=True)}; {why})"]
    return "; ".join([*clauses, *(_cheaper(option, pick) for option in cheaper(pick)[:1])])


def details(pick: Pick) -> Iterator[str]:
    """Give what else must be known, a line each."""
    if pick.taken is not None and pick.taken.held:
        yield f"surely within the limits: {'; '.join(map(_held, pick.taken.held))}"
    yield from _reservations(pick)
    yield from (_cheaper(option, pick) for option in cheaper(pick)[1:CHEAPER])
    yield from _failing("open", "may be within the limits", pick)
    yield from _failing("outside", "not within the limits", pick)
    for option in pick.options:
        if option.state == "unmeasured":
            missing = [held.column.title for held in option.held if held.standing == "unmeasured"]
            yield f"cannot be recommended: {option.title}: {_listed(missing)} was not measured"
        elif pick.column.title not in option.values:
            yield f"cannot be recommended: {option.title}: {pick.column.title} was not measured"


def _failing(state: Standing, words: str, pick: Pick) -> Iterator[str]:
    """Give a line for each of the rows that come closest to the limits, and one for all others."""
    found = sorted((o for o in pick.options if o.state == state), key=lambda option: option.excess)
    for option in found[:LISTED]:
        failing = [held for held in option.held if held.standing == state]
        yield f"{words}: {option.title}: {'; '.join(map(_held, failing))}"
    if len(found) > LISTED:
        yield f"{words}: {len(found) - LISTED} more"


def front(pick: Pick) -> list[str]:
    """Return by what the Pareto front is, and a line for each row on it; nothing if there is only one."""
    found = [option for option in pick.options if option.front]
    if len(found) < 2:
        return []
    by = f"Pareto front by {_listed([pick.chosen_on, *(column.title for column in pick.priced)])}"
    return [by, *(f"{option.title} ({_values(option, pick)})" for option in found)]


def cheaper(pick: Pick) -> list[Option]:
    """Return the rows that surely cost less and are not surely worse than the one to take, the best first."""
    found = [
        (option.comparison.answer != "same", _most_behind(option, pick), option.title, option)
        for option in pick.options
        if option.ratios and option.comparison is not None and option.comparison.answer != "better"
    ]
    return [option for *_, option in sorted(found, key=lambda item: item[:3])]


def across(found: Overall) -> str:
    """Return the sentence that says what to take over several data sets."""
    where = f"over {_listed(list(found.datasets))}"
    if found.title is None:
        return f"{where}: no row is surely within the limits on each of them"
    score = number(found.scores[found.title])
    scale = "where the best of a data set has 1 and the worst 0"
    note = f"; {found.note}" if found.note else ""
    return f"{where}: take {found.title} (mean {found.chosen_on} {score}, {scale}){note}"


def _nothing(pick: Pick) -> str:
    closest = pick.closest
    if closest is None:
        missing = dict.fromkeys(
            held.column.title
            for option in pick.options
            for held in option.held
            if held.standing == "unmeasured"
        )
        return f"of no row there is {_listed([*(missing or [pick.column.title])])}"
    failing = "; ".join(_held(held) for held in closest.held if held.standing != "within")
    may_be = ", and may be" if closest.state == "open" else ""
    return f"no row is surely within the limits; {closest.title} comes closest{may_be}: {failing}"


def _reservations(pick: Pick) -> Iterator[str]:
    taken = pick.taken
    if taken is None:
        return
    if pick.otherwise is not None:
        drawn = "seeds and examples" if pick.column.split else "runs"
        yield f"a resample of {drawn} would take another one in {100 * pick.otherwise:.0f} %"
    if pick.corrected is not None and pick.column.title in taken.values:
        shown = number(taken.values[pick.column.title])
        expected = number_like(shown, pick.corrected)
        if expected != shown:
            yield f"being chosen by this very figure flatters it: expect about {expected}"
    better = [
        option.title for option in pick.options if option.comparison and option.comparison.answer == "worse"
    ]
    if better:
        yield f"by {pick.column.title} {_listed(better)} would surely be better, but val chooses"
    if taken.interval is not None and taken.interval.basis == "networks":
        yield "what is said of quality holds for these trained networks only, of one seed each"


def _cheaper(option: Option, pick: Pick) -> str:
    columns = {column.title: column for column in pick.priced}
    title, ratio = max(option.ratios.items(), key=lambda item: abs(log(item[1])))
    return f"{option.title} {_relation(option, pick)} and {_price(columns[title], ratio)}"


def _relation(option: Option, pick: Pick) -> str:
    """Return what a row is to the one to take, by the column to choose by."""
    comparison, title = option.comparison, pick.column.title
    if comparison is None:
        return "is another"
    value = f"{title} {_value(option.values[title], pick.column)}"
    if comparison.answer == "same":
        return f"is the same within {number(pick.margin)} ({value})"
    if comparison.answer == "worse":
        return f"is surely better ({value})"
    if comparison.answer == "undecidable":
        return f"cannot be told from it by so few ({value})"
    if not pick.column.split:
        return f"is not surely worse ({value})"
    shown = number_like(number(option.values[title]), _most_behind(option, pick))
    way = "higher" if pick.column.figure.better == "lower" else "lower"
    return f"is not surely worse ({value}, at most {shown} {way})"


def _most_behind(option: Option, pick: Pick) -> float:
    """Return by how much a row may be worse than the one to take; of ratios, how many times."""
    found = option.comparison
    if found is None:
        return 0.0
    return -found.low if pick.column.figure.better == "lower" else found.high


def _price(column: Column, ratio: float) -> str:
    shown = f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2g}"
    if column.figure.unit == "samples/s":
        return f"{shown} times as fast ({column.title})"
    return f"{'takes' if column.figure.better == 'lower' else 'has'} {shown} times the {column.title}"


def _values(option: Option, pick: Pick, *, interval: bool = False) -> str:
    """Return the value of the column to choose by, of limits and of some prices."""
    wanted = (pick.column, pick.quality, *(held.column for held in option.held))
    columns = {column.title: column for column in wanted if column is not None}
    more = [column for column in pick.priced if column.title not in columns][:PRICES]
    shown = [*columns.values(), *more]
    told = [f"{c.title} {_value(option.values[c.title], c)}" for c in shown if c.title in option.values]
    if interval and option.interval is not None:
        ends = (number(option.interval.low), number(option.interval.high))
        told[0] += f" ({' to '.join(ends)})"
    return ", ".join(told)


def _held(held: Held) -> str:
    """Return how a row stands to a limit: its value, what it surely is and by what, and what is allowed."""
    end = "at most" if held.limit.most else "at least"
    allowed = f"{spelled(held.limit.bound)} {'is allowed' if held.limit.most else 'is asked for'}"
    if held.value is None:
        return f"{held.column.title} was not measured, {end} {allowed}"
    value = f"{held.column.title} {_value(held.value, held.column)}"
    return f"{value} ({_sureness(held, held.value)} {held.over}; {end} {allowed})"


def _sureness(held: Held, value: float) -> str:
    """Return what the value surely is, as far as that can be said, before what it is said from."""
    if held.bound is None:
        return "nothing is sure, from"
    if held.bound == value:
        return "the same in"
    upper = held.limit.most is not (held.standing == "outside")
    return f"surely {'at most' if upper else 'at least'} {number(held.bound)}, from"


def _value(value: float, column: Column) -> str:
    return number(value) + (f" {column.figure.unit}" if column.figure.unit else "")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
