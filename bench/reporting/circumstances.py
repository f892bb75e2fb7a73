"""Where, when and with what the records of a report were made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..api import Circumstances, Value
from ..records.results import Results
from ..records.store import Store
from ..toolkit.files import read_regular
from ..toolkit.rendering import plain, plain_lines
from .extents import extents
from .standings import Standings

STATES = ("done", "failed", "skipped")


def circumstances(standings: Standings, results: Results) -> Circumstances:
    """Return what is known of the records together, one or more; each fact once."""
    records = standings.records
    states = [record.status for record in records]
    started = [plain(record.started) for record in records]
    devices = [plain(str(record.effective.get("device_name") or "")) for record in records]
    return Circumstances(
        suites=_distinct(plain(record.suite) for record in records),
        cells={status: states.count(status) for status in STATES if status in states},
        first=min(started),
        last=max(started),
        seconds=sum(record.seconds for record in records),
        machines=_distinct_facts(record.machine for record in records),
        devices=_distinct(devices),
        software=_distinct_facts(record.software for record in records),
        commits=_distinct_facts(record.git for record in records if record.git.get("commit")),
        busy=sum(standings.busy[record.id] > 0 for record in records if record.status == "done"),
        extents=extents(standings),
        suite=_suite(results.store(max(records, key=lambda record: record.started))),
    )


def _suite(store: Store) -> str:
    try:
        return plain_lines(read_regular(store.suite_path).decode(errors="replace"))
    except OSError:
        return ""


def _distinct(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]


def _distinct_facts(found: Iterable[Mapping[str, Value]]) -> Sequence[Mapping[str, Value]]:
    held = {id(facts): facts for facts in found if facts}  # Many records hold one and the same object.
    distinct = {tuple(facts.items()): facts for facts in held.values()}
    return [{plain(name): _safe(value) for name, value in facts.items()} for facts in distinct.values()]


def _safe(value: Value) -> Value:
    return plain(value) if isinstance(value, str) else value
