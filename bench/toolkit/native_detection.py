"""Detectors that backbones were pretrained with, as heads of detection tasks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from ..api import Encoder, Features, Predictions
from .detection_head import padded
from .heads import rows_of


class NativeDetection(nn.Module):
    """A pretrained detector of `Features`, of whose classes those of `rows` are asked for, in their order.

    It is used as it is: there is no loss to train it by.
    """

    def __init__(self, detector: nn.Module, rows: Sequence[int]) -> None:
        super().__init__()
        self.detector = detector
        self.rows = list(rows)

    def detect(self, features: Features) -> Predictions:
        """Return the best boxes of each image, as `Detection` describes predictions."""
        found = []
        for image in self.detector(features):
            asked = torch.tensor(self.rows, device=image["labels"].device)
            same = image["labels"].unsqueeze(1) == asked
            known, label = same.any(dim=1), same.int().argmax(dim=1)
            found.append(padded(image["boxes"][known], image["scores"][known], label[known]))
        boxes, scores, labels = (torch.stack(parts) for parts in zip(*found, strict=True))
        return {"boxes": boxes, "scores": scores, "labels": labels, "confidence": scores.amax(dim=1)}


def native_detector(encoder: Encoder, classes: Sequence[str]) -> NativeDetection | None:
    """Return the encoder's own detector of some classes; None where it has none that knows them."""
    for part in encoder.native:
        rows = rows_of(part, classes) if part.role == "detector" else None
        detector = None if rows is None else part.build()
        if rows is not None and detector is not None:
            return NativeDetection(detector, rows)
    return None
