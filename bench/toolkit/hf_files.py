"""What authors of backbones reuse when planning: files of models of transformers, read without it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import WeightsError
from .files import file_digest
from .messages import did_you_mean
from .packages import sources
from .weights import weights_identity
from .weights_check import check_file

HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
TYPE = re.compile(r"\"([\w.-]+)\"[,:]\s*\"(?!AutoConfig)\w+Config\"")
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
INDICES = tuple(f"{name}.index.json" for name in WEIGHTS)
"""Which file each tensor is in, where the weights are in several."""


READ = (".json", ".safetensors", ".bin", ".txt", ".model")
"""Endings of the files in a model's folder that decide what it computes."""


@lru_cache(maxsize=1)
def model_types() -> frozenset[str]:
    """Return the types of model that the installed transformers has, read from its sources; maybe none."""
    return frozenset(name for text in sources("transformers", "models/auto") for name in TYPE.findall(text))


def folder_of(model: str) -> Path | None:
    """Return the folder that a name means, or None if it is a hub id."""
    path = Path(model).expanduser()
    return path if model.startswith((".", "/", "~")) or path.is_dir() else None


def cached_models() -> list[str]:
    """Return the hub ids of the models that the hub's cache has a config of."""
    configs = hub_cache().glob("models--*/snapshots/*/config.json")
    return sorted({path.parts[-4].removeprefix("models--").replace("--", "/") for path in configs})


def cached_folder(model: str, revision: str) -> Path | None:
    """Return where the hub's cache keeps a model's files, None if it does not have them."""
    entry = hub_cache() / f"models--{model.replace('/', '--')}"
    branch = entry / "refs" / revision
    folder = entry / "snapshots" / (branch.read_text().strip() if branch.is_file() else revision)
    return folder if folder.is_dir() else None


def hub_cache() -> Path:
    """Return the folder where the hub's client keeps what it has downloaded."""
    home = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    hub = os.environ.get("HF_HOME", f"{home}/huggingface")
    return Path(os.environ.get("HF_HUB_CACHE", f"{hub}/hub")).expanduser()


def read_config(folder: Path) -> Mapping[str, Any] | None:
    """Return the config in a model's folder; None if there is none that can be read."""
    try:
        config = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError):
        return None
    return config if isinstance(config, dict) else None


def check_type(model_type: object, who: str, field: str) -> None:
    """Raise WeightsError for a type of model that transformers does not have."""
    known = model_types()
    if known and model_type not in known:
        raise WeightsError(
            f"{who}: transformers has no type of model '{model_type}'{did_you_mean(model_type, known)}", field
        )


def check_source(model: str, who: str, field: str) -> Path | None:
    """Return the folder that a name means, None for a hub id; raises WeightsError if it can be neither."""
    folder = folder_of(model)
    if folder is None and not HUB_ID.fullmatch(model):
        raise WeightsError(f"{who}: no such folder, and no hub id either: '{model}'", field)
    if folder is not None and not folder.is_dir():
        beside = [item.name for item in folder.parent.glob("*") if item.is_dir()]
        hint = did_you_mean(folder.name, beside, show=lambda name: str(folder.parent / name))
        raise WeightsError(f"{who}: no such folder{hint}", field)
    return folder


def check_folder(folder: Path, who: str, *, weights: bool) -> None:
    """Raise WeightsError if a model's folder lacks a config, or `weights` where these are wanted too.

    The folder of a sentence encoder may have both in a folder of their own; it is not looked into.
    """
    if (folder / "modules.json").is_file():
        return
    config = read_config(folder)
    if config is None or "model_type" not in config:
        raise WeightsError(f"{who}: {folder} holds no config.json of transformers", "model")
    check_type(config["model_type"], who, "model")
    if weights:
        check_weights_in(folder, who, "model")


def check_weights_in(folder: Path, who: str, field: str) -> None:
    """Raise WeightsError if a folder lacks weights that transformers finds, or some part of them."""
    found = [folder / name for name in (*WEIGHTS, *INDICES) if (folder / name).is_file()]
    if not found:
        raise WeightsError(f"{who}: {folder} holds neither {' nor '.join(WEIGHTS)}", field)
    first = found[0]
    for file in _parts(first) if first.name in INDICES else [first]:
        if not file.is_file():
            raise WeightsError(f"{who}: {file} is missing, which {first.name} names", field)
        check_file(file)


def _parts(index: Path) -> list[Path]:
    try:
        return [
            index.with_name(name)
            for name in sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
        ]
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise WeightsError(f"{index}: not an index of weights; get it again", "model") from error


def source_of(model: str) -> str:
    """Return what transformers reads a model or tokenizer from: a hub id or a folder's path."""
    return str(folder_of(model) or model)


def files_digest(where: str) -> str:
    """Return a digest of the files a folder or file holds; anything else stands for itself."""
    folder = Path(where).expanduser()
    if not folder.is_dir():
        return weights_identity(where)
    folders = [folder, *_modules(folder)]
    files = [
        file for each in folders for file in sorted(each.iterdir()) if file.suffix in READ and file.is_file()
    ]
    listing = json.dumps([[str(file.relative_to(folder)), file_digest(file)] for file in files])
    return f"sha256:{hashlib.sha256(listing.encode()).hexdigest()}"


def _modules(folder: Path) -> list[Path]:
    """Return the folders of a sentence encoder's layers."""
    try:
        listed = json.loads((folder / "modules.json").read_bytes())
        paths = [folder / module["path"] for module in listed if module["path"]]
    except (OSError, ValueError, TypeError, KeyError):  # none, or `load` tells what is wrong with it
        return []
    return [path for path in paths if path.is_dir() and path.parent == folder]
