"""What authors of backbones reuse: the part of a checkpoint that fits a module, and putting it there.

A checkpoint may hold several sets of weights, and training wraps models in others, so that names begin with
`module.`, `_orig_mod.`, `backbone.` and the like. One rule finds a module's own tensors in it. A *part* is
all that stands in one set under one beginning of names, such as `state_dict_ema.module`:

1. The part that holds most of the module's tensors, head aside, by name and shape.
2. Of several such parts, those with `ema` as a word in their address: averaged weights first, as in timm.
3. Of several that are left, any if they hold the same numbers. Otherwise nothing is guessed:
   `weights: FILE#PART` must name one, by any of the words between dots in its address.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import WeightsError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

AVERAGED = "ema"
OPTIONAL = "num_batches_tracked"
"""The step counts of batch norms: old checkpoints lack them, and nothing that is computed depends on them."""

NAMED = 3
"""How many keys of a kind are named."""

Sets = Mapping[str, Mapping[str, "Tensor"]]


@dataclass(frozen=True)
class Part:
    """Tensors by the names that a module has for them, and notes for the record on how they were chosen."""

    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Applied:
    """Whether a module's head was among the weights put into it, and notes for the record."""

    head: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Place:
    """Where a part stands: the address of its set, and how the names begin, with a dot at the end."""

    set: str
    prefix: str

    @property
    def address(self) -> str:
        return ".".join(filter(None, (self.set, self.prefix.removesuffix("."))))

    @property
    def averaged(self) -> bool:
        return AVERAGED in re.split(r"[._]", self.address.lower())

    def is_called(self, part: str | None) -> bool:
        return part is None or f".{part}." in f".{self.address}."

    def tensors(self, sets: Sets) -> dict[str, Tensor]:
        start = len(self.prefix)
        return {name[start:]: t for name, t in sets[self.set].items() if name.startswith(self.prefix)}


def choose_part(own: Mapping[str, torch.Size], sets: Sets, source: str, part: str | None = None) -> Part:
    """Return the part of a checkpoint that a module's own tensors, by name and shape, are found in.

    `sets` is what `read_weights` gives, `part` what the user asks for. `source` says in messages what the
    weights are for and where they come from. Where no tensor of the module's is found, it is the largest set.

    Raises WeightsError if several parts fit that hold different numbers, or none is called as asked for.
    """
    own = {name: shape for name, shape in own.items() if not name.endswith(OPTIONAL)}
    found = _counts(own, sets)
    counts = {place: count for place, count in found.items() if place.is_called(part)}
    if not counts and part is not None:
        raise WeightsError(f"{source} have no part '{part}' that fits; parts are {_listed(found)}")
    if not counts:
        return Part(max(sets.values(), key=len))
    most = max(counts.values())
    best = [place for place, count in counts.items() if count == most]
    best = [place for place in best if place.averaged] or best
    chosen = min(best, key=lambda place: len(place.address))
    if any(_differ(own, chosen.tensors(sets), place.tensors(sets)) for place in best):
        raise WeightsError(
            f"{source} have several parts that fit: {_listed(best)}; name one, as in 'weights: FILE#PART'"
        )
    others = [place for place, count in found.items() if 2 * count > most and place != chosen]
    return Part(chosen.tensors(sets), tuple(_notes(chosen, others, sets, source)))


def _counts(own: Mapping[str, torch.Size], sets: Sets) -> Counter[_Place]:
    """Count by place how many of a module's own tensors, by name and shape, stand there."""
    return Counter(
        _Place(address, prefix)
        for address, tensors in sets.items()
        for name, tensor in tensors.items()
        for prefix in _prefixes(name)
        if own.get(name[len(prefix) :]) == tensor.shape
    )


def _prefixes(name: str) -> Iterator[str]:
    """Give all that a name may begin with before it is another name: nothing, `a.` and `a.b.` for `a.b.c`."""
    yield ""
    for dot in re.finditer(r"\.", name):
        yield name[: dot.end()]


def _differ(own: Mapping[str, torch.Size], one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Tell whether two parts hold different numbers for any of a module's own tensors."""
    shared = own.keys() & one.keys() & other.keys()
    return any(not one[name].equal(other[name]) for name in shared)


def _notes(chosen: _Place, others: Sequence[_Place], sets: Sets, source: str) -> Iterator[str]:
    """Tell what was chosen, unless there was nothing to choose."""
    left = [name for name in sets[chosen.set] if not name.startswith(chosen.prefix)]
    if chosen.address or others:
        clauses = [f"{_listed([chosen])} of {source}"]
        clauses += [f"not {_listed(others)}"] if others else []
        clauses += [f"left over: {_some(left)}"] if left else []
        yield "; ".join(clauses)


def _listed(places: Collection[_Place]) -> str:
    """Return the addresses of places, quoted."""
    return ", ".join(sorted(f"'{place.address}'" for place in places))


def apply_weights(
    module: nn.Module, sets: Sets, source: str, head: Sequence[str] = (), part: str | None = None
) -> Applied:
    """Copy the tensors of a checkpoint's part into a module's parameters and buffers by name.

    `head` names the submodules that need not fit: if a tensor of theirs is missing, unknown or of another
    shape (a classifier for other classes), all of them keep what they hold. `sets`, `source` and `part` are
    as for `choose_part`.

    Raises WeightsError, naming keys, if anything else does not fit, and as `choose_part` does. Only the step
    counts of batch norms may be missing.
    """
    prefixes = tuple(f"{name}." for name in head)
    own_body, own_head = _divide(module.state_dict(), prefixes)
    chosen = choose_part({name: tensor.shape for name, tensor in own_body.items()}, sets, source, part)
    body, new_head = _divide(chosen.tensors, prefixes)
    if faults := _mismatch(own_body, body):
        raise WeightsError(f"{source} do not fit: {faults}")
    fits = not _mismatch(own_head, new_head)
    module.load_state_dict({**body, **new_head} if fits else body, strict=False)
    return Applied(fits, chosen.notes)


def _divide(
    state: Mapping[str, Tensor], prefixes: tuple[str, ...]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the tensors outside the prefixes, and those under one of them."""
    body = {name: tensor for name, tensor in state.items() if not name.startswith(prefixes)}
    return body, {name: tensor for name, tensor in state.items() if name not in body}


def _mismatch(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str:
    """Tell in a clause how the tensors given differ from a module's own; empty if they fit."""
    missing = [name for name in own if name not in given and not name.endswith(OPTIONAL)]
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
