"""Finds, names and checks plugins. One bad plugin never stops the others."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from . import hookspecs
from .api import (
    Backbone,
    Dataset,
    Executor,
    Exporter,
    Meter,
    Metric,
    Objective,
    Observer,
    Plugin,
    Task,
    Writer,
)
from .errors import BenchError, RegistryError
from .toolkit.files import file_digest
from .toolkit.messages import fault_of
from .toolkit.time_bound import TimeBoundReached, time_bound

GROUP = "bench"

KINDS: Mapping[str, type[Plugin]] = {
    "backbone": Backbone,
    "objective": Objective,
    "dataset": Dataset,
    "task": Task,
    "meter": Meter,
    "observer": Observer,
    "metric": Metric,
    "writer": Writer,
    "exporter": Exporter,
    "executor": Executor,
}

RESERVED = frozenset({"name", "as", "from"})
"""Keys of a suite's entries that are not fields of the plugin."""

IMPORT_SECONDS = 30
"""How long a plugin may take to import: none loads torch then, but disks and machines may be busy."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class Owner:
    """Where a plugin comes from; its version is part of the identity of every cell that uses it."""

    plugin: str
    distribution: str
    version: str

    def __str__(self) -> str:
        """Name the owner as messages do."""
        return f"{self.plugin} ({self.distribution} {self.version})"


@dataclass(frozen=True)
class Registered:
    """A registered plugin class and its owner."""

    cls: type[Plugin]
    owner: Owner


@dataclass(frozen=True)
class Broken:
    """A plugin that could not be taken in, and why."""

    owner: Owner
    reason: str


@dataclass
class Registry:
    """All plugins by kind and name; those that could not be taken in are in `broken`.

    A module has `import_seconds` to be imported.
    """

    entries: dict[str, dict[str, Registered]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    owners: list[Owner] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    import_seconds: float = IMPORT_SECONDS

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind, sorted."""
        return sorted(self.entries[kind])

    def find(self, kind: str, name: str) -> Registered | None:
        """Return what is registered under a name, if anything is."""
        return self.entries[kind].get(name)

    def create(self, kind: str, spec: Mapping[str, Any]) -> Any:
        """Return the plugin value for `{"name": ..., **fields}`, as `describe` gives it.

        Raises BenchError if no such plugin is installed (any longer).
        """
        fields = dict(spec)
        name = fields.pop("name")
        entry = self.find(kind, name)
        if entry is None:
            raise BenchError(f"no {kind} '{name}' is installed{self.broken_hint()}")
        return entry.cls.model_validate(fields)

    def meters(self) -> list[Meter]:
        """Return all meters, with their defaults."""
        return [self.create("meter", {"name": name}) for name in self.names("meter")]

    def metrics(self) -> list[Metric]:
        """Return all metrics, with their defaults."""
        return [self.create("metric", {"name": name}) for name in self.names("metric")]

    def owner(self, kind: str, value: Plugin) -> Owner:
        """Return the owner of a value's class."""
        return self.entries[kind][value.name].owner

    def broken_hint(self) -> str:
        """Return a clause that names the broken plugins, empty if there are none."""
        return "".join(f"; plugin {item.owner} is broken: {item.reason}" for item in self.broken)

    def add(self, owner: Owner, module: object) -> None:
        """Take in the plugins of a module, or list it as broken, as `take_in` does."""
        self.take_in(owner, lambda: module)

    def take_in(self, owner: Owner, load: Callable[[], object]) -> None:
        """Take in the plugins of a module that `load` imports, or list it as broken, whatever it raises.

        Raises RegistryError if a name is taken: which of the two is meant cannot be known.
        """
        self.owners.append(owner)
        try:
            with time_bound(
                self.import_seconds, f"its import takes longer than {self.import_seconds:g} seconds"
            ):
                module = load()
            found = list(_plugins_of(module, owner))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            reason = str(error) if isinstance(error, TimeBoundReached) else fault_of(error)
            self.broken.append(Broken(owner, reason))
            return
        for kind, cls in found:
            taken = self.entries[kind].get(cls.name)
            if taken is not None:
                raise RegistryError(
                    f"{kind} '{cls.name}' is claimed by {taken.owner} and by {owner}; uninstall one of them"
                )
            self.entries[kind][cls.name] = Registered(cls, owner)


def describe(value: Plugin) -> dict[str, Any]:
    """Return a value as `{"name": ..., **fields}` in plain JSON data; `Registry.create` reads it."""
    return {"name": value.name, **value.model_dump(mode="json")}


def load(files: Sequence[Path] = ()) -> Registry:
    """Return the registry of all installed plugins, and of those in `files`.

    Raises RegistryError on a name collision, BenchError if a file is not there.
    """
    registry = Registry(files=[path.resolve() for path in files])
    named = cache(_name_and_version)  # a distribution is asked once: each time it reads its whole description
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda point: (point.value, point.name)):
        registry.take_in(Owner(point.name, *named(point.dist)), point.load)
    for path in registry.files:
        load_file(registry, path)
    return registry


def _name_and_version(distribution: metadata.Distribution | None) -> tuple[str, str]:
    return (distribution.name, distribution.version) if distribution else ("unknown", "unknown")


def load_file(registry: Registry, path: Path) -> None:
    """Take in a one-file plugin; its version is the digest of the file.

    Raises BenchError if it is not there: it was named on purpose. A fault inside makes it broken.
    """
    if not path.is_file():
        raise BenchError(f"{path}: no such plugin file")
    version = file_digest(path)[:12]
    owner = Owner(path.stem, path.name, version)
    registry.take_in(owner, lambda: _import_file(path, version))


def _import_file(path: Path, version: str) -> ModuleType:
    name = f"bench_plugin_{re.sub(r'[^a-zA-Z0-9_]', '_', path.stem)}_{version}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BenchError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic resolves annotations through it
    spec.loader.exec_module(module)
    return module


def _plugins_of(module: object, owner: Owner) -> Iterator[tuple[str, type[Plugin]]]:
    """Call each hook that a module implements, and check what it hands over."""
    manager = pluggy.PluginManager("bench")
    manager.add_hookspecs(hookspecs)
    manager.register(module, name=owner.plugin)
    manager.check_pending()
    callers = manager.get_hookcallers(module) or []
    if not callers:
        raise TypeError("implements no hook of bench.hookspecs; mark its functions with @bench.hookimpl")
    kinds = {f"bench_{kind}s": kind for kind in KINDS}
    for caller in callers:
        kind = kinds[caller.name]
        for handed_over in caller():
            for cls in handed_over:
                check_class(cls, kind)
                yield kind, cls


def check_class(cls: object, kind: str) -> None:
    """Raise TypeError if a class cannot be taken in as a plugin of a kind."""
    base = KINDS[kind]
    if not (isinstance(cls, type) and issubclass(cls, base)):
        raise TypeError(f"{cls!r} is not a subclass of bench.{base.__name__}")
    name = getattr(cls, "name", None)
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        raise TypeError(f"{cls.__name__}.name is {name!r}; it must be lower case letters, digits, '-' or '_'")
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(cls.__abstractmethods__))
        raise TypeError(f"{cls.__name__} does not implement {missing}")
    for pointer in ("argument", "budget"):
        target = getattr(cls, pointer, None)
        if target is not None and target not in cls.model_fields:
            raise TypeError(f"{cls.__name__}.{pointer} is {target!r}, which is none of its fields")
    if taken := RESERVED & cls.model_fields.keys():
        raise TypeError(f"{cls.__name__} has a field that suites use themselves: {', '.join(sorted(taken))}")
