"""What every plugin is: a frozen value whose fields are its YAML keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

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

    def identity(self) -> dict[str, Any]:
        """Return everything about this value that can change an outcome, as plain JSON data.

        The identity of a cell is made of these. Override it where a field is only a way to reach
        something: put a digest of the content there instead of a path.
        """
        return {"name": self.name, **self.model_dump(mode="json")}
