"""Backbone `bert-mini`: a small BERT with a vocabulary of its own, which begins untrained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

import bench
from bench.toolkit.files import file_digest
from bench.toolkit.pooling import Pooling
from bench.toolkit.weights import tagless, weights_identity
from bench.toolkit.weights_check import check_weights

if TYPE_CHECKING:
    from bench.toolkit.checkpoint import Checkpoint

FOLDER = Path(__file__).with_name("bert_mini_vocabulary")
SHAPE = ("config.json", "tokenizer.json", "tokenizer_config.json")


def _given(weights: str) -> str:
    if weights == "default":
        raise ValueError("bert-mini comes with no weights; give a file, or pretrain it with `from:`")
    return weights


class BertMini(bench.Backbone):
    """BERT of 2 layers, width 128, with 8,000 lower-case word pieces of its own (1.5 M parameters).

    BERT: Devlin et al. 2018; the shape is BERT-Tiny's (Turc et al. 2019), with 256 positions. It comes
    with no weights; `from:` pretrains it.
    """

    name: ClassVar[str] = "bert-mini"
    requires: ClassVar[tuple[str, ...]] = ("transformers", "transformers.modeling_utils")

    weights: Annotated[str, AfterValidator(tagless), AfterValidator(_given)] = Field(
        "none", description="none (untrained), or a file (FILE#PART) or folder"
    )
    pooling: Pooling = Field("mean", description="how tokens become one vector")
    max_length: int = Field(128, ge=8, le=256, description="tokens of a text; what is longer is cut")

    def modalities(self) -> frozenset[str]:
        """Return `text`."""
        return frozenset({"text"})

    def check(self) -> None:
        """Raise WeightsError for a file of weights that is missing or damaged."""
        check_weights(self.weights)

    def class_names(self) -> frozenset[str]:
        """Return none: it has no classifier."""
        return frozenset()

    def native_roles(self) -> frozenset[str]:
        """Return none: it has no head at all."""
        return frozenset()

    def load(self) -> bench.Encoder:
        """Return the encoder; raises WeightsError if the weights cannot be read, or do not fit."""
        from .text_encoder import load_text_encoder

        return load_text_encoder(self._checkpoint(), self.pooling, self.max_length)

    def export(self, encoder: bench.Encoder, folder: Path, classifier: bench.Classifier | None = None) -> str:
        """Write what `from_pretrained` and `hf/./FOLDER` read; return Python that loads it."""
        from .export import export_text_encoder

        return export_text_encoder(encoder, self._checkpoint(), folder, classifier=classifier)

    def load_exported(self, folder: Path) -> bench.Encoder:
        """Return the encoder that `export` wrote into a folder."""
        return self.model_copy(update={"weights": str(folder.resolve())}).load()

    def identity(self) -> dict[str, Any]:
        """Return the settings, with digests in place of a weights file, and of config and tokenizer."""
        return {
            **super().identity(),
            "weights": weights_identity(self.weights),
            "shape": [file_digest(FOLDER / name) for name in SHAPE],
        }

    def _checkpoint(self) -> Checkpoint:
        from bench.toolkit.checkpoint import Checkpoint

        return Checkpoint(title=self.name, source=str(FOLDER), weights=self.weights)


@bench.hookimpl
def bench_backbones() -> list[type[bench.Backbone]]:
    """Return the backbone."""
    return [BertMini]
