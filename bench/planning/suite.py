"""A suite file, checked: what its cells are made of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..api import Executor, Limits, Observer, Settings
from ..registry import Registry
from .document import Document, Loc, read
from .downloads import SECTION, read_downloads
from .entries import Choice, Entries
from .identity import Identities
from .infos import Infos
from .labels import Labels, name_choices
from .matrix import AXES, CHOSEN, PLAIN, Axes, Combination, Variant, combinations, matching, size, used
from .overrides import Overrides
from .seeds import MOST_SEEDS
from .values import Values
from .wording import show

NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
DEVICE = r"auto|cpu|cuda(:[0-9]{1,3})?|mps"
MOST_CELLS = 1_000_000
DEFAULT_EXECUTOR = "process"
AS_IT_IS = Overrides()


def _name(text: str) -> str:
    if not re.fullmatch(NAME, text):
        raise ValueError(f"must be letters, digits, '.', '_' and '-', not {show(text)}")
    return text


def _device(text: str) -> str:
    if not re.fullmatch(DEVICE, text):
        raise ValueError(f"must be auto, cpu, cuda, cuda:N or mps, not {show(text)}")
    return text


class Heading(BaseModel):
    """The keys of a suite that hold one plain value."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    name: Annotated[str, AfterValidator(_name)] = Field(
        "suite",
        description="names the results folder; by default the file's name",
        json_schema_extra={"pattern": f"^({NAME})$"},
    )
    description: str = Field("", description="what the suite is to find out")
    device: Annotated[str, AfterValidator(_device)] = Field(
        "auto",
        description="where cells run: auto, cpu, cuda, cuda:N or mps",
        json_schema_extra={"pattern": f"^({DEVICE})$"},
    )


KEYS = (
    *Heading.model_fields,
    "executor",
    "observers",
    SECTION,
    "defaults",
    "limits",
    "parents",
    "matrix",
    "include",
    "exclude",
)


@dataclass(frozen=True)
class Suite:
    """A checked suite; `combinations` is its matrix, with what it includes and without what it excludes.

    `text` is a suite file that asks for the same: the one it is from, unless the command line changed it. The
    seeds are those of the file all the same: a run of a few more does not make the others less a part of it.
    """

    name: str
    path: Path
    text: str
    description: str
    device: str
    executor: Executor
    observers: tuple[Observer, ...]
    combinations: tuple[Combination, ...]
    labels: Labels
    identities: Identities
    infos: Infos = field(default_factory=Infos)


def load_suite(path: Path, registry: Registry, overrides: Overrides = AS_IT_IS) -> Suite:
    """Return the suite in a file, changed by `overrides`.

    Raises SuiteError with everything that is wrong with it.
    """
    document = read(path)
    if not isinstance(document.data, dict):
        document.fault((), "empty file" if document.data is None else "must be a mapping with a matrix")
        document.check()
    overrides.apply(document)
    text = document.spelled() if overrides.lasting else document.text
    overrides.take_seeds(document)
    return _Reader(document, registry).suite(path, text, changed=bool(overrides))


