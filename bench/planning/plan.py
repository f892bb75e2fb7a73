"""The plan: all cells of a suite in an order that can be run, and those skipped, with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..api import Dataset
from ..errors import NothingSelected
from ..registry import Registry
from ..toolkit.class_names import unknown_classes
from .asking import asking
from .cell import Cell
from .entries import Choice, Kept, Pretraining
from .identity import digest_of
from .matrix import Combination
from .ordering import fitting, grouped, selected, with_parents
from .rows import Parts, Row, Stretch, Unrolled, distinct
from .suite import Suite


@dataclass(frozen=True)
class Skipped:
    """A cell that makes no sense, and why."""

    cell: Cell
    reason: str


@dataclass(frozen=True)
class Plan:
    """The cells of a suite that can be run, in order: a parent before its children, each cell once.

    Cells that share data set and backbone are side by side. They are made when they are asked for.
    """

    suite: Suite
    cells: Unrolled[Cell]
    skipped: Unrolled[Skipped]

    def representatives(self) -> Iterator[Cell]:
        """Give a cell for each choice of plugins: the others differ in settings, limits and seeds alone."""
        first: dict[Any, Stretch] = {}
        for stretch in self.cells.stretches:
            first.setdefault(stretch.row.parts.choices, stretch)
        yield from (row.cell(seeds[0]) for row, seeds in first.values())

    @property
    def requires(self) -> list[str]:
        """The modules that the plugins of these cells import in their verbs."""
        values = {
            id(value): value
            for cell in self.representatives()
            for value in (cell.backbone, cell.objective, cell.dataset, cell.task, *cell.further.values())
        }
        return sorted({module for value in values.values() for module in value.requires})

    @property
    def parents(self) -> int:
        """How many of the cells are parents of others."""
        parents = (
            Stretch(row.parent, row.parent_seeds(seeds))
            for row, seeds in self.cells.stretches
            if row.parent is not None
        )
        return sum(len(stretch.seeds) for stretch in distinct(parents))


def make_plan(suite: Suite, registry: Registry, only: str | None = None) -> Plan:
    """Return the plan of a suite, or of those of its cells that `only` selects, and their parents.

    `only` is a part of a cell's title, or a shell pattern for the whole of it. Raises NothingSelected if
    it selects none.
    """
    maker = _Maker(suite, registry)
    wanted = list(distinct(Stretch(maker.at(point), point.seeds) for point in grouped(suite.combinations)))
    skipped = [stretch for stretch in wanted if maker.reason(stretch.row) is not None]
    cells = with_parents([stretch for stretch in wanted if maker.reason(stretch.row) is None])
    if only is not None:
        cells = list(selected(cells, only))
        skipped = list(fitting(skipped, only))
        if not (cells or skipped):
            raise NothingSelected(f"no cell of {suite.path} matches {only!r}")
    return Plan(
        suite,
        Unrolled(cells, lambda row, seed: row.cell(seed)),
        Unrolled(skipped, lambda row, seed: Skipped(row.cell(seed), maker.reason(row) or "")),
    )


RECENT = 20_000
"""So many cells are kept that were made last: parents are asked for by child after child."""


class _Maker:
    """Makes rows and their cells; what cells have in common is worked out once, as there may be many."""

    def __init__(self, suite: Suite, registry: Registry) -> None:
        self.suite = suite
        self.registry = registry
        self._chosen: dict[tuple[Choice, Choice, Choice], dict[str, Any]] = {}
        self._parents: dict[Parts, Row] = {}
        self._reasons: dict[tuple[Any, ...], str | None] = {}
        self.cell = lru_cache(RECENT)(self._cell)
        self._labels = lru_cache(RECENT)(self._labelled)

    def at(self, point: Combination) -> Row:
        """Return the row at a point of the matrix."""
        backbone, objective, dataset, variant, _ = point
        return self._row(Parts(dataset, backbone, objective, variant.settings, variant.limits))

    def _row(self, parts: Parts) -> Row:
        origin, of_parent = parts.backbone.origin, Parts.of_parent(parts.backbone)
        parent = None
        if of_parent is not None:
            parent = self._parents[of_parent] = self._parents.get(of_parent) or self._row(of_parent)
        text = self._assembled(parts).identity_text("null", str(parent.key) if parent else "null")
        seed = origin.seed if isinstance(origin, Pretraining) else None
        return Row(int(digest_of(text)[:16], 16), self, parts, parent, seed)

    def _cell(self, row: Row, seed: int) -> Cell:
        """Return the cell of a row and a seed, and with it its parent if the backbone has an origin."""
        parent = None
        if row.parent is not None:
            parent = self.cell(row.parent, seed if row.parent_seed is None else row.parent_seed)
        return self._assembled(row.parts, self._labels(row), seed, parent)

    def _labelled(self, row: Row) -> dict[str, str]:
        dataset, backbone, objective, settings, limits = row.parts
        return self.suite.labels.of(backbone, objective, dataset, settings, limits)

    def _assembled(
        self, parts: Parts, labels: Mapping[str, str] | None = None, seed: int = 0, parent: Cell | None = None
    ) -> Cell:
        """Return a cell of these parts, by default without labels and a parent."""
        return Cell(
            **self._of_choices(parts),
            settings=parts.settings,
            limits=parts.limits,
            labels=labels or {},
            seed=seed,
            parent=parent,
        )

    def _of_choices(self, parts: Parts) -> dict[str, Any]:
        """Return what cells have in common that differ in nothing but settings, limits and seed."""
        if parts.choices in self._chosen:
            return self._chosen[parts.choices]
        dataset, backbone, objective = parts.choices
        values = {
            "backbone": backbone.value,
            "objective": objective.value,
            "dataset": dataset.value,
            "task": dataset.task,
        }
        further = [("backbone", value) for value in objective.further.values()]
        found = {
            **values,
            "device": self.suite.device,
            "further": objective.further,
            "versions": {
                f"{kind}/{value.name}": self.registry.owner(kind, value).version
                for kind, value in (*values.items(), *further)
            },
            "identities": self.suite.identities,
            "artifact": backbone.origin.artifact if isinstance(backbone.origin, Kept) else None,
        }
        return self._chosen.setdefault(parts.choices, found)

    def reason(self, row: Row) -> str | None:
        """Return why cells make no sense, or cannot have their parents; None if they can be run."""
        key = (row.parts.choices, row.parts.limits.shots is None)
        if key not in self._reasons:
            self._reasons[key] = self._asked(self._assembled(row.parts))
        own = self._reasons[key]
        if own is not None or row.parent is None:
            return own
        inherited = self.reason(row.parent)
        return inherited and f"its parent cannot be: {inherited}"

    def _asked(self, cell: Cell) -> str | None:
        with asking(cell.objective):
            return _unsuitable(cell) or self._headless(cell) or _shotless(cell)

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
