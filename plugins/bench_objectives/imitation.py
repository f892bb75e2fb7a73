"""The live side of `distil`: a student's vectors, mapped to a teacher's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench import Batch, Data, Encoder, Features, Run, Split, Step, Steps, UnsuitableError
from bench.toolkit.training import evaluating

from .matching import UNLIKE, Part, taught_vectors, vectors_of, width_of


class Imitation(nn.Module):
    """A linear map from a student's vectors of a part, `[M, D]`, to a teacher's, `[M, T]`.

    `mean`, `[T]`, is that of the teacher's vectors, which the map begins at; `variance` is the mean of their
    squared distance from it.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, part: Part, width: int, mean: Tensor, variance: Tensor) -> None:
        super().__init__()
        self.part = part
        self.map = nn.Linear(width, len(mean))
        with torch.no_grad():
            self.map.bias.copy_(mean)
        self.register_buffer("mean", mean)
        self.register_buffer("variance", variance)

    @classmethod
    def of(cls, encoder: Encoder, taught: Data, part: Part) -> Imitation:
        """Return the map for an encoder and the features that it is to learn.

        Raises UnsuitableError if their vectors are all alike.
        """
        mean = _mean(taught, part)
        distances = [_distances(taught_vectors(batch, part), mean) for batch in taught.batches()]
        variance = torch.cat(distances).mean()
        if not variance > 0:
            raise UnsuitableError(
                "the teacher gives the same vector for every example; nothing can be learnt of it"
            )
        return cls(part, width_of(encoder.spec, part), mean, variance)

    def forward(self, student: Features) -> Tensor:
        """Return the mapped vectors."""
        mapped: Tensor = self.map(vectors_of(student, self.part))
        return mapped.float()

    def pair(self, student: Features, taught: Batch) -> tuple[Tensor, Tensor]:
        """Return a student's mapped vectors and the teacher's, `[M, T]` each.

        Raises UnsuitableError if there are not as many of both.
        """
        mapped, teacher = self(student), taught_vectors(taught, self.part)
        if len(mapped) != len(teacher):
            raise UnsuitableError(UNLIKE)
        return mapped, teacher

    def loss(self, student: Features, taught: Batch) -> Tensor:
        """Return the mean squared distance to the teacher's vectors, as a share of their variance."""
        return _distances(*self.pair(student, taught)).mean() / self.variance


def total_loss(imitations: Sequence[Imitation], student: Features, taught: Batch) -> Tensor:
    """Return the sum of the losses of all parts; as each is a share, none outweighs another by its scale."""
    return torch.stack([imitation.loss(student, taught) for imitation in imitations]).sum()


def compare(
    run: Run, split: Split, imitations: Sequence[Imitation], taught: Data
) -> Steps[Mapping[str, float]]:
    """Return how near a student comes to its teacher on a split: the figures of `distil`."""
    found = [(imitation, Nearness()) for imitation in imitations]
    with run.phase("evaluate"), evaluating(run.encoder, *imitations):
        for batch in run.data(split).batches():
            teacher = taught.take(batch.indices)
            with torch.inference_mode(), run.autocast():
                student = run.forward(batch)
                pairs = [imitation.pair(student, teacher) for imitation in imitations]
            for (imitation, nearness), pair in zip(found, pairs, strict=True):
                nearness.add(*pair, imitation.mean)
            yield Step(batch.size)
    return {
        name: value
        for imitation, nearness in found
        for name, value in nearness.figures(imitation.part).items()
    }


@dataclass
class Nearness:
    """Sums over vectors that figures are made of."""

    distance: float = 0.0
    spread: float = 0.0
    cosine: float = 0.0
    count: int = 0

    def add(self, student: Tensor, teacher: Tensor, mean: Tensor) -> None:
        """Take in mapped vectors and the teacher's, `[M, T]` each, and the mean of the teacher's."""
        self.distance += float(_distances(student, teacher).double().sum())
        self.spread += float(_distances(mean, teacher).double().sum())
        self.cosine += float(functional.cosine_similarity(student, teacher).double().sum())
        self.count += len(teacher)

    def figures(self, part: Part) -> dict[str, float]:
        """Return the figures of a part."""
        of = "" if part == "pooled" else "token_"
        return {
            f"unexplained_{of}variance": self.distance / self.spread,
            f"teacher_{of}cosine": self.cosine / self.count,
        }


def _mean(taught: Data, part: Part) -> Tensor:
    """Return the mean of all vectors of a part, `[T]`."""
    batches = (taught_vectors(batch, part) for batch in taught.batches())
    if part == "pooled":
        return torch.cat(list(batches)).mean(dim=0)
    count, total = 0, torch.zeros(())
    for vectors in batches:  # too many to be held at once, and to be added up in fp32
        count += len(vectors)
        total = total + vectors.double().sum(dim=0)
    return (total / count).float()


def _distances(first: Tensor, second: Tensor) -> Tensor:
    return (first - second).square().sum(dim=1)
