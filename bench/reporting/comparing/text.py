"""A comparison as text for the terminal, and as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...toolkit.rendering import TextColumn, markdown, to_markdown
from .headline import headline
from .values import Change, Compared, Pair, Versus
from .words import answer_of, change_of, check_of, interval_of, value_of

NOTES = 3
"""How many differences between recipes are told of a row."""

TITLES = ("row", "figure", "first", "second", "change", "95 % interval", "answer")


def to_text(compared: Compared) -> str:
    """Return a comparison for the terminal: what it comes to first, then row by row."""
    return "\n".join(line for against in compared.versus for line in _lines(against, compared)) + "\n"


def to_markdown_page(compared: Compared) -> str:
    """Return a comparison for a pull request: a line for each two sides that says it all, then tables."""
    parts = [part for against in compared.versus for part in _parts(against, compared)]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _title(against: Versus, compared: Compared) -> str:
    return f"{against.second} against {against.first}: {headline(against, compared)}"


def _lines(against: Versus, compared: Compared) -> Iterator[str]:
    yield _title(against, compared)
    for pair in against.pairs:
        yield ""
        yield f"{pair.title}{_seeds(pair)}"
        yield from (f"  {note}" for note in _notes(pair))
        rows = [_cells(change, compared) for change in pair.changes]
        widths = [max((len(row[at]) for row in rows), default=0) for at in range(len(TITLES) - 1)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=False)]
            yield f"  {cells[0]}  {cells[1]} → {cells[2]}  {'  '.join(cells[3:])}".rstrip()
    yield ""
    yield from _findings(against, compared)


def _parts(against: Versus, compared: Compared) -> Iterator[str]:
    yield f"**{markdown(_title(against, compared))}**"
    if findings := list(_findings(against, compared)):
        yield "".join(f"- {markdown(line)}\n" for line in findings)
    rows = [
        [pair.title if at == 0 else "", *_cells(change, compared)]
        for pair in against.pairs
        for at, change in enumerate(pair.changes)
    ]
    titles = (*TITLES[:2], against.first, against.second, *TITLES[4:])
    yield to_markdown([TextColumn(title, [row[at] for row in rows]) for at, title in enumerate(titles)])


def _cells(change: Change, compared: Compared) -> list[str]:
    return [
        change.column.title,
        value_of(change.first) or "none",
        value_of(change.second) or "none",
        change_of(change),
        interval_of(change),
        answer_of(change, compared.margins),
    ]


def _findings(against: Versus, compared: Compared) -> Iterator[str]:
    """Give what matters most, a line each: what is lost, may be lost, has vanished or is new."""
    checks = [check for check in compared.checks if check.versus is against]
    yield from (f"LOST: {check_of(check)}" for check in checks if check.outcome == "lost")
    yield from (f"undecided: {check_of(check)}" for check in checks if check.outcome == "undecided")
    gone = f"only in {against.first}" if compared.axis else "vanished"
    yield from (f"{gone}: {title}" for title in against.vanished)
    yield from (f"only in {against.second}: {title}" for title in against.new)


def _seeds(pair: Pair) -> str:
    first, second = pair.seeds
    told = f"{first}" if first == second else f"{first} and {second}"
    return f" ({told} seed{'' if told == '1' else 's'})"


def _notes(pair: Pair) -> Sequence[str]:
    more = len(pair.notes) - NOTES
    return [*pair.notes[:NOTES], *([f"and {more} more differences"] if more > 0 else [])]
