"""How a cell can end, as a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from ..measuring.machine import load, machine, software
from ..records.record import Failure, Record
from .job import Job


@dataclass(frozen=True)
class Attempt:
    """A try at a job, from now on."""

    job: Job
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=perf_counter)
    load: float | None = field(default_factory=load)

    def done(self, **measured: Any) -> Record:
        """Return the record of a cell that ended well."""
        return self._record("done", failures=list(self.job.failures), **measured)

    def failed(self, reason: str, **measured: Any) -> Record:
        """Return the record of a cell that failed; the attempt joins the earlier ones."""
        failure = Failure(reason=reason, started=self._stamp, seconds=self._seconds)
        return self._record("failed", reason=reason, failures=[*self.job.failures, failure], **measured)

    def skipped(self, reason: str) -> Record:
        """Return the record of a cell that was not tried."""
        return self._record("skipped", reason=reason, failures=list(self.job.failures))

    def _record(self, status: str, **fields: Any) -> Record:
        cell = self.job.cell
        return Record.model_validate(
            {
                "id": cell.id,
                "suite": self.job.suite,
                "status": status,
                "row": cell.id,
                "labels": dict(cell.labels),
                "seed": cell.seed,
                "primary": cell.primary.metric,
                "cell": cell.spec(),
                "identity": cell.identity,
                "parent": cell.parent.id if cell.parent else None,
                "machine": machine(),
                "software": software(),
                "git": dict(self.job.git),
                "started": self._stamp,
                "seconds": self._seconds,
                **fields,
            }
        )

    @property
    def _stamp(self) -> str:
        return self.started.isoformat(timespec="seconds")

    @property
    def _seconds(self) -> float:
        return perf_counter() - self.began
