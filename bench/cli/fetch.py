"""`bench fetch`: load data and weights of a suite where there is a network, so that its run needs none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import typer

from ..errors import BenchError
from . import options

if TYPE_CHECKING:
    from ..api import Backbone, Dataset, DatasetInfo, Plugin
    from ..planning import Cell

    Value = TypeVar("Value", bound=Plugin)

NOTHING = nullcontext()


def fetch(
    suite: options.SuiteFile,
    only: options.Only = None,
    set: options.Set = None,
    plugin: options.PluginFiles = None,
) -> None:
    """Load all data and weights of a suite once, so that they are in the caches of the libraries they are of.

    Files that it lists under `files` are put into their places first. On this machine, or wherever these
    caches and files are copied or shared, the suite then runs without a network.
    """
    from ..planning import load_suite, make_plan, wanted_downloads
    from ..planning.asking import asking
    from ..registry import load
    from ..toolkit.downloads import download

    registry = load(plugin or [])
    files = wanted_downloads(suite, registry)
    loads = {place: partial(download, file.url, file.sha256, place) for place, file in files.items()}
    told = [_told(f"file {place}", load) for place, load in loads.items()]
    if all(told):
        plan = make_plan(load_suite(suite, registry, options.overrides(set=set)), registry, only)
        needs = Needs(list(plan.representatives())).all()
        told += [_told(need.title, need.load, asking(need.value)) for need in needs]
    if not all(told):
        raise typer.Exit(1)


def _told(title: str, load: Callable[[], object], within: AbstractContextManager[object] = NOTHING) -> bool:
    """Load something, print what came of it, and tell whether it is there."""
    from ..toolkit.messages import one_line
    from ..toolkit.rendering.text import plain

    try:
        with within:
            load()
    except BenchError as error:
        print(f"failed   {plain(title)}: {plain(one_line(error))}", flush=True)
        return False
    print(f"fetched  {plain(title)}", flush=True)
    return True


@dataclass(frozen=True)
class Wanted:
    """A value that cells bring to life, and what loads as much of it as they do."""

    title: str
    value: Plugin
    load: Callable[[], object]


@dataclass(frozen=True)
class Needs:
    """What cells need; `infos` is what is known of their data sets, once these are there."""

    cells: list[Cell]
    infos: dict[str, DatasetInfo] = field(default_factory=dict)

    def all(self) -> Iterator[Wanted]:
        """Give each data set and each backbone once."""
        titles = {_key(cell.dataset): cell.labels["dataset"] for cell in self.cells}
        for key, dataset in _distinct(cell.dataset for cell in self.cells).items():
            yield Wanted(f"dataset {titles[key]}", dataset, partial(self._read, key, dataset))
        backbones = (value for cell in self.cells for value in (cell.backbone, *cell.further.values()))
        for key, backbone in _distinct(backbones).items():
            yield Wanted(f"backbone {backbone.spelled()}", backbone, partial(self._load, key, backbone))

    def _read(self, key: str, dataset: Dataset) -> None:
        info = dataset.info()
        for split in info.sizes:
            dataset.load(split)
        self.infos[key] = info

    def _load(self, key: str, backbone: Backbone) -> None:
        """Load a backbone, and make heads of it: what these alone read of its weights is not read earlier."""
        from ..feeding.features import look

        encoder = backbone.load()
        for cell in self.cells:
            info = self.infos.get(_key(cell.dataset))
            if _key(cell.backbone) == key and cell.objective.supervised and info is not None:
                look(encoder, cell.task)
                head = cell.task.native_head if cell.objective.native else cell.task.head
                head(encoder, info)


def _distinct(values: Iterable[Value]) -> Mapping[str, Value]:
    return {_key(value): value for value in values}


def _key(value: Plugin) -> str:
    from ..planning.identity import canonical
    from ..registry import describe

    return canonical(describe(value))
