"""`bench check`: does a plugin keep its contract?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import BenchError
from ..registry import Entry, Registry, load

STRICT_FAILURE = 3


def check(
    target: Annotated[str, typer.Argument(help="An installed package, an entry point of one, or a file.")],
) -> None:
    """Bring the plugins of a package or file to life and check them against their contracts."""
    from ..testing import check as check_plugin

    registry = load([Path(target)]) if target.endswith(".py") else load()
    entries = _select(registry, target)
    faults = 0
    for item in registry.broken:
        if _wanted(target) in (item.owner.plugin, item.owner.distribution):
            print(f"BROKEN  {item.owner}: {item.reason}")
            faults += 1
    if not entries and not faults:
        raise BenchError(f"no plugin comes from '{target}'; `bench list plugins` names those there are")
    for kind, entry in entries:
        found = check_plugin(entry.cls, registry)
        print(f"{'FAULTY' if found else 'ok':7} {kind} {entry.cls.name}")
        for fault in found:
            print(f"        {fault}")
        faults += len(found)
    if faults:
        raise typer.Exit(STRICT_FAILURE)


def _select(registry: Registry, target: str) -> list[tuple[str, Entry]]:
    wanted = _wanted(target)
    return [
        (kind, entry)
        for kind, entries in registry.entries.items()
        for entry in entries.values()
        if wanted in (entry.owner.distribution, entry.owner.plugin)
    ]


def _wanted(target: str) -> str:
    return Path(target).name if target.endswith(".py") else target
