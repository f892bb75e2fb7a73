"""The whole extension surface: one function a kind of plugin.

A plugin is a module named by an entry point of the group `bench`, or a file given to `--plugin`. It
implements any of these with `@bench.hookimpl`:

    from bench import Backbone, hookimpl

    class Mine(Backbone): ...

    @hookimpl
    def bench_backbones():
        return [Mine]
"""

# The specifications are empty on purpose: pluggy reads their names and docstrings.
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from .api import Backbone, Dataset, Executor, Exporter, Meter, Metric, Objective, Observer, Task, Writer

hookspec = pluggy.HookspecMarker("bench")
hookimpl = pluggy.HookimplMarker("bench")


@hookspec
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the package's backbones, each a class."""


@hookspec
def bench_tasks() -> Sequence[type[Task]]:
    """Return the package's tasks."""


@hookspec
def bench_datasets() -> Sequence[type[Dataset]]:
    """Return the package's data sets."""


@hookspec
def bench_objectives() -> Sequence[type[Objective]]:
    """Return the package's objectives."""


@hookspec
def bench_meters() -> Sequence[type[Meter]]:
    """Return the package's meters; every cell is measured by all installed meters."""


@hookspec
def bench_observers() -> Sequence[type[Observer]]:
    """Return the package's observers; a suite names those it wants under `observers`."""


@hookspec
def bench_metrics() -> Sequence[type[Metric]]:
    """Return the package's metrics; every cell is scored by all installed metrics that suit its task."""


@hookspec
def bench_writers() -> Sequence[type[Writer]]:
    """Return the package's output formats of reports."""


@hookspec
def bench_exporters() -> Sequence[type[Exporter]]:
    """Return the package's formats of other programs."""


@hookspec
def bench_executors() -> Sequence[type[Executor]]:
    """Return the package's executors; a suite names the one it wants under `executor`."""
