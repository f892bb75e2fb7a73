"""Backbone `mel-cnn`: a small convolutional network over log-mel spectrograms, untrained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from bench import Backbone, Encoder, hookimpl
from bench.toolkit.weights import weights_identity, weights_part, weights_path
from bench.toolkit.weights_check import check_weights


def none_or_file(weights: str) -> str:
    """Return a `weights` setting. Raises ValueError for one that is neither `none` nor a file."""
    if weights != "none" and weights_path(weights) is None:
        raise ValueError(f"'{weights}' is neither 'none' nor a file or folder; no weights come with mel-cnn")
    return weights


class MelCnn(Backbone):
    """Four 3x3 convolutions over time and frequency, and four over time; 0.9 M parameters at width 256.

    A state stands for 20 ms, and sees half a second. Spectra have a window of 25 ms each 10 ms, and each
    sound's are brought to mean 0 and deviation 1, so that neither loudness nor microphone count.
    """

    name: ClassVar[str] = "mel-cnn"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"rate": 8000, "bands": 16, "width": 16},)

    weights: Annotated[str, AfterValidator(none_or_file)] = Field(
        "none", description="none (untrained), or a file (FILE#PART) or folder"
    )
    rate: int = Field(16_000, ge=2_000, le=96_000, description="samples a second that sounds are brought to")
    longest: float = Field(10.0, gt=0, le=600, description="seconds of a sound that are read at most")
    bands: int = Field(64, ge=16, multiple_of=16, description="mel bands, from 0 Hz to half of the rate")
    width: int = Field(
        256, ge=8, multiple_of=8, description="width of a state; of maps of spectra up to a quarter"
    )

    def modalities(self) -> frozenset[str]:
        """Return that it reads sound."""
        return frozenset({"audio"})

    def check(self) -> None:
        """Raise WeightsError for a file of weights that is missing or damaged."""
        check_weights(self.weights)

    def class_names(self) -> frozenset[str]:
        """Return none: it has no classifier."""
        return frozenset()

    def native_roles(self) -> frozenset[str]:
        """Return none: it has no head at all."""
        return frozenset()

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of a weights file in place of its path."""
        return {**super().identity(), "weights": weights_identity(self.weights)}

    def load(self) -> Encoder:
        """Build the network, and read its weights if there are any."""
        from .mel_network import load

        path, part = weights_path(self.weights), weights_part(self.weights)
        return load(self.rate, self.longest, self.bands, self.width, path, self.name, part)


@hookimpl
def bench_backbones() -> Sequence[type[Backbone]]:
    """Return the backbone."""
    return [MelCnn]
