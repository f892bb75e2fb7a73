"""What tables call the entries of a suite."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..api import Limits, Plugin, Settings
from .entries import Choice


@dataclass(frozen=True)
class Labels:
    """The name of each choice, and the settings that labels mention because cells differ in them.

    `used` are the values, by setting and limit, that occur in the cells of the matrix.
    """

    names: Mapping[Choice, str]
    used: Mapping[str, frozenset[Any]]

    def of(
        self, backbone: Choice, objective: Choice, dataset: Choice, settings: Settings, limits: Limits
    ) -> dict[str, str]:
        """Return a cell's labels by axis: the three choices, then the settings in which cells differ."""
        chosen = {"backbone": backbone, "objective": objective, "dataset": dataset}
        labels = {axis: self.names[choice] for axis, choice in chosen.items()}
        values = {**dict(settings), **dict(limits)}
        for name, used in self.used.items():
            if used != {values[name]}:
                labels[name] = _spell(values[name])
        return labels


def name_choices(
    axis: Sequence[Choice], others: Sequence[Choice], given: Mapping[Choice, str]
) -> dict[Choice, str]:
    """Return the name of each choice of a kind: the label given, or its short form.

    Choices of an axis with the same short form are distinguished by the fields in which they differ, as far
    as these are not at their default: `cifar/resnet20` and `cifar/resnet20 (weights=none)`. The `others`,
    which occur in parents only, are distinguished from all.
    """
    names = {choice: given[choice] for choice in (*axis, *others) if choice in given}
    for group in _alike([choice for choice in axis if choice not in given]):
        differing = _differing(group)
        for choice in group:
            cls = type(choice.value)
            unusual = [name for name in differing if getattr(choice.value, name) != _default(cls, name)]
            names[choice] = _short(choice, unusual)
    for group in _alike([*axis, *others]):
        differing = _differing(group)
        names.update((choice, _short(choice, differing)) for choice in group if choice not in names)
    return names


def _alike(choices: Sequence[Choice]) -> list[list[Choice]]:
    """Return the choices in groups that share a short form."""
    groups: dict[str, list[Choice]] = {}
    for choice in choices:
        groups.setdefault(_short(choice), []).append(choice)
    return list(groups.values())


def _differing(group: Sequence[Choice]) -> list[str]:
    """Return the fields in which values of one class differ."""
    first: Plugin = group[0].value
    fields = [name for name in type(first).model_fields if name != first.argument]
    return [name for name in fields if any(getattr(c.value, name) != getattr(first, name) for c in group)]


def _default(cls: type[Plugin], name: str) -> Any:
    return cls.model_fields[name].get_default(call_default_factory=True)


def _short(choice: Choice, fields: Sequence[str] = ()) -> str:
    value: Plugin = choice.value
    data = value.model_dump(mode="json")
    details = [f"{name}={_spell(data[name])}" for name in fields]
    if choice.origin is not None:
        details.append(f"from {choice.origin.name}")
    return f"{value.spelled()} ({', '.join(details)})" if details else value.spelled()


def _spell(value: Any) -> str:
    """Return a field's plain value as it would be written in a suite, nearly."""
    if isinstance(value, list):
        return ",".join(map(_spell, value))
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value)
