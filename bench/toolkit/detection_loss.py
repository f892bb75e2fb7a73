"""What is asked of each point of a one-stage detector, and how far its predictions are from that."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from ..api import Targets
from .detection_head import Dense

RADIUS = 1.5
"""Points within so many strides of an object's centre, on either axis, should find it."""

ALPHA = 0.25
"""The weight of positives in the focal loss (Lin et al. 2017); negatives have the rest."""

GAMMA = 2.0
"""How strongly it plays down what is classified well already."""


@dataclass(frozen=True)
class Asked:
    """What is asked of points.

    label: the class of the object that a point should find, -1 if none, `[N, P]`. distances: to its edges,
    `[N, P, 4]`, of no meaning where there is none. open: whether the point is in a crowd, and may find
    something or not, `[N, P]`.
    """

    label: Tensor
    distances: Tensor
    open: Tensor


def asked_of(dense: Dense, targets: Targets) -> Asked:
    """Return what is asked of each point, by the boxes of the images it is in.

    A point should find the smallest object among those that it is near the middle of, and that are of its
    level's size.
    """
    boxes, labels, crowd = targets["boxes"], targets["labels"], targets["crowd"]
    if not boxes.shape[1]:
        none = torch.full((len(boxes), len(dense.points)), -1, device=boxes.device)
        return Asked(none, dense.distances.detach(), none == 0)
    points = dense.points.unsqueeze(1)
    # [N, P, B, 4]: from each point to the edges of each box.
    far = torch.cat([points - boxes[:, None, :, :2], boxes[:, None, :, 2:] - points], dim=3)
    inside = far.amin(dim=3) > 0
    off_centre = (points - (boxes[..., :2] + boxes[..., 2:]).unsqueeze(1) / 2).abs().amax(dim=3)
    largest = far.amax(dim=3)
    least, most = (edge.view(1, -1, 1) for edge in dense.reach.unbind(1))
    real = ((labels >= 0) & ~crowd).unsqueeze(1)
    fits = inside & real & (off_centre < RADIUS * dense.strides.view(1, -1, 1))
    fits &= (largest > least) & (largest <= most)
    area = ((boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])).unsqueeze(1)
    smallest, chosen = torch.where(fits, area, torch.inf).min(dim=2)
    label = torch.where(smallest.isinf(), -1, labels.gather(1, chosen))
    distances = far.gather(2, chosen[..., None, None].expand(-1, -1, 1, 4)).squeeze(2)
    return Asked(label, distances, (inside & crowd.unsqueeze(1)).any(dim=2) & (label < 0))


def fcos_loss(dense: Dense, targets: Targets) -> Tensor:
    """Return the loss of classes, and of boxes and centres where there are objects; a scalar."""
    asked = asked_of(dense, targets)
    found = asked.label >= 0
    count = found.sum().clamp(min=1)
    wanted = one_hot(asked.label.clamp(min=0), dense.logits.shape[2]) * found.unsqueeze(2)
    classes = (focal(dense.logits, wanted.float()).sum(dim=2) * ~asked.open).sum() / count
    # What is asked where there is no object is multiplied by 0, so no shape depends on the targets.
    distances = torch.where(found.unsqueeze(2), asked.distances, 1.0)
    middle = centredness(distances) * found
    boxes = (apart(dense.distances, distances) * middle).sum() / middle.sum().clamp(min=1e-6)
    centres = binary_cross_entropy_with_logits(dense.centre, middle, reduction="none")
    return classes + boxes + (centres * found).sum() / count


def focal(logits: Tensor, wanted: Tensor) -> Tensor:
    """Return the focal loss of each logit."""
    probability = logits.sigmoid()
    right = probability * wanted + (1 - probability) * (1 - wanted)
    weight = ALPHA * wanted + (1 - ALPHA) * (1 - wanted)
    loss = binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return weight * (1 - right) ** GAMMA * loss


def centredness(distances: Tensor) -> Tensor:
    """Return how far in the middle of its box a point is, from 0 at an edge to 1; `[..., 4]` to `[...]`."""
    across, down = distances[..., 0::2], distances[..., 1::2]
    share = across.amin(-1) / across.amax(-1) * (down.amin(-1) / down.amax(-1))
    return share.clamp(min=0).sqrt()


def apart(first: Tensor, second: Tensor) -> Tensor:
    """Return 1 less the generalised IoU of boxes by their distances from one point, `[..., 4]` to `[...]`.

    After Rezatofighi et al. 2019.
    """
    smaller, larger = torch.minimum(first, second), torch.maximum(first, second)
    both, around = _area(smaller), _area(larger)
    either = _area(first) + _area(second) - both
    return 1 - both / either + (around - either) / around


def _area(distances: Tensor) -> Tensor:
    return (distances[..., 0] + distances[..., 2]) * (distances[..., 1] + distances[..., 3])
