"""Images with the boxes that annotations give them, and which of these lie within the images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from bench import Box, Split

TOLERANCE = 1.0
"""Pixels by which edges may be off the image without being spoken of, as tools round them."""


@dataclass(frozen=True)
class Annotated:
    """An image file and the objects in it.

    `bounds` are the width and height in which edges are measured: in pixels, or of 1 for shares of the
    sides. `where` is what messages call the annotation.
    """

    image: Path
    bounds: tuple[float, float]
    boxes: tuple[Box, ...]
    where: str

    @property
    def shares(self) -> bool:
        """Whether edges are shares of the sides."""
        return self.bounds == (1.0, 1.0)


@dataclass
class Tidied:
    """What was done about boxes of a split: how many there are, and the first place of each fault."""

    boxes: int = 0
    cut: int = 0
    empty: int = 0
    first_cut: str = ""
    first_empty: str = ""

    def notes(self, split: Split) -> Iterator[str]:
        """Say what readers of results should know."""
        if self.cut:
            yield (
                f"{split}: {self.cut} of {self.boxes} boxes reach beyond their images and are cut off there, "
                f"such as in {self.first_cut}"
            )
        if self.empty:
            yield (
                f"{split}: {self.empty} of {self.boxes} boxes have no area within their images and are left "
                f"out, such as in {self.first_empty}"
            )


def tidy(annotated: Annotated, tidied: Tidied) -> Annotated:
    """Return an image with its boxes cut to it, without those that have no area; `tidied` counts both."""
    width, height = annotated.bounds
    slack = 0.01 if annotated.shares else TOLERANCE
    kept = []
    for box in annotated.boxes:
        tidied.boxes += 1
        within = replace(
            box,
            left=min(max(box.left, 0.0), width),
            top=min(max(box.top, 0.0), height),
            right=max(min(box.right, width), 0.0),
            bottom=max(min(box.bottom, height), 0.0),
        )
        if not (within.left < within.right and within.top < within.bottom):
            tidied.empty += 1
            tidied.first_empty = tidied.first_empty or annotated.where
            continue
        moved = max(abs(a - b) for a, b in zip(astuple(box)[1:5], astuple(within)[1:5], strict=True))
        if moved > slack:
            tidied.cut += 1
            tidied.first_cut = tidied.first_cut or annotated.where
        kept.append(within)
    return replace(annotated, boxes=tuple(kept))
