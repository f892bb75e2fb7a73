"""From the plain data of a suite to values: plugins, settings, seeds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..api import Plugin
from ..errors import BenchError
from ..registry import Registry
from .asking import asking
from .belongings import Belongings
from .document import Document, Loc
from .seeds import LARGEST_SEED, seeds_of
from .wording import MOST_UNKNOWN, findings, more_unknown, show

Model = TypeVar("Model", bound=BaseModel)

OWN: Mapping[str, tuple[str, ...]] = {
    "backbone": ("as", "from"),
    "objective": ("as",),
    "dataset": ("as",),
}
"""Keys that an entry of an axis has besides its plugin's name and fields."""


@dataclass(frozen=True)
class Values:
    """Reads values out of one document, noting there what is wrong; `sections` are the keys of any suite."""

    document: Document
    registry: Registry
    sections: tuple[str, ...] = ()

    @property
    def belongings(self) -> Belongings:
        """What belongs where."""
        return Belongings(self.document.data, self.registry, self.sections)

    def mapping(self, data: Any, loc: Loc) -> dict[str, Any]:
        """Return a mapping as it is; note anything else, and return an empty one."""
        if isinstance(data, dict):
            return data
        self.document.fault(loc, f"must be a mapping, not {show(data)}")
        return {}

    def known_keys(self, data: Mapping[str, Any], loc: Loc, known: Iterable[str]) -> None:
        """Note the keys of a mapping that are not among `known`."""
        unknown = [key for key in data if key not in known]
        for key in unknown[:MOST_UNKNOWN]:
            self.document.fault((*loc, key), "unknown key" + self.belongings.hint(key, known), at_key=True)
        if len(unknown) > MOST_UNKNOWN:
            self.document.fault(loc, more_unknown(len(unknown)))

    def seeds(self, data: Any, loc: Loc) -> list[int]:
        """Return the seeds that an entry stands for."""
        try:
            return seeds_of(data)
        except ValueError as error:
            self.document.fault(loc, str(error))
            return []

    def seed(self, data: Any, loc: Loc) -> int | None:
        """Return a seed."""
        if isinstance(data, int) and not isinstance(data, bool) and 0 <= data <= LARGEST_SEED:
            return data
        self.document.fault(loc, f"must be a whole number from 0 to {LARGEST_SEED}, not {show(data)}")
        return None

    def model(
        self,
        model: type[Model],
        fields: Mapping[str, Any],
        loc: Loc,
        at: Mapping[str, Loc] | None = None,
        own: Iterable[str] = (),
    ) -> Model | None:
        """Return the value that the fields at `loc` describe; `at` says which stand elsewhere."""
        value, details = _validated(model, fields)
        for finding in findings(details, model, fields, own, self.belongings.hint):
            first, rest = finding.loc[:1], finding.loc[1:]
            outer = (at or {}).get(str(first[0]), (*loc, *first)) if first else loc
            self.document.fault((*outer, *rest), finding.message, at_key=finding.at_key)
        return value

    def changed(self, value: Model, fields: Any, loc: Loc) -> Model:
        """Return a copy of a value with some of its fields changed."""
        own = self.model(type(value), self.mapping(fields, loc), loc)
        if own is None:
            return value
        return value.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})

    def plugin(self, kind: str, data: Any, loc: Loc) -> Plugin | None:
        """Return the plugin value of a short form `name/argument` or of a mapping with `name`."""
        own = ("name", *OWN.get(kind, ()))
        if not isinstance(data, dict):
            return self._plugin(kind, data, {}, loc, loc)
        if "name" not in data:
            self.document.fault(loc, "missing key 'name'")
            return None
        fields = {key: value for key, value in data.items() if key not in own}
        return self._plugin(kind, data["name"], fields, loc, (*loc, "name"))

    def _plugin(
        self, kind: str, spelled: Any, fields: dict[str, Any], loc: Loc, at_name: Loc
    ) -> Plugin | None:
        if not isinstance(spelled, str):
            self.document.fault(at_name, f"must be the name of a {kind}, not {show(spelled)}")
            return None
        name, slash, argument = spelled.partition("/")
        entry = self.registry.find(kind, name)
        if entry is None:
            hint = self.belongings.plugin_hint(kind, spelled) + self.registry.broken_hint()
            self.document.fault(at_name, f"unknown {kind} {show(name)}{hint}")
            return None
        cls, at = entry.cls, {}
        fault = self._misuse(cls, bool(slash), argument, fields) or _missing_package(cls)
        if fault:
            self.document.fault(at_name, fault)
            return None
        if slash:
            fields[str(cls.argument)] = argument
            at[str(cls.argument)] = at_name
        try:
            with asking(cls):
                return self.model(cls, fields, loc, at, OWN.get(kind, ()))
        except BenchError as error:
            self.document.fault(at_name, str(error))
            return None

    def _misuse(self, cls: type[Plugin], slash: bool, argument: str, fields: Mapping[str, Any]) -> str | None:
        """Return what is wrong with the use of a plugin's argument."""
        if cls.argument is None:
            return f"{cls.name!r} takes nothing after a slash" if slash else None
        if slash and cls.argument in fields:
            return f"{cls.argument} is given twice: after the slash and as a key"
        if argument or cls.argument in fields:
            return None
        if slash or cls.model_fields[cls.argument].is_required():
            return f"lacks its {cls.argument}: {cls.name}/<{cls.argument}>"
        return None


def _validated(model: type[Model], fields: Mapping[str, Any]) -> tuple[Model | None, list[ErrorDetails]]:
    """Return the value, or what is wrong: scalars are not converted, lists also stand for tuples and sets.

    That is what strict means in pydantic, given JSON. But what a validator of mode `before` returns is no
    longer JSON to it, so where strict and lax disagree on anything but a scalar, lax is right.
    """
    try:
        return model.model_validate_json(json.dumps(fields), strict=True), []
    except ValidationError as error:
        strict = error.errors(include_url=False)
    value, details = None, []
    try:
        value = model.model_validate(fields)
    except ValidationError as error:
        details = error.errors(include_url=False)
    scalars = [detail for detail in strict if _is_scalar(detail)]
    reported = {detail["loc"] for detail in scalars}
    details = [*scalars, *(detail for detail in details if detail["loc"] not in reported)]
    return (None, details) if details else (value, [])


def _is_scalar(detail: ErrorDetails) -> bool:
    types = ("int_type", "int_from_float", "float_type", "bool_type", "string_type")
    return detail["type"] in types and not isinstance(detail["input"], list | dict)


def _missing_package(cls: type[Plugin]) -> str | None:
    for module in cls.requires:
        package = module.partition(".")[0]
        if find_spec(package) is None:
            return f"{cls.name} needs package {package!r}; install it with: pip install {package}"
    return None
