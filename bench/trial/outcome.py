"""How a cell can end, as a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from ..api import Cause, Figure
from ..measuring.machine import load, machine, software
from ..records.record import QUALITY, Facts, Failure, Record, facts_of
from .job import Job


@dataclass(frozen=True)
class Attempt:
    """A try at a job, from now on."""

    job: Job
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=perf_counter)
    load: float | None = field(default_factory=load)

    def done(self, further: Sequence[Figure] = (), **measured: Any) -> Record:
        """Return the record of a cell that ended well.

        `further` are the figures of quality that metrics declare, beside the cell's task and objective.
        """
        return self._record("done", further, failures=list(self.job.failures), **measured)

    def failed(self, reason: str, cause: Cause = "exception", **measured: Any) -> Record:
        """Return the record of a cell that failed; the attempt joins the earlier ones."""
        return self._record("failed", reason=reason, failures=self._failures(reason, cause), **measured)

    def again(self, reason: str, cause: Cause) -> Job:
        """Return the job of another try, which knows that this one has failed."""
        return replace(self.job, failures=tuple(self._failures(reason, cause)))

    def _failures(self, reason: str, cause: Cause) -> list[Failure]:
        failure = Failure(reason=reason, started=self.stamp, seconds=self._seconds, cause=cause)
        return [*self.job.failures, failure]

    def skipped(self, reason: str) -> Record:
        """Return the record of a cell that was not tried."""
        return self._record("skipped", reason=reason, failures=list(self.job.failures))

    def _record(self, status: str, further: Sequence[Figure] = (), **fields: Any) -> Record:
        cell = self.job.cell
        return Record.model_validate(
            {
                "id": cell.id,
                "suite": self.job.options.suite,
                "status": status,
                "row": cell.row,
                "labels": dict(cell.labels),
                "seed": cell.seed,
                "primary": cell.primary.name,
                "cell": cell.spec(),
                "identity": cell.identity,
                "parent": cell.parent.id if cell.parent else None,
                "machine": machine(),
                "software": software(),
                "git": dict(self.job.options.git),
                "started": self.stamp,
                "seconds": self._seconds,
                **fields,
                "figures": {**fields.get("figures", {}), QUALITY: self._quality_facts(fields, further)},
            }
        )

    def _quality_facts(self, fields: Mapping[str, Any], further: Sequence[Figure]) -> dict[str, Facts]:
        cell = self.job.cell
        reported = [name for metrics in fields.get("quality", {}).values() for name in metrics]
        return facts_of([cell.primary.name, *reported], [*further, *cell.figures])

    @property
    def stamp(self) -> str:
        """When it began: UTC in ISO 8601."""
        return self.started.isoformat(timespec="seconds")

    @property
    def _seconds(self) -> float:
        return perf_counter() - self.began
