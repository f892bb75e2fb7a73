"""The plan: all cells of a suite in an order that can be run, and those skipped, with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ..api import Dataset, Limits, Settings
from ..errors import NothingSelected
from ..registry import Registry
from ..toolkit.class_names import unknown_classes
from .cell import Cell
from .entries import Choice, Kept, Pretraining
from .matrix import Combination
from .suite import Suite
from .titles import fits


@dataclass(frozen=True)
class Skipped:
    """A cell that makes no sense, and why."""

    cell: Cell
    reason: str


@dataclass(frozen=True)
class Plan:
    """The cells of a suite that can be run, in order: a parent before its children, each cell once.

    Cells that share data set and backbone are side by side.
    """

    suite: Suite
    cells: tuple[Cell, ...]
    skipped: tuple[Skipped, ...]

    @property
    def requires(self) -> list[str]:
        """The modules that the plugins of these cells import in their verbs."""
        values = {
            id(value): value
            for cell in self.cells
            for value in (cell.backbone, cell.objective, cell.dataset, cell.task, *cell.further.values())
        }
        return sorted({module for value in values.values() for module in value.requires})


def make_plan(suite: Suite, registry: Registry, only: str | None = None) -> Plan:
    """Return the plan of a suite, or of those of its cells that `only` selects, and their parents.

    `only` is a part of a cell's title, or a shell pattern for the whole of it. Raises NothingSelected if
    it selects none.
    """
    maker = _Maker(suite, registry)
    wanted = {cell.id: cell for cell in map(maker.point, _grouped(suite.combinations))}
    reasons = {cell.id: reason for cell in wanted.values() if (reason := maker.reason(cell))}
    runnable = {id: cell for id, cell in wanted.items() if id not in reasons}
    cells = _with_parents(runnable)
    skipped = [Skipped(wanted[id], reason) for id, reason in reasons.items()]
    if only is not None:
        cells = _selected(cells, only)
        skipped = [item for item in skipped if fits(item.cell.title, only)]
        if not (cells or skipped):
            raise NothingSelected(f"no cell of {suite.path} matches {only!r}")
    return Plan(suite, tuple(cells), tuple(skipped))


def _grouped(points: Sequence[Combination]) -> list[Combination]:
    """Return the points by data set and backbone, each in the order of first mention."""
    rank: dict[Choice, int] = {}
    for point in points:
        rank.setdefault(point.dataset, len(rank))
        rank.setdefault(point.backbone, len(rank))
    return sorted(points, key=lambda point: (rank[point.dataset], rank[point.backbone]))


def _with_parents(wanted: Mapping[str, Cell]) -> list[Cell]:
    """Return the cells and their ancestors; those that a group of cells needs come before the group."""
    placed: dict[str, Cell] = {}

    def place(cells: Iterable[Cell]) -> None:
        new = {cell.id: wanted.get(cell.id, cell) for cell in cells if cell.id not in placed}
        parents = [cell.parent for cell in new.values() if cell.parent is not None]
        if parents:
            place(parents)
        placed.update((id, cell) for id, cell in new.items() if id not in placed)

    for _, group in groupby(wanted.values(), key=lambda cell: (id(cell.dataset), id(cell.backbone))):
        place(group)
    return list(placed.values())


def _selected(cells: Sequence[Cell], only: str) -> list[Cell]:
    needed = {relative.id for cell in cells if fits(cell.title, only) for relative in _line(cell)}
    return [cell for cell in cells if cell.id in needed]


def _line(cell: Cell | None) -> Iterator[Cell]:
    """Give a cell, its parent, and so on."""
    while cell is not None:
        yield cell
        cell = cell.parent


class _Maker:
    """Makes cells; what cells have in common is worked out once and shared, as there may be many."""

    def __init__(self, suite: Suite, registry: Registry) -> None:
        self.suite = suite
        self.registry = registry
        self._cells: dict[tuple[Any, ...], Cell] = {}
        self._shared: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._reasons: dict[tuple[int, ...], str | None] = {}

    def point(self, point: Combination) -> Cell:
        """Return the cell at a point of the matrix."""
        backbone, objective, dataset, variant, seed = point
        return self.cell(backbone, objective, dataset, variant.settings, variant.limits, seed)

    def cell(
        self,
        backbone: Choice,
        objective: Choice,
        dataset: Choice,
        settings: Settings,
        limits: Limits,
        seed: int,
    ) -> Cell:
        """Return a cell, and with it its parent if the backbone has an origin."""
        parts = (backbone, objective, dataset, id(settings), id(limits))
        if (*parts, seed) not in self._cells:
            if parts not in self._shared:
                self._shared[parts] = self._common(backbone, objective, dataset, settings, limits)
            origin = backbone.origin
            self._cells[*parts, seed] = Cell(
                **self._shared[parts],
                seed=seed,
                parent=self._parent(backbone, seed),
                artifact=origin.artifact if isinstance(origin, Kept) else None,
            )
        return self._cells[*parts, seed]

    def _parent(self, child: Choice, seed: int) -> Cell | None:
        origin, base = child.origin, child.base
        if not isinstance(origin, Pretraining) or base is None:
            return None
        seed = seed if origin.seed is None else origin.seed
        return self.cell(base, origin.objective, origin.dataset, origin.settings, origin.limits, seed)

    def _common(
        self, backbone: Choice, objective: Choice, dataset: Choice, settings: Settings, limits: Limits
    ) -> dict[str, Any]:
        """Return what cells that differ in nothing but the seed have in common."""
        values = {
            "backbone": backbone.value,
            "objective": objective.value,
            "dataset": dataset.value,
            "task": dataset.task,
        }
        return {
            **values,
            "settings": settings,
            "limits": limits,
            "device": self.suite.device,
            "further": objective.further,
            "labels": self.suite.labels.of(backbone, objective, dataset, settings, limits),
            "versions": {
                f"{kind}/{value.name}": self.registry.owner(kind, value).version
                for kind, value in (
                    *values.items(),
                    *(("backbone", value) for value in objective.further.values()),
                )
            },
            "identities": self.suite.identities,
        }

    def reason(self, cell: Cell) -> str | None:
        """Return why a cell makes no sense, or cannot have its parent; None if it can be run."""
        key = tuple(id(value) for value in (cell.backbone, cell.objective, cell.dataset, cell.task))
        if key not in self._reasons:
            self._reasons[key] = _unsuitable(cell) or self._headless(cell)
        own = self._reasons[key] or _shotless(cell)
        if own is not None or cell.parent is None:
            return own
        inherited = self.reason(cell.parent)
        return inherited and f"its parent cannot be: {inherited}"

    def _headless(self, cell: Cell) -> str | None:
        """Return why an objective that needs the backbone's own head surely finds none, if that is known."""
        asked = cell.objective.native and cell.task.by_class
        known = cell.backbone.class_names() if asked else None
        if known is None:
            return None
        info = self.suite.infos.of(cell.dataset)
        if info is not None and not info.classes:
            return None  # its head may be of another kind, such as a decoder
        who = cell.backbone.spelled()
        if not known:
            return f"{who} has no head whose classes are named, and {cell.objective.name} needs one"
        unknown = unknown_classes(info.classes, known) if info else []
        if not unknown:
            return None
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        return f"{who} has no head that knows class {unknown[0]!r}{more} of {cell.dataset.spelled()}"


