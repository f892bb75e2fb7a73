"""Observer `trackio`: Trackio, on this machine unless a Space is named; `trackio show` shows it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from contextvars import Context
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from bench import CellInfo, Follower, Observer, Point, hookimpl

from .cells import finals, last_step, needed, run_name, settings, values


class Trackio(Observer):
    """A run a cell, in a group a suite. The environment variable TRACKIO_DIR says where they are kept."""

    name: ClassVar[str] = "trackio"
    requires: ClassVar[tuple[str, ...]] = ("trackio",)
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    project: str = Field("bench", description="name of the project")
    space: str | None = Field(None, description="Hugging Face Space to send runs to")

    def follow(self, cell: CellInfo) -> Follower:
        """Begin a run, or go on with that of an earlier attempt at the cell."""
        with needed(self.name):
            import trackio

        begin = partial(
            trackio.init,
            project=self.project,
            name=run_name(cell),
            group=cell.suite,
            space_id=self.space,
            config=settings(cell),
            resume="allow",
            embed=False,
            auto_log_gpu=False,
            auto_log_cpu=False,
        )
        # In a context of its own, as beginning a run ends the one before in the same context.
        with redirect_stdout(sys.stderr):
            return LoggedRun(Context().run(begin))


class LoggedRun(Follower):
    """A run of Trackio."""

    def __init__(self, run: Any) -> None:
        self.run = run

    def progressed(self, points: Sequence[Point]) -> None:
        """Log metrics."""
        for point in points:
            self.run.log(values(point), step=point.step)

    def finished(self, record: Mapping[str, Any]) -> None:
        """Log final figures, and how the cell ended."""
        ended = {name: record[name] for name in ("status", "reason") if record[name]}
        self.run.log({**finals(record), **ended}, step=last_step(record))

    def close(self) -> None:
        """Wait until all is written."""
        with redirect_stdout(sys.stderr):
            self.run.finish()


@hookimpl
def bench_observers() -> list[type[Observer]]:
    """Bring the observer."""
    return [Trackio]
