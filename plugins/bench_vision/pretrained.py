"""What the image backbones of this package have in common as values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import Field

from bench import Backbone, Classifier, Encoder, WeightsError
from bench.toolkit.image_size import Fit, ImageSize, fit_identity
from bench.toolkit.messages import did_you_mean
from bench.toolkit.weights import weights_identity
from bench.toolkit.weights_check import check_weights

if TYPE_CHECKING:
    from bench.toolkit.images import ImageEncoder

    from .export import Made


class ImageBackbone(Backbone):
    """An image model by name, with weights from a library's hub or a file."""

    argument: ClassVar[str | None] = "model"

    model: str = Field(description="name of the model")
    weights: str = Field(
        "default", description="default, none (untrained), a tag, or a file (FILE#PART) or folder"
    )
    image_size: ImageSize | None = Field(
        None, description="side of the image in pixels, or [height, width]; by default the weights'"
    )
    fit: Fit | None = Field(
        None,
        description="how whole images come to that size: stretch, contain (with a border) or cover; "
        "by default the middle is cut out, as the weights are tested",
    )

    def modalities(self) -> frozenset[str]:
        """Return that it reads images."""
        return frozenset({"image"})

    def check(self) -> None:
        """Raise WeightsError for a file of weights that is missing or damaged."""
        check_weights(self.weights)

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of a weights file in place of its path."""
        own = {name: value for name, value in super().identity().items() if name != "fit"}
        return {**own, **fit_identity(self.fit), "weights": weights_identity(self.weights)}

    def export(self, encoder: Encoder, folder: Path, classifier: Classifier | None = None) -> str:
        """Write the weights under the library's own names; return Python that gives its model with them.

        Without a classifier that model makes the pooled features of normalised images.
        """
        from .export import export_image_model

        ours = cast("ImageEncoder", encoder)
        return export_image_model(ours, classifier, folder, partial(self.make, ours, folder))

    def load_exported(self, folder: Path) -> Encoder:
        """Return the encoder that `export` wrote into a folder."""
        return self.model_copy(update={"weights": str(folder)}).load()

    @abstractmethod
    def make(self, encoder: ImageEncoder, folder: Path, classes: Sequence[str]) -> Made:
        """Return the library's own model for some classes, untrained, and how to make it.

        For no classes it has no classifier. Raises UnsuitableError if the library has no such model.
        """


def unknown(who: str, what: str, name: str, known: Collection[str], field: str | None = None) -> WeightsError:
    """Return the error for a name that a library does not have, with the nearest one that it has."""
    return WeightsError(f"{who}: there is no {what} '{name}'{did_you_mean(name, known)}", field)
