"""Which columns of a leaderboard are shown, and in which order its rows come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...api import Report, Row, Table
from ...errors import BenchError
from ...planning.titles import fits
from ...toolkit.messages import did_you_mean
from ...toolkit.rendering import plain


def arranged(report: Report, columns: Sequence[str] = (), sort: str | None = None) -> Report:
    """Return a report of one table with some of its columns, in this order, and its rows by one of them.

    columns: titles, or patterns of them; all if there are none. sort: the title of a column, the best first,
    or an axis. Raises BenchError for what is neither.
    """
    table = report.summary
    if sort is not None:
        table = replace(table, rows=_sorted(table, sort))
    if columns:
        table = _chosen(table, columns)
    return replace(report, tables=[table], summary=table)


def _chosen(table: Table, patterns: Sequence[str]) -> Table:
    titles = [column.title for column in table.columns]
    places: dict[int, None] = {}
    for pattern in patterns:
        exact = [at for at, title in enumerate(titles) if title == pattern]
        found = exact or [at for at, title in enumerate(titles) if fits(title, pattern)]
        if not found:
            raise BenchError(f"--columns: no column fits '{plain(pattern)}'{_hint(pattern, titles)}")
        places |= dict.fromkeys(found)
    rows = [replace(row, measurements=[row.measurements[at] for at in places]) for row in table.rows]
    return replace(table, columns=[table.columns[at] for at in places], rows=rows)


def _sorted(table: Table, wanted: str) -> list[Row]:
    axes = dict.fromkeys(axis for row in table.rows for axis in row.labels)
    if wanted in axes:
        return sorted(table.rows, key=lambda row: row.labels.get(wanted, ""))
    titles = [column.title for column in table.columns]
    if wanted not in titles:
        raise BenchError(f"--sort: no column '{plain(wanted)}'{_hint(wanted, [*axes, *titles])}")
    at = titles.index(wanted)
    higher = table.columns[at].figure.better == "higher"
    return sorted(table.rows, key=lambda row: _key(row, at, higher=higher))


def _key(row: Row, at: int, *, higher: bool) -> tuple[bool, float, str]:
    """Return what to sort a row by: rows without the figure come last."""
    found = row.measurements[at]
    if found is None:
        return (True, 0.0, "")
    if isinstance(found.value, str):
        return (False, 0.0, found.value)
    return (False, -found.value if higher else found.value, "")


def _hint(word: str, known: Sequence[str]) -> str:
    return did_you_mean(word, known) or f"; there are {', '.join(known)}"
