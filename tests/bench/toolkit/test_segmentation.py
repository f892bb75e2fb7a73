"""Figures of segmentation are those of scikit-learn and torchmetrics; heads give what they are to."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.metrics import jaccard_score
from torchmetrics.classification import MulticlassJaccardIndex

from bench import DataError, DatasetInfo, Example, Features, FeatureSpec, UnsuitableError
from bench.toolkit.geometry import IGNORED
from bench.toolkit.images import ImageProcessor
from bench.toolkit.segmentation import Segmentation
from bench.toolkit.segmentation_metrics import SegmentationMetrics

CLASSES = 4
INFO = DatasetInfo({}, ("road", "sky", "tree", "car"))
SPEC = FeatureSpec(8, (3, 6, 5), (4, 8, 16))


class Task(Segmentation):
    name: ClassVar[str] = "task"
    modality: ClassVar[str] = "image"


def drawn(seed: int, count: int = 5, classes: int = CLASSES) -> tuple[torch.Tensor, torch.Tensor]:
    """Predicted classes and masks with pixels of no class."""
    random = torch.Generator().manual_seed(seed)
    predicted, mask = torch.randint(classes, (2, count, 6, 8), generator=random, dtype=torch.uint8)
    mask[torch.rand(mask.shape, generator=random) < 0.2] = IGNORED
    return predicted, mask


def kept(predicted: torch.Tensor, mask: torch.Tensor) -> dict[str, np.ndarray]:
    found = SegmentationMetrics(CLASSES).statistics({"classes": predicted}, {"mask": mask})
    return {name: values.numpy() for name, values in found.items()}


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), occurring=st.integers(1, CLASSES))
def test_figures_are_those_of_others(seed: int, occurring: int) -> None:
    predicted, mask = drawn(seed, classes=occurring)
    figures = SegmentationMetrics(CLASSES).compute(kept(predicted, mask))
    counted = mask != IGNORED
    truth, found = mask[counted].numpy(), predicted[counted].numpy()
    assert figures["mean_iou"] == pytest.approx(jaccard_score(truth, found, average="macro"), abs=1e-12)
    assert figures["pixel_accuracy"] == pytest.approx((truth == found).mean(), abs=1e-12)
    theirs = MulticlassJaccardIndex(CLASSES, average="macro", ignore_index=IGNORED)
    assert figures["mean_iou"] == pytest.approx(float(theirs(predicted.long(), mask.long())), abs=1e-6)


def test_images_count_as_often_as_they_weigh() -> None:
    predicted, mask = drawn(3)
    metrics, statistics = SegmentationMetrics(CLASSES), kept(predicted, mask)
    weights = np.array([0, 2, 1, 1, 3])
    repeated = {name: np.repeat(values, weights, axis=0) for name, values in statistics.items()}
    assert metrics.compute(statistics, weights) == pytest.approx(metrics.compute(repeated))


@pytest.mark.parametrize("image", [0, -1])
def test_what_is_no_class_is_not_counted_as_another(image: int) -> None:
    predicted, mask = drawn(3)
    mask[image, 0, 0] = CLASSES + 2
    with pytest.raises(DataError, match="a mask holds 6, and there are 4 classes, from 0 on"):
        kept(predicted, mask)


def test_where_no_pixel_counts_there_are_no_figures() -> None:
    predicted, mask = drawn(3)
    assert SegmentationMetrics(CLASSES).compute(kept(predicted, torch.full_like(mask, IGNORED))) == {}


def test_classes_one_by_one() -> None:
    predicted, mask = drawn(5, classes=3)
    breakdown = Task().breakdown(INFO)
    figures = breakdown.compute(kept(predicted, mask))
    counted = mask != IGNORED
    truth, found = mask[counted].numpy(), predicted[counted].numpy()
    expected = jaccard_score(truth, found, average=None, labels=[0, 1, 2])
    np.testing.assert_allclose(figures["iou"][:3], expected)
    assert np.isnan(figures["iou"][3])
    assert figures["support"].tolist() == np.bincount(truth, minlength=4).tolist()
    confusion = breakdown.confusion(kept(predicted, mask))
    assert confusion[1, 2] == ((truth == 1) & (found == 2)).sum()


def encoder(spec: FeatureSpec = SPEC) -> Any:
    class Encoder:
        pass

    made: Any = Encoder()
    made.spec = spec
    return made


def features(count: int = 2, size: tuple[int, int] | None = (32, 48)) -> Features:
    maps = [
        torch.randn(count, channels, 32 // stride, 48 // stride)
        for channels, stride in zip(SPEC.channels, SPEC.strides, strict=True)
    ]
    return Features(torch.empty(0), tuple(maps), size=size)


@pytest.mark.parametrize("decoder", ["fpn", "linear"])
def test_heads_learn_the_class_of_each_pixel(decoder: Any) -> None:
    torch.manual_seed(0)
    task, seen = Task(decoder=decoder, width=16), features()
    mask = torch.zeros(2, 32, 48, dtype=torch.uint8)
    mask[:, :16, 16:] = 3
    mask[:, 24:, :] = IGNORED
    head = task.head(encoder(), INFO).train()
    optimiser = torch.optim.Adam(head.parameters(), lr=0.03)
    for _ in range(60):
        loss = task.loss(head, seen, {"mask": mask})
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    found = task.predict(head.eval(), seen)
    assert found["classes"].dtype == torch.uint8
    assert found["classes"].shape == (2, 32, 48)
    counted = mask != IGNORED
    assert (found["classes"] == mask)[counted].float().mean() > 0.8  # a place of the deepest map is 16 pixels
    assert found["confidence"].shape == (2,)
    images, processor = [Image.new("L", (48, 32))] * 2, ImageProcessor((32, 48), (32, 48))
    shown = task.postprocess(found, INFO, images, processor)
    assert next(iter(shown[0]["shares"])) == "road"
    assert sum(shown[0]["shares"].values()) == pytest.approx(1)


def test_shares_are_of_the_image_and_not_of_what_is_put_around_it() -> None:
    classes = torch.zeros(1, 32, 32, dtype=torch.uint8)
    classes[:, 8:24] = 1
    classes[:, 8:24, :8] = 3
    wide, processor = Image.new("L", (64, 32)), ImageProcessor((32, 32), (32, 32), fit="contain")
    (shown,) = Task().postprocess({"classes": classes}, INFO, [wide], processor)
    assert shown == {"shares": {"sky": 0.75, "car": 0.25}}


def test_only_the_maps_of_the_pyramid_are_read() -> None:
    wide = FeatureSpec(8, (1, 2, 3, 4, 5, 6), (1, 2, 4, 8, 16, 64))
    assert Task().levels(wide) == (2, 3, 4)
    assert list(Task(decoder="linear").levels(wide)) == [5]
    assert Task().levels(FeatureSpec(8, (1, 2), (1, 2))) == (1,)
    with pytest.raises(UnsuitableError, match="gives no maps"):
        Task().levels(FeatureSpec(8))


def test_a_batch_without_classes_has_no_loss() -> None:
    head = Task(width=8).head(encoder(), INFO)
    loss = Task().loss(head, features(), {"mask": torch.full((2, 32, 48), IGNORED, dtype=torch.uint8)})
    assert float(loss.detach()) == 0


def test_predictions_need_the_size() -> None:
    head = Task(width=8).head(encoder(), INFO)
    with pytest.raises(UnsuitableError, match="lack the size"):
        Task().predict(head, features(size=None))


def test_masks_are_prepared_with_their_images() -> None:
    image, mask = Image.new("RGB", (60, 40)), Image.new("L", (60, 40), 2)
    cut, whole = (ImageProcessor((8, 8), (8, 8), fit=fit) for fit in ("cover", "stretch"))
    sample = Task().prepare(Example(image, mask), cut)
    assert sample.targets["mask"].tolist() == [[2] * 8] * 8
    assert sample.inputs.remark.startswith("cut at their sides")
    assert Task().prepare(Example(image, mask), whole).inputs.remark == ""
    assert Task().prepare(Example(image, None), whole).targets == {}
    with pytest.raises(UnsuitableError, match="its mask is of mode RGB, not L"):
        Task().prepare(Example(image, image), whole)
