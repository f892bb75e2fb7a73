"""Folders of sentence encoders (Reimers and Gurevych 2019), read as sentence-transformers reads them.

`modules.json` lists what follows the transformer: a pooling, and layers over what is pooled. Whatever is not
understood there is an error: passed over, it would make another model of the same name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import normalize
from transformers.utils.hub import cached_file

from bench import UnsuitableError, WeightsError
from bench.toolkit.checkpoint import Checkpoint, reading
from bench.toolkit.fitting import apply_weights
from bench.toolkit.pooling import Pooling
from bench.toolkit.weights import read_weights

POOLINGS: dict[str, Pooling] = {
    "cls": "first",
    "max": "max",
    "mean": "mean",
    "mean_sqrt_len_tokens": "mean-sqrt-len",
    "weightedmean": "weighted-mean",
    "lasttoken": "last",
}
"""The names of poolings there, and ours."""

FLAGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""How older versions write poolings: true or false for each, joined in this order."""

ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "SiLU", "Sigmoid", "LeakyReLU", "ELU", "Softplus", "Mish")

SETTINGS = {
    "Pooling": {"word_embedding_dimension", "embedding_dimension", "pooling_mode", "include_prompt", *FLAGS},
    "Dense": {"in_features", "out_features", "bias", "activation_function"},
    "LayerNorm": {"dimension"},
    "Dropout": {"dropout"},
    "Normalize": set(),
}
"""What is understood of the settings of each kind of module, beside those that are as in `DEFAULTS`."""

DEFAULTS: dict[str, tuple[object, ...]] = {
    "module_input_name": ("sentence_embedding",),
    "module_output_name": ("sentence_embedding", None),
    "use_residual": (False,),
}

TEXTS = [
    f"sentence_{kind}_config.json"
    for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
]
"""The names of the file that says how long texts are."""

WEIGHTS = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class Recipe:
    """What is done to texts before, and to the states of tokens after the transformer.

    Several poolings are joined. `layers` take what is pooled, `[N, D]`, and give `[N, width]`. It was either
    `written` in the folder of a sentence encoder, or is what bench does by itself.
    """

    poolings: Sequence[Pooling]
    layers: Sequence[nn.Module]
    width: int
    max_length: int | None = None
    lowercase: bool = False
    prompt: str = ""
    written: bool = False


def read_recipe(checkpoint: Checkpoint, width: int) -> Recipe | None:
    """Return what a model's folder says, given the width of its token states; None if it says nothing.

    Raises UnsuitableError for what is not understood, WeightsError where weights are missing or do not fit.
    """
    folder = Folder(checkpoint)
    modules = folder.read("modules.json") if checkpoint.shape is None else None
    if modules is None:
        return None
    kinds = [_kind(folder, module) for module in modules]
    if kinds[:2] != ["Transformer", "Pooling"] or modules[0]["path"]:
        raise folder.unsuitable("modules.json does not begin with the folder's own Transformer and a Pooling")
    said = folder.read("config_sentence_transformers.json") or {}
    texts: Mapping[str, Any] = next(filter(None, map(folder.read, TEXTS)), {})
    prompt = said.get("prompts", {}).get(said.get("default_prompt_name"), "")
    poolings = _poolings(folder, modules[1]["path"], prompt)
    width *= len(poolings)
    layers = []
    for kind, module in zip(kinds[2:], modules[2:], strict=True):
        layer, width = _layer(folder, kind, module["path"], width)
        layers.append(layer)
    if kept := said.get("truncate_dim"):
        layers.append(Kept(kept))
        width = min(kept, width)
    length, lowercase = texts.get("max_seq_length"), bool(texts.get("do_lower_case"))
    return Recipe(poolings, layers, width, length, lowercase, prompt, written=True)


