"""Backbones: pretrained (or untrained) encoders, their input processors and their features."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from .plugin import Plugin

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from .dataset import DatasetInfo
    from .task import Task


@dataclass(frozen=True)
class FeatureSpec:
    """The shape of what an encoder gives.

    `pooled` is the width of the pooled vector. `channels` and `strides` describe each map of
    `Features.maps`, shallow to deep; a stride is in input positions (pixels, tokens) per map position.
    """

    pooled: int
    channels: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()


@dataclass
class Features:
    """What an encoder makes of a batch of N examples; all that a head ever sees.

    pooled: `[N, D]`. maps: shallow to deep, `[N, C, H, W]` for images and `[N, L, C]` for sequences.
    mask: `[N, L]`, true where a sequence holds something and false where it is padding, at its end.
    """

    pooled: Tensor
    maps: tuple[Tensor, ...] = ()
    mask: Tensor | None = None


class Processor(Protocol):
    """Turns one raw input into arrays, always in the same way; it belongs to the weights.

    Its results are kept on disk, so they should be small: bytes rather than floats for pixels. What
    costs memory but no time, such as normalising, is the encoder's first act.
    """

    @property
    def digest(self) -> str:
        """What changes whenever the arrays for some input would change."""
        ...

    def __call__(self, raw: Any) -> Mapping[str, np.ndarray]:
        """Return the named arrays for one raw input (a PIL image, a text, ...), without a batch axis."""
        ...


class Encoder(Protocol):
    """A live backbone: a `torch.nn.Module` that has these besides."""

    spec: FeatureSpec
    processor: Processor

    def __call__(self, inputs: Mapping[str, Tensor]) -> Features:
        """Encode a batch of the processor's arrays."""
        ...

    def blocks(self) -> Sequence[nn.Module]:
        """Return modules, shallow to deep, that together hold each parameter exactly once."""
        ...

    def native_head(self, task: Task, info: DatasetInfo) -> nn.Module | None:
        """Return the head it was pretrained with, cut to `info.classes`; None where it has none that fits."""
        ...


class Backbone(Plugin):
    """An architecture and where its weights come from."""

    @abstractmethod
    def modalities(self) -> frozenset[str]:
        """Return what it can read: `image`, `text`, ...; known without loading it."""

    @abstractmethod
    def load(self) -> Encoder:
        """Build the encoder on the CPU, with its weights.

        Untrained weights are drawn from torch's global generator, which the caller has seeded.
        Raises WeightsError where weights cannot be had or do not fit.
        """

    def export(self, encoder: Encoder, folder: Path) -> str:
        """Write the weights of a trained encoder so that others can load them; return Python that does.

        They belong in `folder / "model.safetensors"`, under the names that the backbone's own library
        uses; by default it is the encoder's state as it is. The Python is run beside the folder.
        Raises UnsuitableError if that library could not load them.
        """
        from safetensors.torch import save_file

        state = cast("nn.Module", encoder).state_dict()
        # Tied weights share memory, which the format refuses; copies load just as well.
        copies = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in state.items()}
        save_file(copies, folder / "model.safetensors", metadata={"format": "pt"})
        return (
            "from safetensors.torch import load_file\n\n"
            f"state = load_file({f'{folder.name}/model.safetensors'!r})"
        )
