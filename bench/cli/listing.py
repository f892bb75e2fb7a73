"""`bench list`: what is installed, and which settings it has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from ..registry import Entry, Registry, load
from . import options


class Kind(StrEnum):
    """What can be listed."""

    backbones = "backbones"
    objectives = "objectives"
    tasks = "tasks"
    datasets = "datasets"
    metrics = "metrics"
    meters = "meters"
    observers = "observers"
    plugins = "plugins"


def list_plugins(
    kind: Annotated[
        Kind | None, typer.Argument(help="One kind only; by default all, without settings.")
    ] = None,
    as_json: options.Json = False,
    plugin: options.PluginFiles = None,
) -> None:
    """List plugins, with each setting, its default and what it means."""
    registry = load(plugin or [])
    if kind is Kind.plugins:
        found: Any = list(_owners(registry))
        lines = list(_aligned(found))
    else:
        kinds = [kind.value] if kind else [k.value for k in Kind if k is not Kind.plugins]
        found = {name: [_entry(e) for e in _entries(registry, name)] for name in kinds}
        lines = list(_lines(found, settings=kind is not None))
    print(json.dumps(found, indent=1, default=str) if as_json else "\n".join(lines))


def _entries(registry: Registry, plural: str) -> list[Entry]:
    return [entry for _, entry in sorted(registry.entries[plural.removesuffix("s")].items())]


def _entry(entry: Entry) -> dict[str, Any]:
    cls = entry.cls
    return {
        "name": cls.name if cls.argument is None else f"{cls.name}/<{cls.argument}>",
        "doc": _first_line(cls.__doc__),
        "from": f"{entry.owner.distribution} {entry.owner.version}",
        "settings": [_setting(name, field) for name, field in cls.model_fields.items()],
    }


def _setting(name: str, field: FieldInfo) -> dict[str, Any]:
    return {
        "name": name,
        "default": "required" if field.is_required() else field.get_default(call_default_factory=True),
        "choices": _choices(field.annotation) or None,
        "doc": field.description or "",
    }


def _choices(annotation: Any) -> list[str]:
    """Return what a setting, or each item of one that is a list, may be."""
    if get_origin(annotation) is Literal:
        return [str(choice) for choice in get_args(annotation)]
    return [choice for part in get_args(annotation) for choice in _choices(part)]


def _owners(registry: Registry) -> Iterator[dict[str, str]]:
    reasons = {item.owner: f"broken: {item.reason}" for item in registry.broken}
    for owner in registry.owners:
        yield {
            "name": owner.plugin,
            "from": f"{owner.distribution} {owner.version}",
            "status": reasons.get(owner, "ok"),
        }


def _aligned(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    widths = [max((len(row[key]) for row in rows), default=0) for key in ("name", "from")]
    for row in rows:
        yield f"{row['name']:{widths[0]}}  {row['from']:{widths[1]}}  {row['status']}"


def _lines(found: dict[str, list[dict[str, Any]]], *, settings: bool) -> Iterator[str]:
    for plural, entries in found.items():
        yield plural if entries else f"{plural}: none"
        for entry in entries:
            yield f"  {entry['name']:28} {entry['doc']}  [{entry['from']}]"
            for setting in entry["settings"] if settings else ():
                choices = f" ({' | '.join(setting['choices'])})" if setting["choices"] else ""
                yield f"    {setting['name']}: {_yaml(setting['default'])}{choices}  {setting['doc']}"


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().split("\n", 1)[0]
