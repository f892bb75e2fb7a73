"""Contract checks that any plugin's author can run: `bench.testing.check(MyPlugin)`, or `bench check`.

A plugin is brought to life with the settings in its `check_with`, together with partners of the right
modality from the registry, on a few real examples. The result is a list of sentences, one a
fault; an empty list means that the contract is kept as far as can be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from pydantic import ValidationError

from ..api import Plugin
from ..registry import KINDS, Owner, Registered, Registry, check_class, load
from ..toolkit.messages import one_line
from .backbones import check_backbone
from .classes import check_declared, check_described
from .datasets import check_dataset
from .evaluations import check_metric
from .executors import check_executor
from .exporters import check_exporter
from .tasks import check_task
from .trials import check_meter, check_objective, check_observer
from .values import check_value
from .writers import check_writer

__all__ = ["check"]

LIVE: Mapping[str, Callable[[Any, Registry], Iterator[str]]] = {
    "backbone": check_backbone,
    "dataset": check_dataset,
    "task": check_task,
    "metric": check_metric,
    "objective": check_objective,
    "meter": check_meter,
    "observer": check_observer,
    "executor": check_executor,
    "writer": check_writer,
    "exporter": check_exporter,
}


def check(cls: type[Plugin], registry: Registry | None = None) -> list[str]:
    """Return the faults of a plugin class; it need not be registered.

    Partners come from `registry`, by default from all that is installed; it is left as it is. A class
    without `check_with` is checked as a class only. Raises TypeError for what is no plugin class.
    """
    kind = next((kind for kind, base in KINDS.items() if issubclass(cls, base)), None)
    if kind is None:
        raise TypeError(f"{cls.__name__} is not a subclass of bench.Backbone, Task, ...")
    try:
        check_class(cls, kind)
    except TypeError as error:
        return [str(error)]
    if missing := list(check_declared(cls, kind)):
        return missing
    registry = _with(registry or load(), kind, cls)
    live = (_check_example(cls, kind, example, registry) for example in cls.check_with)
    return [*check_described(cls), *chain.from_iterable(live)]


def _with(registry: Registry, kind: str, cls: type[Plugin]) -> Registry:
    """Return a copy of a registry in which the class is registered too."""
    entries = {known: dict(plugins) for known, plugins in registry.entries.items()}
    entries[kind].setdefault(cls.name, Registered(cls, Owner(cls.name, "unregistered", "0")))
    return replace(registry, entries=entries)


def _check_example(
    cls: type[Plugin], kind: str, example: Mapping[str, Any], registry: Registry
) -> Iterator[str]:
    try:
        value = cls.model_validate(example)
    except ValidationError as error:
        yield f"its own example {dict(example)} is not valid: {error.errors()[0]['msg']}"
        return
    try:
        yield from check_value(value)
        yield from LIVE[kind](value, registry)
    except Exception as error:
        yield f"with {dict(example)}: {type(error).__name__}: {one_line(error)}"
