"""Which vectors `distil` matches, and whether a student reads the same tokens as its teacher."""

from __future__ import annotations

from typing import Literal, cast

import numpy as np
import torch
from torch import Tensor

from bench import Batch, Data, Features, FeatureSpec, Run, Split, UnsuitableError

Part = Literal["pooled", "tokens"]
"""A vector for each example, or the last hidden state of each token."""

COMPARED = 64
"""How many examples of a split are compared token by token; the others only by how many tokens they have."""

UNLIKE = (
    "backbone and teacher make different tokens of the same text, so their states cannot be matched; "
    "give both the same tokenizer and max_length, or set match: pooled"
)


def vectors_of(features: Features, part: Part) -> Tensor:
    """Return the vectors of a part: `[N, D]`, or of all tokens that are no padding `[tokens, C]`.

    Raises UnsuitableError where an example is several rows, or there are no states of tokens.
    """
    if features.rows is not None:
        raise UnsuitableError("an example is several rows to its task; distil needs data of one row each")
    if part == "pooled":
        return features.pooled
    if features.mask is None or not features.maps:
        raise UnsuitableError("there are no states of tokens here, as there are of texts; set match: pooled")
    return features.maps[-1][features.mask]


def taught_vectors(taught: Batch, part: Part) -> Tensor:
    """Return what a teacher's batch has of a part, in fp32; raises UnsuitableError as `vectors_of` does."""
    return vectors_of(cast(Features, taught.features), part).float()


def width_of(spec: FeatureSpec, part: Part) -> int:
    """Return how long the vectors of a part are."""
    return spec.pooled if part == "pooled" else spec.channels[-1]


def demand_same_tokens(run: Run) -> None:
    """Raise UnsuitableError unless the backbone gives states of tokens, and the teacher reads the same."""
    with torch.no_grad(), run.autocast():
        vectors_of(run.forward(run.data("train").take([0])), "tokens")
    splits: tuple[Split, ...] = ("train", *run.splits)
    for split in splits:
        if not _same_tokens(run.data(split), run.data(split, of="teacher")):
            raise UnsuitableError(UNLIKE)


def _same_tokens(student: Data, teacher: Data) -> bool:
    """Tell whether all examples have as many tokens to both, and the first ones equal inputs.

    One of the two may read more than the other does, such as types of tokens.
    """
    lengths = [[] if data.lengths is None else data.lengths.tolist() for data in (student, teacher)]
    first = range(min(len(student), COMPARED))
    ours, theirs = student.take(first).inputs, teacher.take(first).inputs
    shared = ours.keys() & theirs.keys()
    return (
        lengths[0] == lengths[1]
        and shared in (ours.keys(), theirs.keys())
        and all(np.array_equal(ours[name].cpu(), theirs[name].cpu()) for name in shared)
    )
