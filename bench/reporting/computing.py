"""Who computes a figure of quality: by what records say of it, and by the plugins that are installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..api import Breakdown, DatasetInfo, Figure, Metrics, Task
from ..records.contributions import TASK
from ..records.record import QUALITY, Record
from ..registry import Registry
from ..toolkit.rendering import plain


@dataclass(frozen=True)
class Computing:
    """What computes a figure: metrics, and the name that their statistics are kept under."""

    name: str
    metrics: Metrics


class Computers:
    """Finds what computes the figures of cells. A plugin that is gone, or fails, computes none."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def mean_of(self, record: Record, figure: str) -> str:
        """Return the statistic of which a figure is the mean over examples; empty if it is no such mean.

        Records of earlier versions do not say it, but the plugin may.
        """
        facts = record.figures.get(QUALITY, {}).get(figure)
        if facts is not None and facts.mean_of:
            return facts.mean_of
        declared = (found for _, found in self._declared(record) if found.name == figure)
        return next((found.mean_of for found in declared), "")

    def owner(self, record: Record, figure: str) -> str | None:
        """Return what a figure is computed by: `TASK`, or the name of an installed metric, if by any."""
        return next((name for name, found in self._declared(record) if found.name == figure), None)

    def of(self, record: Record, figure: str) -> Computing | None:
        """Return what computes a figure of a cell's task; None if nothing that is installed does."""
        name = self.owner(record, figure)
        if name is None:
            return None
        try:
            kind, spec = ("task", record.cell["task"]) if name == TASK else ("metric", {"name": name})
            return Computing(name, self.registry.create(kind, spec).metrics(_info(record)))
        except Exception:  # whatever a stranger's plugin raises
            return None

    def breakdown(self, record: Record, classes: Sequence[str]) -> Breakdown | None:
        """Return what takes the figures of a cell's task apart; None if nothing that is installed does.

        classes: the names of the data set's; where they are not known, `#0` is the first one.
        """
        info = _info(record)
        named = replace(info, classes=tuple(map(plain, classes or (f"#{name}" for name in info.classes))))
        try:
            task: Task = self.registry.create("task", record.cell["task"])
            return task.breakdown(named)
        except Exception:  # whatever a stranger's plugin raises
            return None

    def _declared(self, record: Record) -> Iterator[tuple[str, Figure]]:
        """Give all figures that a cell's predictions may give, and by what: the task first."""
        spec = record.cell.get("task")
        task = self.registry.find("task", str(spec.get("name"))) if isinstance(spec, Mapping) else None
        if task is not None:
            yield from ((TASK, figure) for figure in getattr(task.cls, "figures", ()))
        for name, metric in self.registry.entries["metric"].items():
            yield from ((name, figure) for figure in getattr(metric.cls, "figures", ()))


def _info(record: Record) -> DatasetInfo:
    """Return what a record holds of its data set; classes are known by their number alone."""
    classes = tuple(map(str, range(record.data.get("classes", 0))))
    return DatasetInfo(record.data.get("examples", {}), classes, record.data.get("licence"))