def _unsuitable(cell: Cell) -> str | None:
    for backbone in (cell.backbone, *cell.further.values()):
        modalities = backbone.modalities()
        if cell.task.modality not in modalities:
            readable = " and ".join(sorted(modalities)) or "nothing"
            return f"{backbone.spelled()} reads {readable}, {cell.task.name} needs {cell.task.modality}"
    if cell.objective.supervised:
        if cell.task.target is None:
            return f"{cell.objective.name} learns from labels, {cell.dataset.spelled()} has none"
        unfit = _mapless(cell) or cell.task.skip(cell.backbone)
        if unfit is not None:
            return unfit
    return cell.objective.skip(cell.backbone, cell.task, cell.dataset)


def _mapless(cell: Cell) -> str | None:
    """Return that the task reads maps and the backbone surely gives none."""
    if "maps" not in cell.task.reads or cell.backbone.strides() != ():
        return None
    return f"{cell.backbone.spelled()} gives no maps of features, and {cell.task.name} reads them"


def _shotless(cell: Cell) -> str | None:
    """Return that there are no classes to take `shots` of; None if there are, or none are to be taken."""
    classes = cell.task.target == "class" and type(cell.dataset).strata is not Dataset.strata
    if classes or cell.limits.shots is None:
        return None
    return f"limits.shots counts examples of each class, {cell.dataset.spelled()} has no classes"
