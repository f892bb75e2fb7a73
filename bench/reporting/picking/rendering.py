"""Picks as documents: for a terminal, in Markdown, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ...toolkit import strict_json
from ...toolkit.rendering import TextColumn, markdown, number, plain, to_markdown
from .values import Option, Pick, Picks
from .wording import across, details, front, headline


def to_text(found: Picks) -> str:
    """Return picks for a terminal."""
    return "".join(f"{line}\n" for line in _text(found))


def _text(found: Picks) -> Iterator[str]:
    for pick in found.picks:
        yield plain(headline(pick))
        yield from (f"  {plain(line)}" for line in details(pick))
        title, *lines = front(pick) or [""]
        if lines:
            yield f"  {plain(title)}:"
            yield from (f"    {plain(line)}" for line in lines)
        for step in pick.next:
            yield f"  open: {plain(step.why)}"
            if step.command:
                yield f"    {plain(step.command)}"
    yield from (plain(across(item)) for item in found.overall)
    yield from (f"not done: {plain(title)}: {plain(why)}" for title, why in found.left_out.items())


def to_markdown_page(found: Picks) -> str:
    """Return picks in Markdown: the answers, then a table of all rows for each."""
    sections = [section for pick in found.picks for section in _sections(pick)]
    sections += [f"**{markdown(across(item))}**" for item in found.overall]
    left_out = [f"- not done: {markdown(title)}: {markdown(why)}" for title, why in found.left_out.items()]
    return "\n\n".join([*sections, *(["\n".join(left_out)] if left_out else [])]) + "\n"


def _sections(pick: Pick) -> Iterator[str]:
    yield f"**{markdown(headline(pick))}**"
    yield to_markdown(_table(pick)).rstrip("\n")
    if lines := list(details(pick)):
        yield "\n".join(f"- {markdown(line)}" for line in lines)
    for step in pick.next:
        # A command is one line that begins with `bench`, so nothing in it can end the block.
        yield f"open: {markdown(step.why)}" + (
            f"\n\n```sh\n{plain(step.command)}\n```" if step.command else ""
        )


def _table(pick: Pick) -> list[TextColumn]:
    limited = {held.column.title: held.column for option in pick.options for held in option.held}
    priced = {column.title: column for column in pick.priced}
    figures = {pick.column.title: pick.column, **limited, **priced}
    titles = list(dict.fromkeys([pick.column.title, pick.chosen_on, *figures]))
    return [
        TextColumn("row", [option.title for option in pick.options], key=True),
        TextColumn("limits", [_state(option, pick) for option in pick.options]),
        TextColumn("Pareto front", ["yes" if option.front else "" for option in pick.options]),
        *(TextColumn(title, [_cell(option, title) for option in pick.options]) for title in titles),
    ]


def _state(option: Option, pick: Pick) -> str:
    states = {
        "within": "within",
        "open": "may be within",
        "outside": "not within",
        "unmeasured": "not measured",
    }
    return "take" if option is pick.taken else states[option.state]


def _cell(option: Option, title: str) -> str:
    value = option.values.get(title)
    return "" if value is None else number(value)


def to_json(found: Picks) -> str:
    """Return all of it as JSON: each row with the ids of its cells."""
    document = {
        "wish": asdict(found.wish),
        "decided": found.decided,
        "picks": [_pick(pick) for pick in found.picks],
        "overall": [asdict(item) for item in found.overall],
        "left_out": dict(found.left_out),
    }
    return strict_json.to_json(document, indent=1) + "\n"


def _pick(pick: Pick) -> dict[str, Any]:
    return {
        **asdict(pick),
        "options": [{**asdict(option), "state": option.state} for option in pick.options],
        "taken": pick.taken and pick.taken.title,
        "closest": pick.closest and pick.closest.title,
        "sentence": headline(pick),
    }
