"""What authors of backbones reuse: reading weights from files, safely, and putting them into a module.

Only tensors are read. A checkpoint that needs pickle is refused, because unpickling runs code. Deciding
whether a setting is a file, and its digest, take no torch: planning needs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import WeightsError
from .files import file_digest
from .messages import did_you_mean, one_line

if TYPE_CHECKING:
    from torch import Tensor, nn

SUFFIXES = (".safetensors", ".pth", ".pt", ".th", ".bin")
STANDARD = ("model.safetensors", "pytorch_model.bin")
WRAPPERS = ("state_dict", "model", "model_state", "model_state_dict")
NAMED = 3
"""How many keys of a kind an error names."""


def weights_path(weights: str) -> Path | None:
    """Return the path that a backbone's `weights` setting means; None for `default`, `none` or a tag."""
    if weights in ("default", "none"):
        return None
    path = Path(weights).expanduser()
    looks_like_one = "/" in weights or "\\" in weights or weights.endswith(SUFFIXES)
    return path if looks_like_one or path.exists() else None


def tagless(weights: str) -> str:
    """Return a `weights` setting, for backbones that know no tags. Raises ValueError for one."""
    if weights not in ("default", "none") and weights_path(weights) is None:
        raise ValueError(f"'{weights}' is neither 'default' nor 'none', nor a file or folder")
    return weights


def weights_identity(weights: str) -> str:
    """Return what stands for a `weights` setting in a backbone's identity.

    For a file (or the one in a folder) it is the digest of its content. A tag stands for itself, and so
    does a file that cannot be read: that is an error only when its weights are loaded.
    """
    path = weights_path(weights)
    try:
        return f"sha256:{file_digest(weights_file(path))}" if path else weights
    except (WeightsError, OSError):
        return weights


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
    found = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES and file.is_file())
    if len(found) != 1:
        names = ", ".join(file.name for file in found) or "no weights file"
        raise WeightsError(f"{path}: this folder holds {names}; name one file")
    return found[0]


def _suggestion(path: Path) -> str:
    if not path.parent.is_dir():
        return f"; the folder {path.parent} is not there either"
    names = [item.name for item in path.parent.iterdir()]
    return did_you_mean(path.name, names, show=lambda name: str(path.parent / name))


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file or a torch checkpoint by name, on the CPU.

    A checkpoint may wrap them (`{"state_dict": ...}`); the prefix `module.`, which data-parallel training
    leaves, is taken off. Raises WeightsError if the file is missing, damaged or needs pickle.
    """
    file = weights_file(Path(path))
    state = _read_safetensors(file) if file.suffix == ".safetensors" else _read_checkpoint(file)
    if state and all(name.startswith("module.") for name in state):
        state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    return state


def _read_safetensors(file: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(file))
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{file}: not a readable safetensors file ({one_line(error)}); get it again"
        ) from error


def _read_checkpoint(file: Path) -> dict[str, Tensor]:
    import torch

    try:
        loaded = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files raise whatever the unpickler stumbles over, KeyError included
        if "unsupported global" in str(error).lower():
            raise WeightsError(
                f"{file}: holds Python objects, which are not loaded as that may run code; "
                "save its state dict alone, best as safetensors"
            ) from error
        raise WeightsError(f"{file}: damaged, or not a torch checkpoint of tensors; get it again") from error
    state = _unwrap(loaded)
    if not state:
        raise WeightsError(f"{file}: holds no state dict (tensors by name)")
    return state


def _unwrap(loaded: Any) -> dict[str, Tensor]:
    """Return the state dict in a loaded checkpoint; empty if there is none."""
    import torch

    if not isinstance(loaded, dict):
        return {}
    for key in WRAPPERS:
        if isinstance(loaded.get(key), dict):
            return _unwrap(loaded[key])
    return dict(loaded) if all(isinstance(value, torch.Tensor) for value in loaded.values()) else {}


def apply_weights(
    module: nn.Module, state: Mapping[str, Tensor], source: str, head: Sequence[str] = ()
) -> bool:
    """Copy tensors into a module's parameters and buffers by name; return whether its head was among them.

    `head` names the submodules that need not fit: if a tensor of theirs is missing, unknown or of another
    shape (a classifier for other classes), all of them keep what they hold, and False is returned.
    `source` says in messages what the weights are for and where they come from.

    Raises WeightsError, naming keys, if anything else does not fit. Only the step counts of batch norms
    may be missing: old checkpoints lack them.
    """
    prefixes = tuple(f"{name}." for name in head)
    own_body, own_head = _divide(module.state_dict(), prefixes)
    body, new_head = _divide(state, prefixes)
    if faults := _mismatch(own_body, body):
        raise WeightsError(f"{source} do not fit: {faults}")
    fits = not _mismatch(own_head, new_head)
    module.load_state_dict({**body, **new_head} if fits else body, strict=False)
    return fits


def _divide(
    state: Mapping[str, Tensor], prefixes: tuple[str, ...]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the tensors outside the prefixes, and those under one of them."""
    body = {name: tensor for name, tensor in state.items() if not name.startswith(prefixes)}
    return body, {name: tensor for name, tensor in state.items() if name not in body}


def _mismatch(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str:
    """Tell in a clause how the tensors given differ from a module's own; empty if they fit."""
    missing = [name for name in own if name not in given and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in given if name not in own]
    shapes = [
        f"{name} is {list(given[name].shape)} in place of {list(own[name].shape)}"
        for name in own
        if name in given and own[name].shape != given[name].shape
    ]
    kinds = {"missing ": missing, "unexpected ": unexpected, "": shapes}
    return "; ".join(prefix + _some(items) for prefix, items in kinds.items() if items)


def _some(items: Sequence[str]) -> str:
    more = f" and {len(items) - NAMED} more" if len(items) > NAMED else ""
    return ", ".join(items[:NAMED]) + more
