"""The live side of `distil`: a student's vectors, mapped to a teacher's."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench import Batch, Data, Encoder, Features, Run, Split, Step, Steps, UnsuitableError
from bench.toolkit.training import evaluating


class Imitation(nn.Module):
    """A linear map from a student's vectors, `[N, D]`, to a teacher's, `[N, T]`.

    `mean`, `[T]`, is that of the teacher's vectors, which the map begins at; `variance` is the mean of their
    squared distance from it.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, width: int, mean: Tensor, variance: Tensor) -> None:
        super().__init__()
        self.map = nn.Linear(width, len(mean))
        with torch.no_grad():
            self.map.bias.copy_(mean)
        self.register_buffer("mean", mean)
        self.register_buffer("variance", variance)

    @classmethod
    def of(cls, encoder: Encoder, taught: Data) -> Imitation:
        """Return the map for an encoder and the vectors that it is to learn.

        Raises UnsuitableError if these are all alike.
        """
        vectors = torch.cat([_vectors(batch) for batch in taught.batches()])
        mean = vectors.mean(dim=0)
        variance = (vectors - mean).square().sum(dim=1).mean()
        if not variance > 0:
            raise UnsuitableError(
                "the teacher gives the same vector for every example; nothing can be learnt of it"
            )
        return cls(encoder.spec.pooled, mean, variance)

    def forward(self, student: Features) -> Tensor:
        """Return the mapped vectors."""
        mapped: Tensor = self.map(student.pooled)
        return mapped.float()

    def loss(self, student: Features, taught: Batch) -> Tensor:
        """Return the mean squared distance to the teacher's vectors, as a share of their variance."""
        return _distances(self(student), _vectors(taught)).mean() / self.variance


def compare(run: Run, split: Split, imitation: Imitation, taught: Data) -> Steps[Mapping[str, float]]:
    """Return how near a student comes to its teacher on a split: the figures of `distil`."""
    distance = spread = cosine = 0.0
    with run.phase("evaluate"), evaluating(run.encoder, imitation):
        for batch in run.data(split).batches():
            teacher = _vectors(taught.take(batch.indices))
            with torch.inference_mode(), run.autocast():
                student = imitation(run.forward(batch))
            distance += float(_distances(student, teacher).double().sum())
            spread += float(_distances(imitation.mean, teacher).double().sum())
            cosine += float(functional.cosine_similarity(student, teacher).double().sum())
            yield Step(batch.size)
    return {"unexplained_variance": distance / spread, "teacher_cosine": cosine / len(taught)}


def _distances(first: Tensor, second: Tensor) -> Tensor:
    return (first - second).square().sum(dim=1)


def _vectors(taught: Batch) -> Tensor:
    """Return a teacher's vectors, `[N, T]`; raises UnsuitableError where an example has several."""
    if taught.features is None or taught.features.rows is not None:
        raise UnsuitableError("an example is several rows to its task; distil needs data of one row each")
    return taught.features.pooled.float()