class Folder:
    """The files of a model, in a folder or on the hub."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.title = checkpoint.title
        self.untrained = checkpoint.untrained
        self._checkpoint = checkpoint

    def file(self, name: str) -> Path | None:
        """Return the path of a file, None if there is none."""
        with reading(self.title):
            found = cached_file(
                self._checkpoint.source,
                name,
                revision=self._checkpoint.origin["revision"],
                _raise_exceptions_for_missing_entries=False,
                _raise_exceptions_for_connection_errors=False,
            )
        return Path(found) if found else None

    def read(self, name: str) -> Any:
        """Return what a JSON file says, None if there is none."""
        file = self.file(name)
        try:
            return json.loads(file.read_bytes()) if file else None
        except ValueError as error:
            raise WeightsError(f"{self.title}: {file} is not readable as JSON; get it again") from error

    def settings(self, kind: str, path: str) -> dict[str, Any]:
        """Return the settings of a module, without those that change nothing."""
        said = self.read(f"{path}/config.json") or {}
        own = {name: value for name, value in said.items() if value not in DEFAULTS.get(name, ())}
        for name in own.keys() - SETTINGS[kind]:
            raise self.unsuitable(f"{kind} has {name}: {own[name]!r}")
        return own

    def unsuitable(self, what: str) -> UnsuitableError:
        """Return the error for what is not understood."""
        return UnsuitableError(
            f"{self.title}: a sentence encoder whose {what}, which bench does not understand; "
            "set 'pooling' to leave aside what its folder says"
        )


def _kind(folder: Folder, module: Mapping[str, str]) -> str:
    package, _, kind = module["type"].rpartition(".")
    known = {"Transformer", *SETTINGS}
    plain = ".." not in module["path"] and not module["path"].startswith("/")
    if package.partition(".")[0] != "sentence_transformers" or kind not in known or not plain:
        raise folder.unsuitable(f"modules.json lists {module['type']} in '{module['path']}'")
    return kind


def _poolings(folder: Folder, path: str, prompt: str) -> list[Pooling]:
    said = folder.settings("Pooling", path)
    if prompt and not said.get("include_prompt", True):
        raise folder.unsuitable("Pooling leaves out the prompt, which is set by default")
    flags = [mode for flag, mode in FLAGS.items() if said.get(flag)]
    modes = said.get("pooling_mode") or flags or ["mean"]
    modes = [modes] if isinstance(modes, str) else modes
    if unknown := [mode for mode in modes if mode not in POOLINGS]:
        raise folder.unsuitable(f"Pooling has pooling_mode: {unknown[0]!r}")
    return [POOLINGS[mode] for mode in modes]


def _layer(folder: Folder, kind: str, path: str, width: int) -> tuple[nn.Module, int]:
    """Return a module that follows the pooling, and the width of what it gives."""
    said = folder.settings(kind, path)
    layer: nn.Module
    if kind == "Normalize":
        return Normalize(), width
    if kind == "Dropout":
        return nn.Dropout(said.get("dropout", 0.2)), width
    if kind == "LayerNorm":
        layer = Norm(said["dimension"])
    elif kind == "Dense":
        module, _, activation = said.get("activation_function", "torch.nn.Tanh").rpartition(".")
        if not module.startswith("torch.nn") or activation not in ACTIVATIONS:
            raise folder.unsuitable(f"Dense has activation_function: {said['activation_function']!r}")
        width = said["out_features"]
        layer = Dense(said["in_features"], width, said.get("bias", True), getattr(nn, activation)())
    else:
        raise folder.unsuitable(f"modules.json lists {kind} after the pooling")
    if not folder.untrained:
        file = next(filter(None, (folder.file(f"{path}/{name}") for name in WEIGHTS)), None)
        if file is None:
            raise WeightsError(f"{folder.title}: {path} holds no weights")
        apply_weights(layer, read_weights(file), f"{folder.title}: the weights in {file}")
    return layer, width


class Dense(nn.Module):
    """A linear layer and what follows it."""

    def __init__(self, inputs: int, outputs: int, bias: bool, activation: nn.Module) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=bias)
        self.activation = activation

    def forward(self, pooled: Tensor) -> Tensor:
        """Return `[N, outputs]`."""
        result: Tensor = self.activation(self.linear(pooled))
        return result


class Norm(nn.Module):
    """Layer normalisation."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)

    def forward(self, pooled: Tensor) -> Tensor:
        """Return `[N, D]`."""
        result: Tensor = self.norm(pooled)
        return result


class Normalize(nn.Module):
    """Brings vectors to length 1."""

    def forward(self, pooled: Tensor) -> Tensor:
        """Return `[N, D]`."""
        return normalize(pooled, dim=1)


class Kept(nn.Module):
    """The first numbers of vectors."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, pooled: Tensor) -> Tensor:
        """Return `[N, width]`."""
        return pooled[:, : self.width]
