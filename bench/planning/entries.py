"""Entries of a suite's axes, and its ways of pretraining; equal ones are one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..api import Backbone, Dataset, Limits, Objective, Plugin, Settings, Task
from ..errors import BenchError
from ..registry import describe
from ..toolkit.messages import did_you_mean
from .cell import Artifact
from .document import Loc
from .identity import Identities, canonical
from .values import OWN, Values
from .wording import show

ARTIFACT = ("artifact",)
PRETRAINING = ("objective", "dataset", "from", "seed", "limits", *Settings.model_fields)
MAX_GENERATIONS = 16


@dataclass(frozen=True, eq=False)
class Choice:
    """A plugin value that a suite names, with what belongs to it.

    A backbone may have an `origin`; its `base` is then the same backbone before that pretraining. A data
    set has its task, an objective the `further` backbones that its settings name.
    """

    value: Any
    origin: Origin | None = None
    base: Choice | None = None
    task: Any = None
    further: Mapping[str, Backbone] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Kept:
    """A trained encoder in a file, kept by some earlier run."""

    artifact: Artifact
    origin: None = None
    generation: int = 1

    @property
    def name(self) -> str:
        """What tables call it."""
        return Path(self.artifact.path).stem


@dataclass(frozen=True, eq=False)
class Pretraining:
    """A way to make the parent of a cell; `origin` is how the parent itself was pretrained."""

    name: str
    objective: Choice
    dataset: Choice
    settings: Settings
    limits: Limits
    seed: int | None
    origin: Origin | None

    @property
    def generation(self) -> int:
        """How many pretrainings there are in a row, this one included."""
        return 1 + (self.origin.generation if self.origin else 0)


Origin = Pretraining | Kept


class Entries:
    """Reads choices and pretrainings by way of `values`.

    `labels` are those that the suite gives, `locs` where a choice was first named.
    """

    def __init__(self, values: Values, settings: Settings, limits: Limits) -> None:
        self.values = values
        self.document = values.document
        self.settings = settings
        self.limits = limits
        self.identities = Identities()
        self.labels: dict[Choice, str] = {}
        self.locs: dict[Choice, Loc] = {}
        self._choices: dict[tuple[Any, ...], Choice] = {}
        self._pretrainings: dict[tuple[Any, ...], Pretraining] = {}
        self._parents: dict[str, Pretraining | None] = {}
        self._kept: dict[Artifact, Kept] = {}
        self._reading: list[str] = []

    def of_kind(self, kind: str) -> list[Choice]:
        """Return all choices of a kind so far, in the order they were first named."""
        return [choice for key, choice in self._choices.items() if key[0] == kind]

    def choice(self, kind: str, data: Any, loc: Loc) -> Choice | None:
        """Return an entry of the axis backbone, objective or dataset, its `as` and `from` read too."""
        value = self.values.plugin(kind, data, loc)
        own = {key: data[key] for key in OWN[kind] if key in data} if isinstance(data, dict) else {}
        origin = self._origin(own["from"], (*loc, "from")) if "from" in own else None
        if value is None or (origin is None and "from" in own):
            return None
        choice = self._unique(kind, value, origin, loc)
        if "as" in own:
            self._label(choice, own["as"], (*loc, "as"))
        return choice

    def _unique(self, kind: str, value: Plugin, origin: Origin | None, loc: Loc) -> Choice:
        key = (kind, canonical(describe(value)), origin)
        if key not in self._choices:
            if origin is not None:
                base = self._unique(kind, value, origin.origin, loc)
                choice = Choice(base.value, origin, base)
            elif isinstance(value, Dataset):
                choice = self._data(value, loc)
            elif isinstance(value, Objective):
                choice = Choice(value, further=self._further(value, loc))
            else:
                if isinstance(value, Backbone):
                    self._look(value, loc)
                choice = Choice(value)
            self._choices[key] = choice
            self.locs[choice] = loc
        return self._choices[key]

    def _label(self, choice: Choice, label: Any, loc: Loc) -> None:
        if not (isinstance(label, str) and label.strip() and label.isprintable()):
            self.document.fault(loc, f"must be printable text, not {show(label)}")
        elif self.labels.setdefault(choice, label) != label:
            self.document.fault(loc, f"the same entry is called {show(self.labels[choice])} elsewhere")

    def _data(self, dataset: Dataset, loc: Loc) -> Choice:
        """Return a data set as it serves its task; its files are looked at on the way."""
        spec = dict(dataset.task) if isinstance(dataset.task, Mapping) else dataset.task
        task = self.values.plugin("task", spec, self._field(loc, "task"))
        if not isinstance(task, Task):
            self._look(dataset, loc)
            return Choice(dataset)
        try:
            dataset = dataset.serving(task)
        except BenchError as error:
            self._fault(error, loc)
        else:
            self._look(dataset, loc)
        return Choice(dataset, task=task)

    def _further(self, objective: Objective, loc: Loc) -> dict[str, Backbone]:
        """Return the backbones that an objective's settings name, by setting; their files are looked at."""
        found = {}
        for name in objective.backbones:
            data, at = getattr(objective, name), self._field(loc, name)
            for key in OWN["backbone"] if isinstance(data, Mapping) else ():
                if key in data:
                    self.document.fault((*at, key), "unknown key; it is for the axis 'backbone'", at_key=True)
            backbone = self.values.plugin("backbone", data, at)
            if isinstance(backbone, Backbone):
                self._look(backbone, at)
                found[name] = backbone
        return found

    def _look(self, value: Backbone | Dataset, loc: Loc) -> None:
        """Note what is wrong with the files that a value names."""
        try:
            value.check()
            self.identities.of(value)
        except BenchError as error:
            self._fault(error, loc)

    def _fault(self, error: BenchError, loc: Loc) -> None:
        self.document.fault(self._field(loc, getattr(error, "field", None)), str(error))

    def _field(self, loc: Loc, name: str | None) -> Loc:
        """Return where a field of an entry was written, or the entry where it was not."""
        return (*loc, name) if name is not None and (*loc, name) in self.document.values else loc

    def _origin(self, data: Any, loc: Loc) -> Origin | None:
        """Return what `from:` says: the name of one of the suite's parents, or a mapping."""
        if isinstance(data, dict) and "artifact" in data:
            return self._artifact(data, loc)
        if not isinstance(data, str):
            return self._pretraining(data, loc)
        parents = self.document.data.get("parents")
        known = parents if isinstance(parents, dict) else {}
        if data not in known:
            self.document.fault(loc, f"unknown parent {show(data)}{did_you_mean(data, known)}")
            return None
        if data in self._reading:
            circle = [*self._reading[self._reading.index(data) :], data]
            self.document.fault(loc, f"parents in a circle: {' -> '.join(map(show, circle))}")
            return None
        return self.parent(data)

    def _artifact(self, data: Mapping[str, Any], loc: Loc) -> Kept | None:
        """Return an encoder that is kept in a file."""
        self.values.known_keys(data, loc, ARTIFACT)
        path = data["artifact"]
        if not isinstance(path, str):
            self.document.fault((*loc, "artifact"), f"must be the path of a file, not {show(path)}")
            return None
        try:
            artifact = Artifact.at(path)
        except BenchError as error:
            self.document.fault((*loc, "artifact"), str(error))
            return None
        return self._kept.setdefault(artifact, Kept(artifact))

    def parent(self, name: str) -> Pretraining | None:
        """Return one of the suite's named parents."""
        if name not in self._parents:
            self._reading.append(name)
            data = self.document.data["parents"][name]
            self._parents[name] = self._pretraining(data, ("parents", name), name)
            self._reading.pop()
        return self._parents[name]

    def _pretraining(self, data: Any, loc: Loc, name: str | None = None) -> Pretraining | None:
        if not isinstance(data, dict):
            self.document.fault(loc, f"must be a mapping with objective and dataset, not {show(data)}")
            return None
        if len(self._reading) > MAX_GENERATIONS:
            self.document.fault(loc, f"more than {MAX_GENERATIONS} parents in a row")
            return None
        self.values.known_keys(data, loc, PRETRAINING)
        origin = self._origin(data["from"], (*loc, "from")) if "from" in data else None
        objective = self._part("objective", data, loc)
        dataset = self._part("dataset", data, loc)
        settings = {key: data[key] for key in Settings.model_fields if key in data}
        own_settings = self.values.changed(self.settings, settings, loc)
        own_limits = self.values.changed(self.limits, data.get("limits", {}), (*loc, "limits"))
        if own_limits.conflict:
            self.document.fault((*loc, "limits", "shots"), own_limits.conflict)
        seed = self.values.seed(data["seed"], (*loc, "seed")) if "seed" in data else None
        if objective is None or dataset is None or (origin is None and "from" in data):
            return None
        if origin is not None and origin.generation >= MAX_GENERATIONS:
            self.document.fault(loc, f"more than {MAX_GENERATIONS} parents in a row")
            return None
        name = name or f"{objective.value.spelled()} on {dataset.value.spelled()}"
        key = (objective, dataset, own_settings, own_limits, seed, origin)
        return self._pretrainings.setdefault(key, Pretraining(name, *key))

    def _part(self, kind: str, data: Mapping[str, Any], loc: Loc) -> Choice | None:
        if kind in data:
            return self.choice(kind, data[kind], (*loc, kind))
        self.document.fault(loc, f"missing key {kind!r}")
        return None
