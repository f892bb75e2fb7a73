"""What the image backbones of this package have in common as values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import Field

from bench import Backbone, Encoder, WeightsError
from bench.toolkit.messages import did_you_mean
from bench.toolkit.weights import weights_identity
from bench.toolkit.weights_check import check_weights

if TYPE_CHECKING:
    from torch import nn

    from bench.toolkit.images import ImageEncoder


class ImageBackbone(Backbone):
    """An image model by name, with weights from a library's hub or a file."""

    argument: ClassVar[str | None] = "model"

    model: str = Field(description="name of the model")
    weights: str = Field(
        "default", description="default, none (untrained), a tag, or a file (FILE#PART) or folder"
    )
    image_size: int | None = Field(
        None, ge=1, description="side of the image in pixels; by default the weights'"
    )

    def modalities(self) -> frozenset[str]:
        """Return that it reads images."""
        return frozenset({"image"})

    def check(self) -> None:
        """Raise WeightsError for a file of weights that is missing or damaged."""
        check_weights(self.weights)

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of a weights file in place of its path."""
        return {**super().identity(), "weights": weights_identity(self.weights)}

    def export(self, encoder: Encoder, folder: Path) -> str:
        """Write the weights under the library's own names; return Python that gives its model with them.

        That model makes the pooled features of normalised images.
        """
        ours = cast("ImageEncoder", encoder)
        # The trunk is the library's own model, without its classifier.
        loading = self.loading(ours.trunk, f"{folder.name}/model.safetensors")
        super().export(cast(Encoder, ours.trunk), folder)
        mean, std = ([round(value, 6) for value in each.flatten().tolist()] for each in (ours.mean, ours.std))
        return (
            f"{loading}\nmodel.eval()\n"
            f"# Images [N, 3, H, W] with values in 0..1, less {mean}, divided by {std},\n"
            "# give the pooled features [N, D]."
        )

    @abstractmethod
    def loading(self, trunk: nn.Module, file: str) -> str:
        """Return Python that makes the library's `model`, without a classifier, with a trunk's weights."""


def unknown(who: str, what: str, name: str, known: Collection[str], field: str | None = None) -> WeightsError:
    """Return the error for a name that a library does not have, with the nearest one that it has."""
    return WeightsError(f"{who}: there is no {what} '{name}'{did_you_mean(name, known)}", field)
