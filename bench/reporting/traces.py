"""What there is to look at of each cell: record, log, what it kept, the course of its training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..api import CellTrace, Point
from ..records.record import Record
from ..records.results import Results
from ..records.store import Store
from ..toolkit.files import require_regular
from ..toolkit.rendering import plain, plain_lines

LOG_LINES = 20
LOG_BYTES = 8192
"""How much of the end of a log is read, and how many lines of that are told."""


def traces(results: Results) -> dict[str, CellTrace]:
    """Return what there is of each cell, by its id."""
    stores: dict[int, tuple[Store, list[Record]]] = {}
    for record in results.records:
        store = results.store(record)
        stores.setdefault(id(store), (store, []))[1].append(record)
    return dict(pair for store, records in stores.values() for pair in _of_store(store, records))


def _of_store(store: Store, records: Sequence[Record]) -> Iterator[tuple[str, CellTrace]]:
    within = Store(Path())
    # Two listings are faster than asking for each of thousands of cells.
    logs = {path.stem for path in store.folder.glob("logs/*.log")}
    files: dict[str, list[Path]] = {}
    for path in sorted(store.folder.glob("files/*/*")):
        files.setdefault(path.parent.name, []).append(path)
    for record in records:
        yield (
            record.id,
            CellTrace(
                record.id,
                record.seed,
                record.status,
                within.record_path(record.id).as_posix(),
                plain(record.reason or ""),
                within.log_path(record.id).as_posix() if record.id in logs else "",
                _end(store.log_path(record.id)) if record.status == "failed" and record.id in logs else "",
                [_relative(path, store) for path in files.get(record.id, []) if path.name.isprintable()],
                [Point(point.step, _safe(point.values)) for point in record.curve],
            ),
        )


def _relative(path: Path, store: Store) -> str:
    return path.relative_to(store.folder).as_posix()


def _end(log: Path) -> str:
    """Return the last lines of a log."""
    try:
        size = require_regular(log).st_size
        with log.open("rb") as file:
            file.seek(max(0, size - LOG_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(plain_lines(text).splitlines()[-LOG_LINES:])


def _safe(values: Mapping[str, float]) -> dict[str, float]:
    return {plain(name): value for name, value in values.items()}
