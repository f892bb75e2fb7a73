"""What tables call the entries of a suite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..api import Limits, Plugin, Settings
from .entries import Choice


@dataclass(frozen=True)
class Labels:
    """The name of each choice, and the settings to be told because cells differ in them.

    `used` are the values, by setting and limit, that occur in the cells of the matrix.
    """

    names: Mapping[Choice, str]
    used: Mapping[str, frozenset[Any]]

    def of(
        self, backbone: Choice, objective: Choice, dataset: Choice, settings: Settings, limits: Limits
    ) -> dict[str, str]:
        """Return a cell's labels by axis: the three choices, then the settings worth telling."""
        chosen = {"backbone": backbone, "objective": objective, "dataset": dataset}
        labels = {axis: self.names[choice] for axis, choice in chosen.items()}
        for name, value in (*settings, *limits):
            if self.used[name] != {value}:
                labels[name] = _spell(value)
        return labels


def name_choices(choices: Iterable[Choice], given: Mapping[Choice, str]) -> dict[Choice, str]:
    """Return the name of each choice: the label given, else its short form.

    Choices with the same short form are told apart by the fields in which they differ, as far as these
    are not at their default: `cifar/resnet20` and `cifar/resnet20 (weights=none)`.
    """
    alike: dict[str, list[Choice]] = {}
    for choice in choices:
        if choice not in given:
            alike.setdefault(_short(choice, ()), []).append(choice)
    names = dict(given)
    for group in alike.values():
        differing = _differing([choice.value for choice in group])
        names |= {choice: _short(choice, differing) for choice in group}
    return names


def _differing(values: Sequence[Plugin]) -> list[str]:
    """Return the fields in which values of one class differ."""
    fields = type(values[0]).model_fields
    told = (name for name in fields if name != values[0].argument)
    return [name for name in told if any(getattr(v, name) != getattr(values[0], name) for v in values)]


def _short(choice: Choice, fields: Sequence[str]) -> str:
    value: Plugin = choice.value
    data = value.model_dump(mode="json")
    details = [
        f"{name}={_spell(data[name])}"
        for name in fields
        if getattr(value, name) != type(value).model_fields[name].get_default(call_default_factory=True)
    ]
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
