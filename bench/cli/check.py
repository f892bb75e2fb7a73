"""`bench check`: does a plugin keep its contract?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ..errors import BenchError
from ..registry import Owner, Registered, Registry, load
from . import options

FAULTY = 3


def check(
    target: Annotated[str, typer.Argument(help="An installed package, an entry point of one, or a file.")],
    plugin: options.PluginFiles = None,
) -> None:
    """Bring the plugins of a package or file to life and check them against their contracts.

    Those of further files are at hand as partners, such as the data set that a task needs.
    """
    from ..testing import check as check_plugin

    own = [Path(target)] if target.endswith(".py") else []
    registry = load([*own, *(plugin or [])])
    entries = _select(registry, target)
    broken = [item for item in registry.broken if _comes_from(item.owner, target)]
    for item in broken:
        print(f"BROKEN  {item.owner}: {item.reason}")
    faults = len(broken)
    if not entries and not faults:
        raise BenchError(f"no plugin comes from '{target}'; `bench list plugins` names those there are")
    for kind, entry in entries:
        found = check_plugin(entry.cls, registry)
        print(f"{'FAULTY' if found else 'ok':7} {kind} {entry.cls.name}")
        for fault in found:
            print(f"        {fault}")
        faults += len(found)
    if faults:
        raise typer.Exit(FAULTY)


def _select(registry: Registry, target: str) -> list[tuple[str, Registered]]:
    return [
        (kind, entry)
        for kind, entries in registry.entries.items()
        for entry in entries.values()
        if _comes_from(entry.owner, target)
    ]


def _comes_from(owner: Owner, target: str) -> bool:
    wanted = Path(target).name if target.endswith(".py") else target
    return _alike(wanted) in (_alike(owner.distribution), _alike(owner.plugin))


def _alike(name: str) -> str:
    """Return the form in which names of packages are compared: `bench_waves` is `bench-waves`."""
    return re.sub(r"[-_.]+", "-", name).lower()
