"""Task `image-text-retrieval`: which texts are about an image and which image a text is about, by vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import Field

from bench import (
    Batch,
    DatasetInfo,
    Encoder,
    Example,
    Features,
    Figure,
    Inputs,
    Metrics,
    Predictions,
    Processor,
    Sample,
    Targets,
    Task,
    UnsuitableError,
    hookimpl,
)
from bench.toolkit.additive import Additive

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

MOST = (1, 5, 10)
"""How many of what is nearest recalls look at."""

IMAGE_TO_TEXT, TEXT_TO_IMAGE = "image_to_text_recall_at_", "text_to_image_recall_at_"
FOUND, CAPTIONS = "captions_found_at_", "captions"
"""Statistics of an image: how many of its captions found it, and how many it has."""


class ImageTextRetrieval(Task):
    """Images find texts that are about them, and texts the images: those whose vectors are nearest.

    An example is an image with its captions, and all of a split are searched; so figures of few images are
    higher than those of many. As it is, a backbone is measured by its own vectors. It learns as it was
    trained, by the similarities within a batch: softmax for CLIP, sigmoid for SigLIP, so larger batches are
    harder.
    """

    name: ClassVar[str] = "image-text-retrieval"
    modality: ClassVar[str] = "image-text"
    target: ClassVar[str | None] = "texts"
    columns: ClassVar[Mapping[str, Sequence[str | tuple[str, ...]]]] = {
        "label": ("captions", "caption", "sentences", "raw", "text")
    }
    by_class: ClassVar[bool] = False
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("mean_recall", doc="mean of the recalls, three each way", better="higher"),
        *(
            Figure(
                f"{IMAGE_TO_TEXT}{most}",
                doc=f"share of the images that find a caption of theirs among the nearest {most}",
                better="higher",
                mean_of=f"{IMAGE_TO_TEXT}{most}",
            )
            for most in MOST
        ),
        *(
            Figure(
                f"{TEXT_TO_IMAGE}{most}",
                doc=f"share of the captions that find their image among the nearest {most}",
                better="higher",
            )
            for most in MOST
        ),
    )
    primary: ClassVar[Figure] = figures[0]

    captions: int = Field(
        5, ge=1, description="most captions of an image; further ones are left out, as is usual with COCO"
    )

    def indivisible(self) -> str | None:
        """Return that images and texts of a batch are compared with each other."""
        return f"task '{self.name}' compares the examples of a batch with each other"

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the processor's pixels, and of the captions `ids` end to end and `lengths`; no targets.

        A new input is an image alone.
        """
        from bench.toolkit.windows import end_to_end

        image = dict(processor(example.input))
        if example.target is None:
            return Sample(image, {})
        if not example.target or not all(isinstance(text, str) for text in example.target):
            raise UnsuitableError("has no caption, or what is none")
        texts = end_to_end([processor(text) for text in example.target[: self.captions]])
        fewer = len(example.target) > self.captions
        remarks = [f"left with their first {self.captions} captions"] if fewer else []
        remarks += [texts.remark] if texts.remark else []
        return Sample(Inputs({**image, **texts}, "; ".join(remarks)), {})

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return `pixels` `[N, 3, H, W]`, the captions `[T, L]`, and the `order` of their rows, `[N + T]`.

        An image is the first row of an example, and its captions are the others.
        """
        import numpy as np
        import torch

        from bench.toolkit.image_text import rows_in_order
        from bench.toolkit.windows import collate_windows

        if not samples[0].inputs:
            return Batch({}, {}, range(len(samples)))
        inputs = {"pixels": torch.from_numpy(np.stack([sample.inputs["pixels"] for sample in samples]))}
        texts, counts = collate_windows([_without_pixels(sample) for sample in samples])
        if counts is None:
            return Batch(inputs, {}, range(len(samples)))
        order = {"order": rows_in_order(counts)}
        return Batch({**inputs, **texts, **order}, {}, range(len(samples)), rows=counts + 1)

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return vectors of length 1, behind linear layers that begin as the identity.

        Raises UnsuitableError for an encoder that does not compare images with texts.
        """
        from bench.toolkit.image_text import ImageTextHead, native_similarity

        similarity = native_similarity(encoder)
        if similarity is None:
            raise UnsuitableError("the backbone does not compare images with texts")
        return ImageTextHead(encoder.spec.pooled, similarity)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the same: vectors are compared as they are."""
        return self.head(encoder, info)

    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the contrastive loss of the images and captions of a batch."""
        from bench.toolkit.image_text import ImageTextHead, contrastive_loss

        return contrastive_loss(cast(ImageTextHead, head), features)

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return `vectors` of length 1, float32 `[N, 1 + captions, D]`: the image's and its captions'.

        Where an example has fewer captions the rest is 0; how many it has is in `captions`, int64 `[N]`.
        """
        import torch

        vectors, rows = head(features), features.rows
        if rows is None:
            rows = torch.ones(len(vectors), dtype=torch.long)
        predicted = vectors.new_zeros(len(rows), 1 + self.captions, vectors.shape[1])
        there = torch.arange(1 + self.captions, device=rows.device) < rows[:, None]
        predicted[there.to(vectors.device)] = vectors
        return {"vectors": predicted, CAPTIONS: rows - 1}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the vector of each image."""
        return [{"vector": vector} for vector in predictions["vectors"][:, 0].tolist()]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return what ranks all captions of a split for each image, and all images for each caption."""
        return ImageTextRetrievalMetrics()


def _without_pixels(sample: Sample) -> Sample:
    return Sample({name: array for name, array in sample.inputs.items() if name != "pixels"}, {})


class ImageTextRetrievalMetrics(Additive):
    """Recalls of images and of captions. Of those that are equally near the earlier one comes first."""

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Any]:
        """Return vectors and numbers of captions: nothing can be ranked before all are there."""
        return {"vectors": predictions["vectors"].float(), CAPTIONS: predictions[CAPTIONS]}

    def settle(self, statistics: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return of each image whether it found a caption, and how many it has and found it, `[N]` each."""
        import numpy as np

        from bench.toolkit.ranking import nearest

        images, places = statistics["vectors"][:, 0], statistics["vectors"][:, 1:]
        there = np.arange(places.shape[1]) < statistics[CAPTIONS][:, None]
        owners, captions = np.nonzero(there)[0], places[there]
        found = {CAPTIONS: there.sum(axis=1).astype(np.float64)}
        found |= {f"{name}{most}": np.zeros(len(images)) for name in (IMAGE_TO_TEXT, FOUND) for most in MOST}
        for at, best in enumerate(nearest(images, captions, max(MOST), [None] * len(images))):
            for most in MOST:
                found[f"{IMAGE_TO_TEXT}{most}"][at] = (owners[best[:most]] == at).any()
        for owner, best in zip(
            owners, nearest(captions, images, max(MOST), [None] * len(captions)), strict=True
        ):
            for most in MOST:
                found[f"{FOUND}{most}"][owner] += owner in best[:most]
        return found

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return the recalls, and their mean; none of no images."""
        if not count:
            return {}
        recalls = {f"{IMAGE_TO_TEXT}{most}": float(sums[f"{IMAGE_TO_TEXT}{most}"]) / count for most in MOST}
        captions = float(sums[CAPTIONS])
        recalls |= {f"{TEXT_TO_IMAGE}{most}": float(sums[f"{FOUND}{most}"]) / captions for most in MOST}
        return {"mean_recall": sum(recalls.values()) / len(recalls), **recalls}


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [ImageTextRetrieval]
