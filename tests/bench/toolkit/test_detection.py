"""Objects are found where they are, and what a one-stage head is asked is what it should be."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.ops import generalized_box_iou_loss, sigmoid_focal_loss

from bench import Box, DatasetInfo, Example, Features, FeatureSpec, UnsuitableError
from bench.toolkit.detection import Detection
from bench.toolkit.detection_head import MOST
from bench.toolkit.detection_loss import apart, asked_of, centredness, focal
from bench.toolkit.images import ImageProcessor

INFO = DatasetInfo({}, ("cat", "dog"))
SPEC = FeatureSpec(8, (4, 6, 5), (8, 16, 32))
SIZE = (64, 96)
WHOLE = ImageProcessor(SIZE, SIZE, fit="stretch")


class Task(Detection):
    name: ClassVar[str] = "task"
    modality: ClassVar[str] = "image"


TASK = Task(width=16, depth=1)


def encoder() -> Any:
    class Encoder:
        spec = SPEC

    return Encoder()


def features(count: int = 2, size: tuple[int, int] = SIZE) -> Features:
    maps = [
        torch.randn(count, channels, size[0] // stride, size[1] // stride)
        for channels, stride in zip(SPEC.channels, SPEC.strides, strict=True)
    ]
    return Features(torch.empty(0), tuple(maps), size=size)


def targets(*images: tuple[Box, ...]) -> dict[str, torch.Tensor]:
    """What is asked of images of 192 x 128 pixels, twice as large as they are prepared."""
    picture = Image.new("RGB", (192, 128))
    return TASK.collate([TASK.prepare(Example(picture, boxes), WHOLE) for boxes in images]).targets


TWO = (Box(1, 20, 20, 80, 100), Box(0, 100, 30, 180, 110))
ONE = (Box(0, 40, 10, 150, 120),)


def test_boxes_are_padded_to_the_most_of_an_image() -> None:
    found = targets(TWO, (), ONE)
    assert found["boxes"].shape == (3, 2, 4)
    assert found["boxes"].dtype == torch.float32
    assert found["boxes"][0].tolist() == [[10, 10, 40, 50], [50, 15, 90, 55]]
    assert found["labels"].tolist() == [[1, 0], [-1, -1], [0, -1]]
    assert found["area"][0].tolist() == [60 * 80, 80 * 80]
    assert found["scale"].tolist() == [4, 4, 4]
    assert not found["crowd"].any()
    assert targets((), ())["boxes"].shape == (2, 0, 4)


def test_what_is_cut_off_with_the_sides_is_not_asked_for() -> None:
    cover = ImageProcessor((64, 64), (64, 64))
    picture = Image.new("RGB", (192, 128))
    sample = TASK.prepare(Example(picture, (Box(0, 0, 0, 20, 20), Box(1, 20, 20, 80, 100))), cover)
    assert sample.targets["labels"].tolist() == [1]
    assert sample.targets["boxes"].tolist() == [[0, 10, 24, 50]]
    assert sample.inputs.remark.startswith("cut at their sides")


@pytest.mark.parametrize(
    ("box", "message"),
    [
        (Box(0, 5, 5, 5, 9), "its box 1 has no area: left 5, top 5, right 5, bottom 9"),
        (Box(0, 5, 5, 193, 9), "its box 1 is not within the image of 192 x 128 pixels: left 5"),
        (Box(0, -1, 5, 19, 9), "its box 1 is not within the image"),
    ],
)
def test_boxes_that_are_none(box: Box, message: str) -> None:
    with pytest.raises(UnsuitableError, match=message):
        TASK.prepare(Example(Image.new("RGB", (192, 128)), (box,)), WHOLE)


def test_a_head_learns_to_find_objects() -> None:
    torch.manual_seed(0)
    seen, asked = features(), targets(TWO, ONE)
    head = TASK.head(encoder(), INFO).train()
    optimiser = torch.optim.Adam(head.parameters(), lr=0.01)
    for _ in range(150):
        loss = TASK.loss(head, seen, asked)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 1.0
    head.eval()
    with torch.no_grad():
        found = TASK.predict(head, seen)
    assert found["boxes"].shape == (2, MOST, 4)
    assert (found["scores"][:, :-1] >= found["scores"][:, 1:]).all()
    assert ((found["labels"] == -1) == (found["scores"] == 0)).all()
    metrics = TASK.metrics(INFO)
    statistics = {name: values.numpy() for name, values in metrics.statistics(found, asked).items()}
    assert metrics.compute(statistics)["map_50"] > 0.9
    shown = TASK.postprocess(found, INFO, [Image.new("RGB", (192, 128))] * 2, WHOLE)
    assert shown[1]["objects"][0]["class"] == "cat"
    np.testing.assert_allclose(shown[1]["objects"][0]["box"], [40, 10, 150, 120], atol=12)


def test_a_batch_without_objects_has_a_loss_with_a_gradient() -> None:
    for nothing in (targets((), ()), targets((), TWO)):
        head = TASK.head(encoder(), INFO)
        loss = TASK.loss(head, features(), nothing)
        loss.backward()
        assert loss.isfinite()
        assert all(p.grad is None or p.grad.isfinite().all() for p in head.parameters())


def test_points_near_the_middle_are_to_find_the_smallest_object_of_their_level() -> None:
    dense = TASK.head(encoder(), INFO)(features(1))
    small, large = Box(1, 80, 40, 112, 72), Box(0, 2, 2, 190, 126)
    asked = asked_of(dense, targets((large, small)))
    points = [tuple(point) for point in dense.points.tolist()]
    found = {point: label for point, label in zip(points, asked.label[0].tolist(), strict=True) if label >= 0}
    # In prepared pixels they are at 40 to 56 across, 20 to 36 down, and at 1 to 95, 1 to 63.
    assert found == {(44, 28): 1, (52, 28): 1, (44, 36): 0, (52, 36): 0}
    at = points.index((44, 28))
    assert asked.distances[0, at].tolist() == pytest.approx([4, 8, 12, 8])


def test_larger_objects_are_for_deeper_levels() -> None:
    dense = TASK.head(encoder(), INFO)(features(1, (256, 384)))
    asked = asked_of(dense, {**targets((ONE[0],)), "boxes": torch.tensor([[[8.0, 8, 370, 250]]])})
    assert set(dense.strides[asked.label[0] == 0].tolist()) == {32}


def test_points_in_a_crowd_may_find_something_or_not() -> None:
    dense = TASK.head(encoder(), INFO)(features(1))
    asked = asked_of(dense, targets((Box(1, 20, 20, 80, 100, crowd=True),)))
    assert (asked.label == -1).all()
    inside = (dense.points > torch.tensor([10.0, 10])).all(dim=1) & (
        dense.points < torch.tensor([40.0, 50])
    ).all(dim=1)
    assert torch.equal(asked.open[0], inside)


def test_losses_are_those_of_torchvision() -> None:
    torch.manual_seed(0)
    logits, wanted = torch.randn(5, 3), torch.randint(2, (5, 3)).float()
    torch.testing.assert_close(focal(logits, wanted), sigmoid_focal_loss(logits, wanted))
    first, second = torch.rand(2, 7, 4) * 9 + 1
    boxes = [torch.cat([-distances[:, :2], distances[:, 2:]], dim=1) for distances in (first, second)]
    torch.testing.assert_close(apart(first, second), generalized_box_iou_loss(*boxes))
    assert centredness(torch.tensor([2.0, 3, 2, 3])).item() == 1
    assert centredness(torch.tensor([1.0, 3, 4, 3])).item() == 0.5


def test_predictions_need_the_size() -> None:
    seen = features()
    seen.size = None
    with pytest.raises(UnsuitableError, match="lack the size"):
        TASK.predict(TASK.head(encoder(), INFO), seen)
