"""Observer `tensorboard`: event files, which `tensorboard --logdir results/tensorboard` shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import CellInfo, Follower, Observer, Point, hookimpl

from .cells import finals, last_step, needed, run_name, settings, values


class TensorBoard(Observer):
    """Curves as scalars, a run a cell; settings and final figures as hyperparameters."""

    name: ClassVar[str] = "tensorboard"
    requires: ClassVar[tuple[str, ...]] = ("tensorboard",)
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    folder: str = Field(
        "results/tensorboard", description="where event files go, in a folder a suite and cell"
    )

    def follow(self, cell: CellInfo) -> Follower:
        """Write to a folder of the cell's own."""
        with needed(self.name):
            from torch.utils.tensorboard.writer import SummaryWriter

        folder = Path(self.folder) / _plain(cell.suite) / _plain(run_name(cell))
        return EventFiles(cell, partial(SummaryWriter, str(folder)))


class EventFiles(Follower):
    """The event files of a cell. What an earlier attempt wrote from the first step of this one on is void."""

    def __init__(self, cell: CellInfo, begin: Callable[..., Any]) -> None:
        self.cell = cell
        self.begin = begin
        self.writer: Any = None

    def progressed(self, points: Sequence[Point]) -> None:
        """Write scalars."""
        writer = self._writer(purge_step=points[0].step)
        for point in points:
            for name, value in values(point).items():
                writer.add_scalar(name, value, point.step)
        writer.flush()

    def finished(self, record: Mapping[str, Any]) -> None:
        """Write settings and final figures, and why it failed if it did."""
        writer, step = self._writer(), last_step(record)
        described = {**settings(self.cell), "status": record["status"]}
        writer.add_hparams(described, finals(record), run_name=".", global_step=step)
        if record["reason"]:
            writer.add_text("reason", record["reason"], step)

    def close(self) -> None:
        """Write out what is still held."""
        if self.writer is not None:
            self.writer.close()

    def _writer(self, **options: int) -> Any:
        self.writer = self.writer or self.begin(**options)
        return self.writer


def _plain(name: str) -> str:
    """Return a name for a folder."""
    return re.sub(r"[^\w.=+()-]+", "-", name, flags=re.ASCII).strip(".-") or "-"


@hookimpl
def bench_observers() -> list[type[Observer]]:
    """Bring the observer."""
    return [TensorBoard]
