"""`bench list`: what is installed, which settings it has, and what it measures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo

from ..api import Figure
from ..api.plugin import literals
from ..registry import Registered, Registry, load
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
    executors = "executors"
    writers = "writers"
    exporters = "exporters"
    plugins = "plugins"


def list_plugins(
    kind: Annotated[
        Kind | None, typer.Argument(help="One kind only; by default all, without settings.")
    ] = None,
    as_json: options.Json = False,
    plugin: options.PluginFiles = None,
) -> None:
    """List plugins, with each setting, its default and what it means, and with what they measure."""
    registry = load(plugin or [])
    if kind is Kind.plugins:
        found: Any = list(_owners(registry))
        lines = list(_aligned(found))
    else:
        kinds = [kind.value] if kind else [k.value for k in Kind if k is not Kind.plugins]
        found = {name: [_entry(e) for e in _entries(registry, name)] for name in kinds}
        lines = list(_lines(found, details=kind is not None))
    print(json.dumps(found, indent=1, default=str) if as_json else "\n".join(lines))


def _entries(registry: Registry, plural: str) -> list[Registered]:
    return [entry for _, entry in sorted(registry.entries[plural.removesuffix("s")].items())]


def _entry(entry: Registered) -> dict[str, Any]:
    cls = entry.cls
    return {
        "name": cls.name if cls.argument is None else f"{cls.name}/<{cls.argument}>",
        "doc": _first_line(cls.__doc__),
        "from": f"{entry.owner.distribution} {entry.owner.version}",
        "settings": [_setting(name, field) for name, field in cls.model_fields.items()],
        "figures": [_figure(figure) for figure in getattr(cls, "figures", ())],
    }


def _setting(name: str, field: FieldInfo) -> dict[str, Any]:
    return {
        "name": name,
        "default": "required" if field.is_required() else field.get_default(call_default_factory=True),
        "choices": literals(field.annotation) or None,
        "doc": field.description or "",
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "column": figure.column("<phase>") if figure.by_phase else figure.name,
        "unit": figure.unit,
        "better": figure.better,
        "doc": figure.doc,
    }


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


def _lines(found: dict[str, list[dict[str, Any]]], *, details: bool) -> Iterator[str]:
    for plural, entries in found.items():
        yield plural if entries else f"{plural}: none"
        for entry in entries:
            yield f"  {entry['name']:28} {entry['doc']}  [{entry['from']}]"
            if details:
                yield from map(_setting_line, entry["settings"])
                yield from map(_figure_line, entry["figures"])


def _setting_line(setting: Mapping[str, Any]) -> str:
    choices = f" ({' | '.join(setting['choices'])})" if setting["choices"] else ""
    return f"    {setting['name']}: {_yaml(setting['default'])}{choices}  {setting['doc']}"


def _figure_line(figure: Mapping[str, Any]) -> str:
    better = "" if figure["better"] == "neither" else f"{figure['better']} is better"
    told = ", ".join(filter(None, (figure["unit"], better)))
    return f"    -> {figure['column']}{f' ({told})' if told else ''}  {figure['doc']}"


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().split("\n", 1)[0]
