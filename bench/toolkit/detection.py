"""What authors of detection tasks reuse: head, loss, predictions and metrics.

Inherit from `Detection`, which is whole but for its name. The task is used when planning, so torch is
imported inside the verbs only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import Field

from ..api import (
    Batch,
    Box,
    Breakdown,
    DatasetInfo,
    Encoder,
    Example,
    Features,
    FeatureSpec,
    Figure,
    Metrics,
    Predictions,
    Processor,
    Sample,
    Targets,
    Task,
)
from ..errors import UnsuitableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from .detection_head import FcosHead

SHOWN = 0.3
"""The score from which on people are shown what was found."""


class Detection(Task):
    """Objects in images, their classes and boxes, found by FCOS (Tian et al. 2019) over a feature pyramid.

    Targets are padded to the most boxes of an image: `boxes`, left, top, right and bottom in prepared pixels,
    float32 `[N, B, 4]`, `labels`, int64 `[N, B]`, -1 where there is none, `crowd`, bool `[N, B]`, and `area`
    in pixels of the image itself, float32 `[N, B]`; `scale` is how many of these a prepared pixel is, `[N]`.
    Predictions are the best 100 of each image: `boxes` `[N, 100, 4]`, `scores`, the best first, and `labels`,
    -1 where there is none; `confidence` is the highest score of all, `[N]`.
    """

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "map",
            doc="average precision, mean over classes and thresholds of IoU from 0.5 to 0.95",
            better="higher",
        ),
        Figure("map_50", doc="the same at a threshold of 0.5", better="higher"),
        Figure("map_75", doc="the same at a threshold of 0.75", better="higher"),
        Figure("map_small", doc="map of objects of less than 32 x 32 pixels", better="higher"),
        Figure("map_medium", doc="map of objects between these sizes", better="higher"),
        Figure("map_large", doc="map of objects of more than 96 x 96 pixels", better="higher"),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "boxes"
    reads: ClassVar[frozenset[str]] = frozenset({"maps"})

    finest: int = Field(8, ge=1, description="stride of the shallowest map that is read")
    coarsest: int = Field(32, ge=1, description="stride of the deepest map that is read")
    width: int = Field(64, ge=1, description="channels of the pyramid and the towers")
    depth: int = Field(2, ge=0, description="convolutions before the layers that give classes and boxes")

    def levels(self, spec: FeatureSpec) -> Sequence[int]:
        """Return the maps that the pyramid is made of."""
        from .pyramid import levels_within

        return levels_within(spec, self.finest, self.coarsest)

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return what the processor makes of an image, and where its objects are in that.

        Those that are cut off with the sides are left out. Raises UnsuitableError for a box that has no area,
        or is not within the image.
        """
        from .placed import placed

        inputs, placement = placed(example.input, processor)
        if example.target is None:
            return Sample(inputs, {})
        _check(example.target, example.input.width, example.input.height)
        edges = placement.edges(_edges(example.target))
        seen = (edges[:, 2] > edges[:, 0]) & (edges[:, 3] > edges[:, 1])
        down, across = placement.scale
        return Sample(inputs, {"boxes": edges[seen], **_facts(example.target, seen, 1 / (down * across))})

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return samples as a batch, their targets padded to the most boxes of one."""
        import numpy as np
        import torch

        from .ragged import stack_ragged

        inputs = super().collate([Sample(sample.inputs, {}) for sample in samples]).inputs
        fills = {"boxes": 0, "labels": -1, "crowd": 0, "area": 0}
        columns: dict[str, list[Any]] = {
            name: [sample.targets[name] for sample in samples] for name in samples[0].targets
        }
        targets = {
            name: stack_ragged(columns[name], fill)[0] for name, fill in fills.items() if name in columns
        }
        if "scale" in columns:
            targets["scale"] = torch.from_numpy(np.stack(columns["scale"]))
        return Batch(inputs, targets, range(len(samples)))

    def head(self, encoder: Encoder, info: DatasetInfo) -> FcosHead:
        """Return what predicts at each place of the maps which object it is in, and how far its edges are."""
        from .detection_head import FcosHead

        levels = self.levels(encoder.spec)
        return FcosHead(encoder.spec, levels, len(info.classes), self.width, self.depth)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the encoder's own detector, for the data's classes; None if it does not know them."""
        from .native_detection import native_detector

        return native_detector(encoder, info.classes)

    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the sum of the losses of classes, boxes and centres."""
        from .detection_loss import fcos_loss

        return fcos_loss(head(features), targets)

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the best boxes of each image, of which those of a class do not overlap by much."""
        detect: Callable[[Features], Predictions] = cast(Any, head).detect
        return detect(features)

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the objects in each image, with boxes in its own pixels, the surest first."""
        from .geometry import placement_of

        rows = zip(
            *(predictions[name].detach().cpu().numpy() for name in ("boxes", "scores", "labels")), strict=True
        )
        found = []
        for image, (boxes, scores, labels) in zip(inputs, rows, strict=True):
            own = placement_of(processor, image).back(boxes).round(1).tolist()
            objects = [
                {"class": info.classes[label], "score": float(score), "box": box}
                for box, score, label in zip(own, scores, labels, strict=True)
                if label >= 0 and score >= SHOWN
            ]
            found.append({"objects": objects})
        return found

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return mean average precision as COCO has it, over thresholds, and by size of objects."""
        from .detection_metrics import DetectionMetrics

        return DetectionMetrics(len(info.classes))

    def breakdown(self, info: DatasetInfo) -> Breakdown:
        """Return average precision of each class."""
        from .by_class_of_boxes import ByClassOfBoxes

        return ByClassOfBoxes(info.classes)


def _check(boxes: Sequence[Box], width: int, height: int) -> None:
    for number, box in enumerate(boxes, 1):
        if not (box.left < box.right and box.top < box.bottom):
            raise UnsuitableError(f"its box {number} has no area: {_spelled(box)}")
        if min(box.left, box.top) < 0 or box.right > width or box.bottom > height:
            raise UnsuitableError(
                f"its box {number} is not within the image of {width} x {height} pixels: {_spelled(box)}"
            )


def _spelled(box: Box) -> str:
    return f"left {box.left:g}, top {box.top:g}, right {box.right:g}, bottom {box.bottom:g}"


def _edges(boxes: Sequence[Box]) -> NDArray[np.float64]:
    import numpy as np

    edges = [(box.left, box.top, box.right, box.bottom) for box in boxes]
    return np.array(edges, np.float64).reshape(-1, 4)


def _facts(boxes: Sequence[Box], seen: NDArray[np.bool_], scale: float) -> dict[str, np.ndarray]:
    import numpy as np

    areas = [
        (box.right - box.left) * (box.bottom - box.top) if box.area is None else box.area for box in boxes
    ]
    return {
        "labels": np.array([box.label for box in boxes], np.int64)[seen],
        "crowd": np.array([box.crowd for box in boxes], bool)[seen],
        "area": np.array(areas, np.float32)[seen],
        "scale": np.array(scale, np.float32),
    }