class _Reader:
    """Reads the parts of a suite, noting in the document what is wrong with each."""

    def __init__(self, document: Document, registry: Registry) -> None:
        self.document = document
        self.data: dict[str, Any] = document.data
        self.values = Values(document, registry, KEYS)
        self.settings = self.values.changed(Settings(), self.section("defaults"), ("defaults",))
        self.limits = self.values.changed(Limits(), self.section("limits"), ("limits",))
        self.entries = Entries(self.values, self.settings, self.limits)

    def suite(self, path: Path, text: str, *, changed: bool) -> Suite:
        """Return the suite, or raise SuiteError. `changed`: the command line has changed it."""
        self.values.known_keys(self.data, (), KEYS)
        read_downloads(self.values, self.data)
        heading = self.heading(path)
        executor = self.values.plugin("executor", self.data.get("executor", DEFAULT_EXECUTOR), ("executor",))
        observers = [self.values.plugin("observer", item, loc) for item, loc in self.listed("observers")]
        for name in self.section("parents"):
            self.entries.parent(name)
        matrices = self.matrices()
        exclusions = {loc: self.exclusion(item, loc) for item, loc in self.listed("exclude")}
        names = self.names(matrices)
        self.document.check()
        points = [point for axes in matrices for point in combinations(axes, self.settings, self.limits)]
        left = self.remaining(points, exclusions, names, changed)
        self.check_limits({point.variant for point in left})
        self.document.check()
        return Suite(
            **dict(heading),
            path=path,
            text=text,
            executor=cast(Executor, executor),
            observers=tuple(observer for observer in observers if isinstance(observer, Observer)),
            combinations=tuple(left),
            labels=Labels(names, used(left)),
            identities=self.entries.identities,
        )

    def section(self, key: str) -> dict[str, Any]:
        """Return a mapping of the suite, empty if it is not there."""
        value = self.data.get(key)
        return {} if value is None else self.values.mapping(value, (key,))

    def listed(self, key: str) -> list[tuple[Any, Loc]]:
        """Return the items of a list of the suite and where they are; anything else is its only item."""
        return [] if self.data.get(key) is None else _items(self.data[key], (key,))

    def heading(self, path: Path) -> Heading:
        given = {key: self.data[key] for key in Heading.model_fields if key in self.data}
        return self.values.changed(Heading(), {"name": path.stem, **given}, ())

    def matrices(self) -> list[dict[str, list[Any]]]:
        """Return the axes of `matrix`, and those of each entry of `include`."""
        if "matrix" not in self.data:
            self.document.fault((), "missing key 'matrix'")
            return []
        matrix = self.axes(self.data["matrix"], ("matrix",))
        for axis in CHOSEN:
            if isinstance(self.data["matrix"], dict) and axis not in self.data["matrix"]:
                self.document.fault(("matrix",), f"missing key {axis!r}")
        matrix.setdefault("seed", [0])
        matrices = [matrix, *({**matrix, **self.axes(item, loc)} for item, loc in self.listed("include"))]
        cells = sum(map(size, matrices))
        if cells > MOST_CELLS:
            self.document.fault(("matrix",), f"makes {cells:,} cells; at most {MOST_CELLS:,} can be planned")
        return matrices

    def axes(self, data: Any, loc: Loc) -> dict[str, list[Any]]:
        """Return the entries of each axis of a mapping."""
        given = self.values.mapping(data, loc)
        self.values.known_keys(given, loc, AXES)
        return {axis: self.axis(axis, given[axis], (*loc, axis)) for axis in AXES if axis in given}

    def axis(self, axis: str, data: Any, loc: Loc) -> list[Any]:
        """Return the entries of an axis, without those that are wrong."""
        if data == []:
            self.document.fault(loc, "must hold at least one entry")
        entries: dict[Any, None] = {}
        for item, at in _items(data, loc):
            for entry in self.entry(axis, item, at):
                if entry in entries:
                    self.document.fault(at, "is listed already")
                entries[entry] = None
            if axis == "seed" and len(entries) > MOST_SEEDS:
                self.document.fault(loc, f"lists more than {MOST_SEEDS:,} seeds; no more can be planned")
                break
        return list(entries)

    def entry(self, axis: str, data: Any, loc: Loc) -> list[Any]:
        """Return what an item of an axis stands for: one entry, several seeds, or nothing if it is wrong."""
        if axis in PLAIN:
            model = Settings if axis in Settings.model_fields else Limits
            value = self.values.model(model, {axis: data}, loc, at={axis: loc})
            return [] if value is None else [getattr(value, axis)]
        if axis == "seed":
            return self.values.seeds(data, loc)
        found = self.entries.choice(axis, data, loc)
        return [] if found is None else [found]

    def check_limits(self, variants: Collection[Variant]) -> None:
        """Note limits that cannot hold together, or have no effect on any cell."""
        every = list({id(variant.limits): variant.limits for variant in variants}.values())
        for conflict in {limits.conflict for limits in every} - {None}:
            self.document.fault(self.written("shots"), str(conflict))
        if any(limits.redraw for limits in every) and not any(limits.redrawn for limits in every):
            self.document.fault(
                self.written("redraw"), "has no effect without shots, train_examples or train_fraction"
            )

    def written(self, limit: str) -> Loc:
        """Return where a limit is set for the cells of the matrix."""
        return ("matrix", limit) if ("matrix", limit) in self.document.values else ("limits", limit)

    def exclusion(self, data: Any, loc: Loc) -> dict[str, list[Any]]:
        """Return what an entry of `exclude` wants: patterns for choices, values otherwise."""
        given = self.values.mapping(data, loc)
        self.values.known_keys(given, loc, AXES)
        if data == {}:
            self.document.fault(loc, "must name an axis")
        wanted = {axis: self.patterns(given[axis], (*loc, axis)) for axis in CHOSEN if axis in given}
        plain = [axis for axis in ("seed", *PLAIN) if axis in given]
        return wanted | {axis: self.axis(axis, given[axis], (*loc, axis)) for axis in plain}

    def patterns(self, data: Any, loc: Loc) -> list[str]:
        for item, at in _items(data, loc):
            if not isinstance(item, str):
                self.document.fault(at, f"must be a name or a pattern, not {show(item)}")
        return [item for item, _ in _items(data, loc) if isinstance(item, str)]

    def names(self, matrices: Sequence[Axes]) -> dict[Choice, str]:
        """Return what tables call each choice; no two of a kind have the same name."""
        names: dict[Choice, str] = {}
        for kind in CHOSEN:
            axis = list(dict.fromkeys(choice for axes in matrices for choice in axes.get(kind, ())))
            others = [choice for choice in self.entries.of_kind(kind) if choice not in axis]
            own = name_choices(axis, others, self.entries.labels)
            uses = Counter(own.values())
            for choice, name in own.items():
                loc = self.entries.locs[choice]
                if uses[name] > 1:
                    self.document.fault(
                        loc, f"tables would call another entry {show(name)} too; name one with 'as'"
                    )
                elif not name.isprintable():
                    self.document.fault(loc, f"must be printable text, not {show(name)}")
            names |= own
        return names

    def remaining(
        self,
        points: Sequence[Combination],
        exclusions: Mapping[Loc, Mapping[str, list[Any]]],
        names: Mapping[Choice, str],
        changed: bool,
    ) -> list[Combination]:
        """Return the points that no exclusion matches."""
        matches = {loc: matching(wanted, points, names) for loc, wanted in exclusions.items()}
        if changed and exclusions:
            # In a suite file that asks for the same, an exclusion that matches no cell would be a mistake.
            self.data["exclude"] = [item for item, loc in self.listed("exclude") if matches[loc]]
        for loc in () if changed else matches:
            if not matches[loc]:
                self.document.fault(loc, "matches no cell")
        excluded: dict[int, set[int]] = {}
        for matched in matches.values():
            for position, seeds in matched.items():
                excluded.setdefault(position, set()).update(seeds)
        left = [
            point._replace(seeds=tuple(seed for seed in point.seeds if seed not in excluded[position]))
            if position in excluded
            else point
            for position, point in enumerate(points)
        ]
        left = [point for point in left if point.seeds]
        if not left:
            self.document.fault(("exclude",), "leaves no cell")
        return left


def _items(data: Any, loc: Loc) -> list[tuple[Any, Loc]]:
    """Return the items of a list and where they are; anything else stands for a list of one."""
    if isinstance(data, list):
        return [(item, (*loc, index)) for index, item in enumerate(data)]
    return [(data, loc)]
