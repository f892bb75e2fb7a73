"""`bench status`: how far a results folder is, whether or not a run is using it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options

if TYPE_CHECKING:
    from ..planning import Cell
    from ..records.holders import Holder
    from ..records.record import Record
    from ..running.forecast import Left


def status(
    folder: Annotated[Path, typer.Argument(help="Folder of a suite's results, such as results/vision.")],
    as_json: options.Json = False,
    plugin: options.PluginFiles = None,
) -> None:
    """Print which cells run or have failed, how many are done and to do, and how long these may take."""
    from ..errors import StoreError
    from ..planning import load_suite, make_plan
    from ..records.claims import holders_of
    from ..records.store import Store
    from ..toolkit.rendering import harmless_json
    from .tables import loaded, warn

    store = Store(folder)
    if not store.suite_path.is_file():
        raise StoreError(f"{folder}: holds no suite; give the folder that `bench run` made for one")
    holders = holders_of(folder)  # before the records: what ends in between is then done, not to do
    records = {record.id: record for record in store.records()}
    warn(store.unreadable)
    registry = loaded(plugin)
    plan = make_plan(load_suite(store.suite_path, registry), registry)
    found = State(folder, plan.cells, records, holders, datetime.now(UTC))
    print(harmless_json(found.data()) if as_json else "\n".join(found.lines()))


@dataclass(frozen=True)
class State:
    """The cells of a plan, the records there are, by id, and the runs that use the folder."""

    folder: Path
    cells: Sequence[Cell]
    records: Mapping[str, Record]
    holders: Sequence[Holder]
    now: datetime

    def data(self) -> dict[str, Any]:
        """Return everything for programs."""
        return {
            "folder": str(self.folder),
            "runs": [
                {"host": holder.host, "pid": holder.pid, "since": holder.since, "cells": sorted(holder.cells)}
                for holder in self.holders
            ],
            **{name: len(cells) for name, cells in self._by_status.items()},
            "causes": dict(self._causes()),
            "cells": [
                {"id": cell.id, "title": cell.title, "status": name, "reason": self._reason(cell, name)}
                for name, cells in self._by_status.items()
                for cell in cells
            ],
            "seconds_left": self._left and self._left.seconds,
        }

    def lines(self) -> Iterator[str]:
        """Give everything for people."""
        from ..toolkit.rendering.text import plain
        from .board import span, spoken

        yield f"{self.folder}: {self._by_whom()}"
        if len(self.holders) > 1:
            for holder in self.holders:
                count = len(holder.cells)
                yield f"run      {plain(str(holder))}: {'1 cell' if count == 1 else f'{count} cells'}"
        for cell in self._by_status["running"]:
            yield f"running  {cell.title}, for {span(self._running_for(cell))}"
        for cell in self._by_status["failed"]:
            yield f"failed  {cell.title}: {plain(self._reason(cell, 'failed') or 'no reason given')}"
        causes = ", ".join(f"{count} {cause}" for cause, count in self._causes().most_common())
        details = {"failed": f" ({causes})"} if causes else {}
        counts = [f"{len(cells)} {name}{details.get(name, '')}" for name, cells in self._by_status.items()]
        yield ", ".join([*counts, *spoken(self._left)])

    def _by_whom(self) -> str:
        if not self.holders:
            return "no run is using it"
        first, *others = self.holders
        return f"{1 + len(others)} runs have joined on it" if others else f"run by {first}"

    @cached_property
    def _running(self) -> dict[str, str]:
        """Since when cells run, by id."""
        return {id: since for holder in self.holders for id, since in holder.cells.items()}

    @cached_property
    def _by_status(self) -> dict[str, list[Cell]]:
        found: dict[str, list[Cell]] = {name: [] for name in ("done", "running", "failed", "to do")}
        for cell in self.cells:
            found[self._status(cell)].append(cell)
        return found

    def _status(self, cell: Cell) -> str:
        if cell.id in self._running:
            return "running"
        record = self.records.get(cell.id)
        return record.status if record and record.status != "skipped" else "to do"

    def _reason(self, cell: Cell, status: str) -> str | None:
        return self.records[cell.id].reason if status == "failed" else None

    def _causes(self) -> Counter[str]:
        failures = [self.records[cell.id].failures for cell in self._by_status["failed"]]
        return Counter(attempts[-1].cause or "unknown" for attempts in failures if attempts)

    def _running_for(self, cell: Cell) -> float:
        began = datetime.fromisoformat(self._running[cell.id])
        return max(0.0, (self.now - began).total_seconds())

    @cached_property
    def _left(self) -> Left | None:
        """What the cells that are not done may take, as far as alike cells of this machine tell."""
        from ..running.forecast import Forecast

        ago = 0.0
        forecast = Forecast(clock=lambda: -ago)
        left = [cell for name, cells in self._by_status.items() if name != "done" for cell in cells]
        forecast.queued(left, [self.records[cell.id] for cell in self._by_status["done"]])
        for cell in self._by_status["running"]:
            ago = self._running_for(cell)
            forecast.started(cell)
        ago = 0.0
        return forecast.suite()
