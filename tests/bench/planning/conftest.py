"""A small world of plugins that can be planned with, and need nothing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import settings
from pydantic import Field, field_validator

from bench import (
    Backbone,
    DataError,
    Dataset,
    Executor,
    Figure,
    Objective,
    Observer,
    Task,
    hookimpl,
)
from bench.registry import Owner, Registry
from bench.toolkit.recipe import Recipe

# A machine that is busy with something else is no fault of what is tested.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


class Net(Backbone):
    """A network for images."""

    name: ClassVar[str] = "net"
    argument: ClassVar[str] = "model"

    model: Literal["small", "large"] = Field(description="its size")
    weights: str | tuple[str, ...] = Field("default", description="where its weights come from")
    options: dict[str, Any] = Field(default_factory=dict, description="anything else")

    def modalities(self) -> frozenset[str]:
        return frozenset({"image"})

    def load(self) -> Any: ...


class Reader(Net):
    """A network for texts, which has no models to choose from."""

    name: ClassVar[str] = "reader"
    argument: ClassVar[None] = None

    model: Literal["small", "large"] = "small"
    depth: int | None = Field(None, ge=1)

    def modalities(self) -> frozenset[str]:
        return frozenset({"text"})


class Needy(Reader):
    """A network that needs what is not there."""

    name: ClassVar[str] = "needy"
    requires: ClassVar[tuple[str, ...]] = ("json", "no_such_package.inner")


class Tune(Recipe, Objective):
    """Training of everything."""

    name: ClassVar[str] = "tune"
    budget: ClassVar[str | None] = "epochs"

    @field_validator("momentum")
    @classmethod
    def _round(cls, momentum: float) -> float:
        if momentum == 0.5:
            raise ValueError("a half is unlucky")
        return momentum

    def train(self, run: Any) -> Any: ...


class Probe(Objective):
    """Training of the head."""

    name: ClassVar[str] = "probe"

    lr: float = Field(0.1, gt=0)
    skips: ClassVar[list[tuple[str, str]]] = []

    def skip(self, backbone: Backbone, task: Task, dataset: Dataset) -> str | None:
        self.skips.append((backbone.spelled(), dataset.spelled()))
        large = getattr(backbone, "model", None) == "large"
        return "a large network is too slow to probe" if large else None

    def train(self, run: Any) -> Any: ...


class Data(Dataset):
    """What the data sets here have in common."""

    looked_at: ClassVar[list[str]] = []

    def fingerprint(self) -> str:
        self.looked_at.append(self.spelled())
        return "abc"

    def info(self) -> Any: ...

    def load(self, split: Any) -> Any: ...


class Shapes(Data):
    """Images of shapes."""

    name: ClassVar[str] = "shapes"
    task: ClassVar[str] = "seeing"

    classes: tuple[str, ...] = Field(("dot", "line"), description="which shapes")

    def check(self) -> None:
        for shape in self.classes:
            if shape not in ("dot", "line", "box"):
                raise DataError(f"unknown class {shape!r}", field="classes")


class Table(Data):
    """A file of comma-separated values."""

    name: ClassVar[str] = "table"

    file: Path = Field(description="the file")
    label: str = Field("label", description="the column of classes")
    task: Any = Field({"name": "reading", "width": 3}, description="what it is for")

    def check(self) -> None:
        if not self.file.is_file():
            raise DataError(f"no file {str(self.file)!r}", field="file")
        if self.label not in self.file.read_text().splitlines()[0].split(","):
            raise DataError(f"no column {self.label!r}", field="label")


class Seeing(Task):
    """To tell images apart."""

    name: ClassVar[str] = "seeing"
    modality: ClassVar[str] = "image"
    figures: ClassVar[tuple[Figure, ...]] = (Figure("accuracy", better="higher"),)
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "class"

    def prepare(self, example: Any, processor: Any) -> Any: ...

    def collate(self, samples: Any) -> Any: ...

    def head(self, encoder: Any, info: Any) -> Any: ...

    def loss(self, head: Any, features: Any, targets: Any) -> Any: ...

    def predict(self, head: Any, features: Any) -> Any: ...

    def metrics(self, info: Any) -> Any: ...


class Reading(Seeing):
    """To tell texts apart."""

    name: ClassVar[str] = "reading"
    modality: ClassVar[str] = "text"

    width: int = Field(1, ge=1)


class Bell(Observer):
    """Rings."""

    name: ClassVar[str] = "bell"

    times: int = Field(1, ge=1)

    def follow(self, cell: Any) -> Any: ...


class Process(Executor):
    """The default."""

    name: ClassVar[str] = "process"

    def open(self, files: Any, modules: Any) -> Any: ...


class Farm(Process):
    """Many machines."""

    name: ClassVar[str] = "farm"

    machines: int = Field(1, ge=1, description="how many")


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The plugins above, and one that is broken when asked for by `broken_registry`."""
    registry = Registry()
    registry.add(Owner("world", "world-of-tests", "1.2"), world())
    assert not registry.broken
    return registry


def world() -> SimpleNamespace:
    return SimpleNamespace(
        bench_backbones=hookimpl(lambda: [Net, Reader, Needy], specname="bench_backbones"),
        bench_objectives=hookimpl(lambda: [Tune, Probe], specname="bench_objectives"),
        bench_datasets=hookimpl(lambda: [Shapes, Table], specname="bench_datasets"),
        bench_tasks=hookimpl(lambda: [Seeing, Reading], specname="bench_tasks"),
        bench_observers=hookimpl(lambda: [Bell], specname="bench_observers"),
        bench_executors=hookimpl(lambda: [Process, Farm], specname="bench_executors"),
    )
