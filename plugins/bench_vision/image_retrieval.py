"""Task `image-retrieval`: which images are of the same class as one, by the vectors of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from bench import (
    DatasetInfo,
    Encoder,
    Example,
    Features,
    Figure,
    Metrics,
    Predictions,
    Processor,
    Targets,
    Task,
    hookimpl,
)
from bench.toolkit.additive import Additive

from .image_task import ImageTask

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import nn

RECALLS = {"recall_at_1": 1, "recall_at_5": 5, "recall_at_10": 10}
"""Figures, and how many images each looks at."""

MOST = max(RECALLS.values())


class ImageRetrieval(ImageTask):
    """Images find others of their class: those whose vectors are nearest to their own, by the cosine.

    Each image of a split searches all others of it, so figures of few images are higher than those of many.
    As it is, a backbone is measured by its own vectors. It learns by the supervised contrastive loss (Khosla
    et al. 2020): images of a class in a batch are to be nearer to each other than to the rest, so a batch
    should hold several of a class.
    """

    name: ClassVar[str] = "image-retrieval"
    target: ClassVar[str | None] = "class"
    by_class: ClassVar[bool] = False
    figures: ClassVar[tuple[Figure, ...]] = (
        *(
            Figure(
                name,
                doc=f"share of the images that find one of their class among the nearest {most}",
                better="higher",
                mean_of=name,
            )
            for name, most in RECALLS.items()
        ),
        Figure(
            "mrr_at_10",
            doc="one by the rank of the first image of the class; 0 if it is not among the first ten",
            better="higher",
            mean_of="mrr_at_10",
        ),
    )
    primary: ClassVar[Figure] = figures[0]

    temperature: float = Field(0.1, gt=0, description="what cosines are divided by in training")

    def indivisible(self) -> str | None:
        """Return that images of a batch are compared with each other."""
        return f"task '{self.name}' compares the images of a batch with each other"

    def targets(self, example: Example) -> Mapping[str, np.ndarray]:
        """Return `label`, an int64 scalar; nothing of a new input."""
        import numpy as np

        return {} if example.target is None else {"label": np.array(example.target, dtype=np.int64)}

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return vectors of length 1, behind a linear layer that begins as the identity."""
        from bench.toolkit.vector_heads import VectorHead

        return VectorHead(encoder.spec.pooled)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the same: any encoder can be measured as it is."""
        return self.head(encoder, info)

    def loss(self, head: nn.Module, features: Features, targets: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return the supervised contrastive loss over the images that have one of their class in the batch.

        It is 0 where none has.
        """
        import torch

        vectors, labels = head(features), targets["label"]
        own = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        alike = (labels[:, None] == labels) & ~own
        cosines = vectors @ vectors.T / self.temperature
        # Finite, as the softmax of an image that is alone would be undefined otherwise.
        logs = cosines.masked_fill(own, torch.finfo(cosines.dtype).min).log_softmax(dim=1)
        means = logs.masked_fill(~alike, 0).sum(dim=1) / alike.sum(dim=1).clamp(min=1)
        loss: torch.Tensor = -means.sum() / alike.any(dim=1).sum().clamp(min=1)
        return loss

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return `vectors` of length 1, float32 `[N, D]`."""
        return {"vectors": head(features)}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the vector of each image."""
        return [{"vector": vector} for vector in predictions["vectors"].tolist()]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return what ranks all other images of a split for each."""
        return ImageRetrievalMetrics()


class ImageRetrievalMetrics(Additive):
    """Recall and reciprocal rank of each image, and their means.

    An image that is the only one of its class in a split finds none. Of images that are equally near the
    earlier one comes first.
    """

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Any]:
        """Return vectors and classes as they are: nothing can be ranked before all images are there."""
        return {"vectors": predictions["vectors"].float(), "label": targets["label"]}

    def settle(self, statistics: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return the figures of each image, `[N]` each."""
        import numpy as np

        from bench.toolkit.ranking import nearest, reciprocal_rank

        vectors, labels = statistics["vectors"], statistics["label"]
        found: dict[str, NDArray[Any]] = {name: np.zeros(len(labels)) for name in (*RECALLS, "mrr_at_10")}
        for at, others in enumerate(nearest(vectors, vectors, MOST, range(len(labels)))):
            alike = labels[others] == labels[at]
            found["mrr_at_10"][at] = reciprocal_rank(alike, MOST)
            for name, most in RECALLS.items():
                found[name][at] = alike[:most].any()
        return found

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return the means over images; none of no images."""
        return {name: float(total) / count for name, total in sums.items()} if count else {}


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [ImageRetrieval]
