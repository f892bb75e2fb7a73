"""What authors of backbones reuse: a model of transformers as a value, whatever it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from ..api import Backbone
from .hf_files import (
    cached_folder,
    check_folder,
    check_source,
    check_type,
    check_weights_in,
    files_digest,
    folder_of,
    read_config,
    source_of,
)
from .weights import tagless, weights_path
from .weights_check import check_weights

if TYPE_CHECKING:
    from .checkpoint import Checkpoint


class HubBackbone(Backbone):
    """A model of transformers by its hub id or folder; or, with `config`, by its type, and untrained.

    Planning reads its config and the beginnings of its files, without transformers.
    """

    argument: ClassVar[str | None] = "model"
    requires: ClassVar[tuple[str, ...]] = ("transformers", "transformers.modeling_utils")

    model: str = Field(min_length=1, description="hub id, folder (./my-model), or with config a type")
    weights: Annotated[str, AfterValidator(tagless)] = Field(
        "default", description="default, none (untrained), or a file (FILE#PART) or folder"
    )
    config: dict[str, Any] | None = Field(
        None, description="shape of an untrained model, as transformers' config"
    )
    revision: str | None = Field(None, description="branch, tag or commit on the hub")

    def check(self) -> None:
        """Raise WeightsError for an unknown type, a folder that lacks something, a faulty file of weights.

        Nothing is said of a model on the hub: whether it can be had is known when it is loaded.
        """
        who, path = self.spelled(), weights_path(self.weights)
        if self.config is not None:
            check_type(self.model, who, "model")
        elif folder := check_source(self.model, who, "model"):
            check_folder(folder, who, weights=self.weights == "default")
        if path is not None and path.is_dir():
            check_weights_in(path, who, "weights")
        else:
            check_weights(self.weights)

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the digest of the content in place of a folder or file."""
        own = {} if self.config is not None else {"model": files_digest(self.model)}
        weights = files_digest(self.weights) if weights_path(self.weights) else self.weights
        return {**super().identity(), **own, "weights": weights}

    def known_config(self) -> Mapping[str, Any] | None:
        """Return the model's config as far as it is known on this machine; None if it is not."""
        if self.config is not None:
            return {"model_type": self.model, **self.config}
        folder = folder_of(self.model) or cached_folder(self.model, self.revision or "main")
        return None if folder is None else read_config(folder)

    def checkpoint(self) -> Checkpoint:
        """Return where the live model comes from; imports transformers."""
        from .checkpoint import Checkpoint

        return Checkpoint(
            title=self.spelled(),
            source=source_of(self.model),
            revision=self.revision,
            shape=self.config,
            weights=self.weights,
        )
