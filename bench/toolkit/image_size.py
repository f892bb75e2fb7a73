"""What authors of image backbones reuse as settings: how large images become, and how they are fitted in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

Side = Annotated[int, Field(ge=1)]

ImageSize = Side | tuple[Side, Side]
"""The side of a square in pixels, or height and width."""

Fit = Literal["cover", "contain", "stretch"]
"""How an image is scaled to a size: so that it just covers it, just fits into it, or to the very size."""


def fit_identity(fit: Fit | None) -> dict[str, str]:
    """Return what the setting `fit` adds to a backbone's identity.

    That is nothing where it is not given: such a backbone is known by what it was before there was one.
    """
    return {} if fit is None else {"fit": fit}


def sides(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return height and width."""
    return (size, size) if isinstance(size, int) else size
