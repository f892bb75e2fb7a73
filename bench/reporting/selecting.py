"""Which records of many folders are looked at: those that fit a pattern, and each cell once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..planning.titles import fits, title
from ..records.conditions import Condition
from ..records.record import Record


def selected(records: Iterable[Record], only: str | None, dataset: str | None = None) -> list[Record]:
    """Return the records of cells whose title, or whose data set's name, fits a pattern; None fits all."""
    return [
        record
        for record in records
        if (only is None or fits(title(record.labels, record.seed), only))
        and (dataset is None or fits(record.labels.get("dataset", ""), dataset))
    ]


def newest(records: Sequence[Record], condition: Callable[[Record], Condition]) -> list[Record]:
    """Return each cell once for each condition it was measured under, the last time that it was.

    A cell that failed is there only if it is done nowhere.
    """
    found: dict[tuple[str, str, Condition | None], Record] = {}
    for record in sorted(records, key=lambda record: record.started):
        under = condition(record) if record.status == "done" else None
        found[record.row, record.id, under] = record
    done = {(row, id) for row, id, under in found if under is not None}
    return [record for (row, id, under), record in found.items() if under or (row, id) not in done]
