"""Backbone `conv1d/small`, `conv1d/large`: a convolutional network for series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from bench import Backbone, Encoder, hookimpl

WIDTHS = {"small": (8, 16, 32), "large": (32, 64, 128, 256)}


class Conv1d(Backbone):
    """Convolutions of stride 2, untrained; the mean over time is the pooled feature."""

    name: ClassVar[str] = "conv1d"
    argument: ClassVar[str | None] = "size"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"size": "small"},)

    size: Literal["small", "large"] = Field("small", description="three or four layers, up to 32 or 256 wide")
    kernel: int = Field(7, ge=2, description="samples that a convolution looks at")

    def modalities(self) -> frozenset[str]:
        """Return that it reads series."""
        return frozenset({"series"})

    def load(self) -> Encoder:
        """Build the network."""
        from .conv1d_encoder import Conv1dEncoder

        return Conv1dEncoder(WIDTHS[self.size], self.kernel)


@hookimpl
def bench_backbones() -> list[type[Backbone]]:
    """Bring the backbone."""
    return [Conv1d]
