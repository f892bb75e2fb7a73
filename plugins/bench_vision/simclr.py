"""The live side of `contrastive`: SimCLR (Chen et al. 2020)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from bench import Batch, Encoder
from bench.toolkit.learner import Learner

View = Callable[[Tensor, torch.Generator], Tensor]


class SimCLR(Learner):
    """A projector, in whose space views are compared; heads later read what is before it.

    It maps pooled features, `[N, width]`, to `[N, projection]`. `view` takes a random view of pixels.
    """

    def __init__(self, width: int, projection: int, temperature: float, view: View) -> None:
        super().__init__()
        self.temperature = temperature
        self.view = view
        self.projector = nn.Sequential(
            nn.Linear(width, width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Linear(width, projection),
        )

    def loss(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Tensor:
        """Return the NT-Xent loss of two views of each image."""
        similarities = self.compare(encoder, batch, random)
        return cross_entropy(similarities, partners(similarities))

    def scores(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Mapping[str, Tensor]:
        """Return, for each of the 2N views, whether its partner is the nearest, and the loss.

        With a single image a view has only its partner: that is the nearest, at no loss.
        """
        similarities = self.compare(encoder, batch, random)
        partner = partners(similarities)
        return {
            "contrastive_top1": (similarities.argmax(dim=1) == partner).float(),
            "contrastive_loss": cross_entropy(similarities, partner, reduction="none"),
        }

    def compare(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Tensor:
        """Return the similarities between two views of each image, `[2N, 2N]`."""
        pixels = batch.inputs["pixels"]
        views = torch.cat([self.view(pixels, random), self.view(pixels, random)])
        return similarities(self.projector(encoder({"pixels": views}).pooled), self.temperature)


def similarities(points: Tensor, temperature: float) -> Tensor:
    """Return the cosine of each pair of points over the temperature, minus infinity with itself."""
    with torch.autocast(points.device.type, enabled=False):
        directions = normalize(points.float(), dim=1)
        cosines = directions @ directions.T
    itself = torch.eye(len(points), dtype=torch.bool, device=points.device)
    return (cosines / temperature).masked_fill(itself, -torch.inf)


def partners(similarities: Tensor) -> Tensor:
    """Return the number of each view's partner: the first views of all images come before the second."""
    count = len(similarities)
    return torch.arange(count, device=similarities.device).roll(count // 2)
