"""A cell: one backbone x objective x data set x seed with its settings; the unit of work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ..api import Backbone, Dataset, Figure, Limits, Objective, Settings, Task
from ..errors import WeightsError
from ..registry import Registry, describe
from ..toolkit.files import file_digest, user_path
from .identity import FORMAT, Identities, canonical, digest, digest_of, row
from .titles import title


@dataclass(frozen=True)
class Artifact:
    """A file with a trained encoder, known by the sha256 of its content, wherever it lies."""

    path: str
    digest: str

    @classmethod
    def at(cls, path: str) -> Artifact:
        """Return the artifact at a path. Raises WeightsError if there is no such file that can be read."""
        file = user_path(path)
        if file.suffix != ".safetensors" or not file.is_file():
            raise WeightsError(f"{path}: no such .safetensors file")
        try:
            return cls(str(file.resolve()), file_digest(file))
        except OSError as error:
            raise WeightsError(f"{path}: cannot be read: {error.strerror or error}") from error


class Training(NamedTuple):
    """The id of a training, whatever its budget, and the budget that a cell gives it."""

    id: str
    budget: int

    @classmethod
    def of(cls, identity: Mapping[str, Any], objective: Objective) -> Training | None:
        """Return that of a cell by its identity; None if it cannot go on to a larger budget."""
        budget = objective.budget
        if budget is None or objective.final() is not None:
            return None
        others = {name: value for name, value in identity["objective"].items() if name != budget}
        return cls(digest({**identity, "objective": others})[:16], getattr(objective, budget))


@dataclass(frozen=True)
class Cell:
    """A unit of work.

    `labels` are what tables call it, axis by axis, without the seed. `device` is the one asked for.
    `parent` is the cell whose trained encoder this one starts from, `artifact` a file with one instead.
    `further` are the backbones that the objective's settings name, by setting. `versions` are those of the
    plugins it uses, by `kind/name`.
    """

    backbone: Backbone
    objective: Objective
    dataset: Dataset
    task: Task
    seed: int
    settings: Settings
    limits: Limits
    device: str
    labels: Mapping[str, str]
    versions: Mapping[str, str]
    parent: Cell | None = None
    artifact: Artifact | None = None
    further: Mapping[str, Backbone] = field(default_factory=dict)
    identities: Identities = field(default_factory=Identities, repr=False, compare=False)
    """Shared by the cells of a plan."""

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that can change the outcome; no host, no path, no label."""
        return {
            "format": FORMAT,
            "backbone": self.identities.of(self.backbone),
            "objective": self.identities.of(self.objective),
            "dataset": self.identities.of(self.dataset),
            "task": self.identities.of(self.task),
            "seed": self.seed,
            "settings": self.identities.of(self.settings),
            "limits": self.identities.of(self.limits),
            "device": self.device,
            "versions": dict(self.versions),
            "parent": self.parent.id if self.parent else None,
            "artifact": self.artifact.digest if self.artifact else None,
            **self._further(self.identities.of),
        }

    @property
    def primary(self) -> Figure:
        """The figure to choose and rank by."""
        return self.objective.ranks_by(self.task)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The declared figures of quality; of those with the same name the last counts."""
        return (*self.task.figures, *self.objective.figures, self.primary)

    @cached_property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the sha256 of the identity."""
        parent = canonical(self.parent.id) if self.parent else "null"
        return digest_of(self.identity_text(str(self.seed), parent))[:16]

    def identity_text(self, seed: str, parent: str) -> str:
        """Return the canonical text of the identity with those of another seed and parent.

        A plan may have a million cells, which share all of its other parts.
        """
        text = self.identities.text
        artifact = canonical(self.artifact.digest) if self.artifact else "null"
        further = canonical(self._further(self.identities.of))[1:-1] if self.further else ""
        return (
            f'{{"artifact":{artifact},"backbone":{text(self.backbone)},"dataset":{text(self.dataset)},'
            f'"device":{canonical(self.device)},"format":{FORMAT},{further}{"," * bool(further)}'
            f'"limits":{text(self.limits)},"objective":{text(self.objective)},"parent":{parent},'
            f'"seed":{seed},"settings":{text(self.settings)},"task":{text(self.task)},'
            f'"versions":{text(self.versions)}}}'
        )

    @property
    def final(self) -> str | None:
        """Why its training cannot go on to a larger budget; None if it can."""
        if self.objective.budget is None:
            return f"objective '{self.objective.name}' has no budget"
        return self.objective.final()

    @cached_property
    def training(self) -> Training | None:
        """What larger budgets can go on from; its id is equal for cells that differ in budget alone."""
        return None if self.final is not None else Training.of(self.identity, self.objective)

    @cached_property
    def row(self) -> str:
        """What is equal for cells that differ in nothing but their seed, and those of their parents."""
        return row(self.labels, self.identity, self.parent.row if self.parent else None)

    @property
    def title(self) -> str:
        """What people call it: `cifar/resnet20 · fine-tune · digits · batch_size 16 · seed 0`."""
        return title(self.labels, self.seed)

    def spec(self) -> dict[str, Any]:
        """Return the cell as plain JSON data, from which `from_spec` makes it again."""
        return {
            "backbone": describe(self.backbone),
            "objective": describe(self.objective),
            "dataset": describe(self.dataset),
            "task": describe(self.task),
            "seed": self.seed,
            "settings": self.settings.identity(),
            "limits": self.limits.identity(),
            "device": self.device,
            "labels": dict(self.labels),
            "versions": dict(self.versions),
            "parent": self.parent.spec() if self.parent else None,
            "artifact": asdict(self.artifact) if self.artifact else None,
            **self._further(describe),
        }

    def _further(self, written: Callable[[Backbone], dict[str, Any]]) -> dict[str, Any]:
        """Return the further backbones, each as it is to be written; nothing where there are none."""
        further = {name: written(backbone) for name, backbone in self.further.items()}
        return {"further": further} if further else {}

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any], registry: Registry) -> Cell:
        """Return the cell that `spec` describes.

        Raises BenchError if one of its plugins is not installed.
        """
        parent = spec["parent"]
        return cls(
            backbone=registry.create("backbone", spec["backbone"]),
            objective=registry.create("objective", spec["objective"]),
            dataset=registry.create("dataset", spec["dataset"]),
            task=registry.create("task", spec["task"]),
            seed=spec["seed"],
            settings=Settings.model_validate(spec["settings"]),
            limits=Limits.model_validate(spec["limits"]),
            device=spec["device"],
            labels=spec["labels"],
            versions=spec["versions"],
            parent=cls.from_spec(parent, registry) if parent else None,
            artifact=Artifact(**spec["artifact"]) if spec["artifact"] else None,
            further={
                name: registry.create("backbone", data) for name, data in spec.get("further", {}).items()
            },
        )
