"""What a word may have been meant to be that stands where it is unknown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..api import Limits, Plugin, Settings
from ..registry import Registry
from ..toolkit.messages import did_you_mean

AXES = ("backbone", "objective", "dataset")
SHOWN = 3
"""How many plugins a message names."""

Owner = tuple[str, type[Plugin]]
"""A kind, and a plugin of it."""


@dataclass(frozen=True)
class Belongings:
    """What belongs where in the suite that `data` is; `sections` are the keys of any suite."""

    data: Any
    registry: Registry
    sections: Collection[str] = ()

    def hint(self, key: object, known: Iterable[str]) -> str:
        """Return the end of a message about a key that is not among those known in its place.

        It says where in this suite the very key belongs, or which of those known is like it, or what
        installed plugin has such a setting.
        """
        return self._here(key) or did_you_mean(key, known) or _settings(key, self._installed())

    def _here(self, key: object) -> str:
        if key in Settings.axes():
            return "; it belongs under 'defaults', or under 'matrix' for several values"
        if key in Settings.model_fields:
            return "; it belongs under 'defaults'"
        if key in Limits.model_fields:
            return "; it belongs under 'limits'"
        if key == "seed" or key in AXES:
            return "; it belongs under 'matrix'"
        if key in self.sections:
            return "; it belongs at the top of the suite"
        return _settings(key, self._owners)

    @cached_property
    def _owners(self) -> Collection[Owner]:
        """The plugins that the suite names, each once."""
        return dict.fromkeys(self._named(self.data))

    def _installed(self) -> Iterator[Owner]:
        for kind in (*AXES, "task"):
            yield from ((kind, entry.cls) for entry in self.registry.entries[kind].values())

    def _named(self, node: Any) -> Iterator[Owner]:
        """Give the plugins that a part of the suite names."""
        if isinstance(node, list):
            for item in node:
                yield from self._named(item)
        elif isinstance(node, dict):
            for key, value in node.items():
                for item in value if isinstance(value, list) else [value]:
                    yield from self._plugin(key, item)
                yield from self._named(value)

    def _plugin(self, kind: str, item: Any) -> Iterator[Owner]:
        spelled = item.get("name") if isinstance(item, dict) else item
        if kind in AXES and isinstance(spelled, str):
            entry = self.registry.find(kind, spelled.partition("/")[0])
            if entry is not None:
                yield kind, entry.cls

    def plugin_hint(self, kind: str, spelled: str) -> str:
        """Return the end of a message about a plugin that is not installed.

        It names the families that have something of this very name, or the plugin that is called alike, or
        what is called alike in a family.
        """
        families = [entry.cls for entry in self.registry.entries[kind].values() if entry.cls.argument]
        members = {cls.name: cls.choices() for cls in families}
        exact = [f"'{name}/{spelled}'" for name, choices in members.items() if spelled in choices]
        if exact:
            return f"; did you mean {_listed(exact, 'or')}?"
        all_of_them = {choice: f"{name}/{choice}" for name, choices in members.items() for choice in choices}
        return did_you_mean(spelled.partition("/")[0], self.registry.names(kind)) or did_you_mean(
            spelled, all_of_them, show=all_of_them.__getitem__
        )


def _settings(key: object, owners: Iterable[Owner]) -> str:
    """Return a clause that names the plugins which have a setting of this name; empty if there are none."""
    found = [(kind, cls) for kind, cls in owners if key in cls.model_fields]
    if not found:
        return ""
    names = [f"{kind} '{cls.name}'" for kind, cls in found]
    kind, cls = found[0]
    shown = names[:SHOWN] + (["others"] if len(names) > SHOWN else [])
    return (
        f"; it is a setting of {_listed(shown, 'and')}: `{kind}: {{name: {_placeholder(cls)}, {key}: ...}}`"
    )


def _placeholder(cls: type[Plugin]) -> str:
    return cls.name if cls.argument is None else f"{cls.name}/..."


def _listed(items: list[str], conjunction: str) -> str:
    return f" {conjunction} ".join(filter(None, (", ".join(items[:-1]), items[-1])))
