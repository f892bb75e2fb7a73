"""What authors of backbones reuse: reading weights from files, safely.

A setting `FILE#PART` means a part of a file that holds several; `fitting` says how one is chosen. Only
tensors are read. A checkpoint that needs pickle is refused, because unpickling runs code. Deciding whether a
setting is a file, and its digest, take no torch: planning needs them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import WeightsError
from .files import file_digest, user_path
from .messages import did_you_mean, one_line

if TYPE_CHECKING:
    from torch import Tensor

INDEX = ".index.json"
SUFFIXES = (".safetensors", ".pth", ".pt", ".th", ".bin", ".ckpt", ".tar", INDEX)
STANDARD = (
    "model.safetensors",
    f"model.safetensors{INDEX}",
    "pytorch_model.bin",
    f"pytorch_model.bin{INDEX}",
)


def weights_path(weights: str) -> Path | None:
    """Return the path that a backbone's `weights` setting means; None for `default`, `none` or a tag."""
    if weights in ("default", "none"):
        return None
    name, _ = _divided(weights)
    path = user_path(name)
    looks_like_one = "/" in name or "\\" in name or name.endswith(SUFFIXES)
    return path if looks_like_one or path.exists() else None


def weights_part(weights: str) -> str | None:
    """Return the part of its file that a `weights` setting asks for (`FILE#PART`); None if it names none."""
    return _divided(weights)[1] if weights_path(weights) is not None else None


def _divided(weights: str) -> tuple[str, str | None]:
    """Return a file's path and the part asked for; a path that is there may have the sign in its name."""
    path, sign, part = weights.rpartition("#")
    return (path, part) if sign and part and not user_path(weights).exists() else (weights, None)


def tagless(weights: str) -> str:
    """Return a `weights` setting, for backbones that know no tags. Raises ValueError for one."""
    if weights not in ("default", "none") and weights_path(weights) is None:
        raise ValueError(f"'{weights}' is neither 'default' nor 'none', nor a file or folder")
    return weights


def weights_identity(weights: str) -> str:
    """Return what stands for a `weights` setting in a backbone's identity.

    For a file (or the one in a folder) it is the digest of its content, with the part asked for. A tag
    stands for itself, and so does a file that cannot be read: that is an error only when its weights are
    loaded.
    """
    path = weights_path(weights)
    if path is None:
        return weights
    part = weights_part(weights)
    try:
        digests = [file_digest(file) for file in _files(weights_file(path))]
    except (WeightsError, OSError):
        return weights
    digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return f"sha256:{digest}#{part}" if part else f"sha256:{digest}"


def weights_file(path: Path) -> Path:
    """Return the file that a path means; for a folder the one weights file in it.

    Raises WeightsError if there is none, or several of which none has a standard name.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise WeightsError(f"{path}: no such weights file{_suggestion(path)}")
    for name in STANDARD:
        if (path / name).is_file():
            return path / name
    found = sorted(file for file in path.iterdir() if file.name.endswith(SUFFIXES) and file.is_file())
    if len(found) != 1:
        names = ", ".join(file.name for file in found) or "no weights file"
        raise WeightsError(f"{path}: this folder holds {names}; name one file")
    return found[0]


def _suggestion(path: Path) -> str:
    if not path.parent.is_dir():
        return f"; the folder {path.parent} is not there either"
    names = [item.name for item in path.parent.iterdir()]
    return did_you_mean(path.name, names, show=lambda name: str(path.parent / name))


def _files(file: Path) -> list[Path]:
    """Return the files that hold the weights: those that an index names, after it, or the file itself."""
    if not file.name.endswith(INDEX):
        return [file]
    try:
        names = sorted(set(json.loads(file.read_bytes())["weight_map"].values()))
        shards = [file.with_name(name) for name in names]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WeightsError(f"{file}: not a readable index of weights files; get it again") from error
    if not shards:
        raise WeightsError(f"{file}: names no weights files; get it again")
    for shard in shards:
        if not shard.is_file():
            raise WeightsError(f"{file}: names {shard.name}, which is not there; get it too")
    return [file, *shards]


def read_weights(path: str | Path) -> dict[str, dict[str, Tensor]]:
    """Return the tensors of safetensors files or a torch checkpoint by name, on the CPU.

    They come in sets, by where each stands in the checkpoint: `""` for one that is nothing but tensors,
    `model_ema` or `ema.shadow` for those inside others. An index of several files stands for all of them.
    Raises WeightsError if a file is missing, damaged or needs pickle.
    """
    file = weights_file(Path(path))
    if not file.name.endswith(INDEX):
        return _read_file(file)
    merged: dict[str, dict[str, Tensor]] = {}
    for shard in _files(file)[1:]:
        for address, tensors in _read_file(shard).items():
            merged.setdefault(address, {}).update(tensors)
    return merged


def _read_file(file: Path) -> dict[str, dict[str, Tensor]]:
    return {"": _read_safetensors(file)} if file.suffix == ".safetensors" else _read_checkpoint(file)


def _read_safetensors(file: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(file))
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{file}: not a readable safetensors file ({one_line(error)}); get it again"
        ) from error


def _read_checkpoint(file: Path) -> dict[str, dict[str, Tensor]]:
    import torch

    try:
        with torch.serialization.safe_globals([argparse.Namespace]):  # the arguments of a script: plain data
            loaded = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files raise whatever the unpickler stumbles over, KeyError included
        if "unsupported global" in str(error).lower():
            raise WeightsError(
                f"{file}: holds Python objects, which are not loaded as that may run code; "
                "save its state dict alone, best as safetensors"
            ) from error
        raise WeightsError(f"{file}: damaged, or not a torch checkpoint of tensors; get it again") from error
    sets = dict(_sets(loaded)) if isinstance(loaded, Mapping) else {}
    if not sets:
        raise WeightsError(f"{file}: holds no state dict (tensors by name)")
    return sets


def _sets(
    loaded: Mapping[Any, Any], address: tuple[str, ...] = ()
) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Give the tensors of a mapping, and of those in it; what has numbers for names is no state dict."""
    import torch

    named = {name: value for name, value in loaded.items() if isinstance(name, str)}
    tensors = {name: value for name, value in named.items() if isinstance(value, torch.Tensor)}
    if tensors:
        yield ".".join(address), tensors
    for name, value in named.items():
        if isinstance(value, Mapping):
            yield from _sets(value, (*address, name))
