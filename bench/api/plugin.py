"""What every plugin is: a frozen value whose fields are its YAML keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict


class Plugin(BaseModel):
    """A value that describes; one verb of each kind (`load`, `train`, ...) makes it live.

    Because it is only a value, `bench` can check it, print it, hash it and plan with it without importing
    torch. So a plugin's module imports heavy libraries inside its verbs, not at its top.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    name: ClassVar[str]
    """What suites call it: lower case letters, digits, `-` and `_`."""

    argument: ClassVar[str | None] = None
    """The field that text after a slash fills: with `"model"`, `timm/resnet18` is `model: resnet18`."""

    requires: ClassVar[tuple[str, ...]] = ()
    """Modules its verbs import beyond torch: checked when planning, preloaded before cells run."""

    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    """Settings with which contract checks may bring it to life in seconds, with no network."""

    def spelled(self) -> str:
        """Return the short form a suite could use: `timm/resnet18`, `digits`."""
        if self.argument is None:
            return self.name
        return f"{self.name}/{getattr(self, self.argument)}"

    @classmethod
    def choices(cls) -> Collection[str]:
        """Return what its argument may be, as far as that is known at once, and without heavy imports.

        Messages suggest them: `resnet18` may be meant to be `timm/resnet18`. By default what the field lists.
        """
        return () if cls.argument is None else literals(cls.model_fields[cls.argument].annotation)

    def identity(self) -> dict[str, Any]:
        """Return everything about this value that can change an outcome, as plain JSON data.

        The identity of a cell is made of these. Override it where a field is only a way to reach
        something: put a digest of the content there instead of a path.
        """
        return {"name": self.name, **self.model_dump(mode="json")}


def literals(annotation: Any) -> list[str]:
    """Return what a field of this type, or each item of one that is a list, may be; empty if that is open."""
    if get_origin(annotation) is Literal:
        return [str(choice) for choice in get_args(annotation)]
    return [choice for part in get_args(annotation) for choice in literals(part)]
