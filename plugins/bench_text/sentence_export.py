"""Writing sentence encoders as folders that sentence-transformers reads, and `hf/./FOLDER`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from .sentence_folder import POOLINGS, Dense, Kept, Norm, Normalize
from .text_encoder import TextEncoder

PACKAGE = "sentence_transformers.models"


def write_recipe(encoder: TextEncoder, folder: Path) -> None:
    """Write what is done to texts before, and to the states of tokens after the transformer."""
    recipe = encoder.recipe
    modes = {ours: theirs for theirs, ours in POOLINGS.items()}
    pooling = {
        "embedding_dimension": encoder.spec.channels[0],
        "pooling_mode": [modes[pooling] for pooling in recipe.poolings],
    }
    layers = [(kind_of(layer), layer) for layer in encoder.layers if not isinstance(layer, Kept)]
    kinds = ["Transformer", "Pooling", *(kind for kind, _ in layers)]
    paths = ["", *(f"{place}_{kind}" for place, kind in enumerate(kinds) if place)]
    modules = [
        {"idx": place, "name": str(place), "path": path, "type": f"{PACKAGE}.{kind}"}
        for place, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]
    _write(folder / "modules.json", modules)
    _write(folder / paths[1] / "config.json", pooling)
    for path, (_, layer) in zip(paths[2:], layers, strict=True):
        _write(folder / path / "config.json", _settings(layer))
        if state := {name: tensor.detach().cpu().contiguous() for name, tensor in layer.state_dict().items()}:
            save_file(state, folder / path / "model.safetensors")
    texts = {"max_seq_length": encoder.processor.max_length, "do_lower_case": recipe.lowercase}
    _write(folder / "sentence_bert_config.json", texts)
    kept = next((layer.width for layer in encoder.layers if isinstance(layer, Kept)), None)
    name = "default" if recipe.prompt else None
    prompts = {"prompts": {name: recipe.prompt} if name else {}, "default_prompt_name": name}
    _write(folder / "config_sentence_transformers.json", {**prompts, "truncate_dim": kept})


def kind_of(layer: nn.Module) -> str:
    """Return what sentence-transformers calls a layer."""
    return "LayerNorm" if isinstance(layer, Norm) else type(layer).__name__


def _settings(layer: nn.Module) -> dict[str, Any]:
    match layer:
        case Dense(linear=linear, activation=activation):
            return {
                "in_features": linear.in_features,
                "out_features": linear.out_features,
                "bias": linear.bias is not None,
                "activation_function": f"{type(activation).__module__}.{type(activation).__name__}",
            }
        case Norm(norm=norm):
            return {"dimension": norm.normalized_shape[0]}
        case nn.Dropout(p=share):
            return {"dropout": share}
        case Normalize():
            return {}
    raise TypeError(layer)


def _write(file: Path, content: Any) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=2))
