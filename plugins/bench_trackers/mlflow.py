"""Observer `mlflow`: an MLflow store in a file, or a tracking server."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import time
from typing import Any, ClassVar

from pydantic import Field

from bench import CellInfo, Follower, Observer, Point, hookimpl

from .cells import finals, last_step, needed, run_name, settings, values

SQLITE = "sqlite:///"
CELL = "bench.cell"
"""The tag that holds the id of a run's cell."""

MOST = 100
"""Parameters or metrics in a request; servers refuse more."""

STATUS = {"done": "FINISHED", "failed": "FAILED", "skipped": "KILLED"}


class MLflow(Observer):
    """A run a cell: settings as parameters, curves and final figures as metrics."""

    name: ClassVar[str] = "mlflow"
    requires: ClassVar[tuple[str, ...]] = ("mlflow",)
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    uri: str = Field(f"{SQLITE}results/mlflow.db", description="the store: sqlite:///FILE, or a server's URL")
    experiment: str | None = Field(None, description="name of the experiment; by default the suite's")

    def follow(self, cell: CellInfo) -> Follower:
        """Begin a run, or go on with that of an earlier attempt at the cell."""
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        with needed(self.name):
            from mlflow import MlflowClient

        file = self._file
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        client = MlflowClient(tracking_uri=f"{SQLITE}{file}" if file else self.uri)
        return TrackedRun(client, self._run(client, cell))

    @property
    def _file(self) -> Path | None:
        """The store's file, if it is one; in full, as the working directory may change."""
        return Path(self.uri.removeprefix(SQLITE)).resolve() if self.uri.startswith(SQLITE) else None

    def _run(self, client: Any, cell: CellInfo) -> str:
        """Return the id of the cell's run."""
        experiment = self._experiment(client, self.experiment or cell.suite)
        found = client.search_runs([experiment], f"tags.`{CELL}` = '{cell.id}'", max_results=1)
        if found:
            client.update_run(found[0].info.run_id, status="RUNNING")
            return str(found[0].info.run_id)
        id = str(client.create_run(experiment, run_name=run_name(cell), tags={CELL: cell.id}).info.run_id)
        _log_settings(client, id, cell)
        return id

    def _experiment(self, client: Any, name: str) -> str:
        known = client.get_experiment_by_name(name)
        if known is not None:
            return str(known.experiment_id)
        place = (self._file.parent / "mlflow-artifacts").as_uri() if self._file else None
        return str(client.create_experiment(name, artifact_location=place))


class TrackedRun(Follower):
    """A run of a store."""

    def __init__(self, client: Any, id: str) -> None:
        self.client = client
        self.id = id
        self.status = "KILLED"

    def progressed(self, points: Sequence[Point]) -> None:
        """Log metrics."""
        self._log([(name, value, point.step) for point in points for name, value in values(point).items()])

    def finished(self, record: Mapping[str, Any]) -> None:
        """Log final figures, and how it ended."""
        step = last_step(record)
        self._log([(name, value, step) for name, value in finals(record).items()])
        for name in ("status", "reason"):
            self.client.set_tag(self.id, f"bench.{name}", record[name] or "")
        self.status = STATUS[record["status"]]

    def close(self) -> None:
        """Say that the run is over."""
        self.client.set_terminated(self.id, self.status)

    def _log(self, metrics: Sequence[tuple[str, float, int]]) -> None:
        from mlflow.entities import Metric

        now = round(time() * 1000)
        for some in _batches([Metric(name, value, now, step) for name, value, step in metrics]):
            self.client.log_batch(self.id, metrics=some)


def _log_settings(client: Any, id: str, cell: CellInfo) -> None:
    from mlflow.entities import Param

    for some in _batches([Param(name, str(value)) for name, value in settings(cell).items()]):
        client.log_batch(id, params=some)


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    yield from (items[begin : begin + MOST] for begin in range(0, len(items), MOST))


@hookimpl
def bench_observers() -> list[type[Observer]]:
    """Bring the observer."""
    return [MLflow]
