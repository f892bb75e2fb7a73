"""Masks and boxes go where the pixels go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bench import UnsuitableError
from bench.toolkit.geometry import IGNORED, placement_of
from bench.toolkit.images import ImageProcessor

PROCESSORS = {
    "stretch": ImageProcessor((48, 64), (48, 64), fit="stretch"),
    "contain": ImageProcessor((48, 64), (48, 64), fit="contain"),
    "cover": ImageProcessor((48, 64), (48, 64)),
    "cut out": ImageProcessor((48, 48), (56, 56)),
}


def scene(height: int, width: int, box: tuple[int, int, int, int]) -> tuple[Image.Image, Image.Image]:
    """A white rectangle on black, and its mask."""
    left, top, right, bottom = box
    pixels = np.zeros((height, width), np.uint8)
    pixels[top:bottom, left:right] = 255
    return Image.fromarray(pixels).convert("RGB"), Image.fromarray(pixels // 255)


boxes = st.builds(
    lambda left, top, width, height: (left, top, left + width, top + height),
    st.integers(30, 90),
    st.integers(20, 60),
    st.integers(20, 40),
    st.integers(20, 40),
)


@pytest.mark.parametrize("name", PROCESSORS)
@settings(deadline=None)
@given(box=boxes, turned=st.booleans())
def test_what_is_marked_stays_on_what_it_marks(
    name: str, box: tuple[int, int, int, int], turned: bool
) -> None:
    processor = PROCESSORS[name]
    image, mask = scene(100, 130, box)
    if turned:
        image, mask = (picture.transpose(Image.Transpose.TRANSPOSE) for picture in (image, mask))
        box = (box[1], box[0], box[3], box[2])
    placement = placement_of(processor, image)
    white = processor(image)["pixels"][0] > 127
    marked = placement.mask(mask)
    assert marked.shape == processor.size
    inside = marked != IGNORED
    assert (white == (marked == 1))[inside].mean() > 0.93
    left, top, right, bottom = placement.edges(np.array([box], float))[0]
    drawn = np.zeros(processor.size, bool)
    drawn[round(top) : round(bottom), round(left) : round(right)] = True
    assert (drawn == white).mean() > 0.93


@settings(deadline=None)
@given(box=boxes)
def test_boxes_come_back_where_nothing_is_cut_off(box: tuple[int, int, int, int]) -> None:
    for name in ("stretch", "contain"):
        placement = PROCESSORS[name].placement(100, 130)
        assert placement.whole
        edges = np.array([box], float)
        np.testing.assert_allclose(placement.back(placement.edges(edges)), edges, atol=1e-4)


def test_what_is_cut_off_is_known() -> None:
    assert not PROCESSORS["cut out"].placement(100, 130).whole
    assert not PROCESSORS["cover"].placement(100, 130).whole
    assert PROCESSORS["cover"].placement(96, 128).whole
    edges = PROCESSORS["cut out"].placement(56, 112).edges(np.array([[0.0, 0, 10, 56], [20, 0, 60, 56]]))
    assert edges.tolist() == [[0, 0, 0, 48], [0, 0, 28, 48]]


def test_what_is_put_around_is_of_no_class() -> None:
    mask = PROCESSORS["contain"].placement(100, 100).mask(Image.new("L", (100, 100), 3))
    assert (mask[:, :8] == IGNORED).all()
    assert (mask[:, 8:56] == 3).all()
    assert (mask[:, 56:] == IGNORED).all()


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(UnsuitableError, match=r"^its mask has 4 x 3 pixels, and the image 130 x 100$"):
        PROCESSORS["stretch"].placement(100, 130).mask(Image.new("L", (4, 3)))


def test_a_processor_must_say_where_pixels_go() -> None:
    def processor(raw: object) -> dict[str, np.ndarray]:
        return {}

    with pytest.raises(UnsuitableError, match="does not say where pixels come to lie"):
        placement_of(processor, Image.new("RGB", (3, 3)))


def test_whole_images_fit_into_the_size() -> None:
    processor = ImageProcessor((96, 128), (109, 146))
    assert processor.fitted(None) is processor
    assert processor.fitted("stretch") == ImageProcessor((96, 128), (96, 128), fit="stretch")
    assert processor.fitted("stretch").placement(300, 77).whole
