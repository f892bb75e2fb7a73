"""Observer `wandb`: Weights & Biases; unless asked it sends nothing, and `wandb sync` can do so later."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from bench import CellInfo, Follower, Observer, Point, hookimpl

from .cells import finals, needed, run_name, settings, values


class WeightsAndBiases(Observer):
    """A run a cell, in a group a suite: settings as config, curves as history, final figures as summary."""

    name: ClassVar[str] = "wandb"
    requires: ClassVar[tuple[str, ...]] = ("wandb",)
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    project: str = Field("bench", description="name of the project")
    entity: str | None = Field(None, description="user or team; by default the one logged in")
    mode: Literal["offline", "online"] = Field("offline", description="whether it is sent while it runs")
    folder: str = Field("results", description="runs are kept in a folder wandb in this one")

    def follow(self, cell: CellInfo) -> Follower:
        """Begin a run; online it goes on with that of an earlier attempt at the cell."""
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        with needed(self.name):
            from wandb import Settings, init

        Path(self.folder).mkdir(parents=True, exist_ok=True)
        # Cells run in processes of their own: what wandb finds out by itself would be of this one.
        quiet = Settings(
            console="off", silent=True, disable_git=True, disable_code=True, x_disable_stats=True
        )
        run = init(
            project=self.project,
            entity=self.entity,
            id=cell.id,
            name=run_name(cell),
            group=cell.suite,
            config=settings(cell),
            mode=self.mode,
            dir=self.folder,
            resume="allow" if self.mode == "online" else None,
            reinit="create_new",
            settings=quiet,
        )
        # By steps of the training: its own step may not go back, as it does in an attempt from the start.
        run.define_metric("step")
        run.define_metric("*", step_metric="step")
        return LoggedRun(run)


class LoggedRun(Follower):
    """A run of Weights & Biases. An exit code other than 0 marks it as failed there."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.exit_code = 1

    def progressed(self, points: Sequence[Point]) -> None:
        """Log history."""
        for point in points:
            self.run.log({"step": point.step, **values(point)})

    def finished(self, record: Mapping[str, Any]) -> None:
        """Log the summary, and how the cell ended as a tag."""
        ended = {name: record[name] for name in ("status", "reason") if record[name]}
        self.run.summary.update({**finals(record), **ended})
        self.run.tags = (record["status"],)
        self.exit_code = int(record["status"] == "failed")

    def close(self) -> None:
        """Say that the run is over."""
        self.run.finish(exit_code=self.exit_code)


@hookimpl
def bench_observers() -> list[type[Observer]]:
    """Bring the observer."""
    return [WeightsAndBiases]
