from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image

from bench_vision.sample_grid import png_grid


def test_images_stand_in_rows_from_the_top_left():
    pixels = torch.randint(0, 256, (6, 3, 4, 5), dtype=torch.uint8)
    picture = Image.open(io.BytesIO(png_grid(pixels, columns=3)))
    assert picture.format == "PNG"
    assert picture.size == (15, 8)
    shown = np.asarray(picture)
    for number, image in enumerate(pixels):
        row, column = divmod(number, 3)
        part = shown[4 * row : 4 * row + 4, 5 * column : 5 * column + 5]
        assert np.array_equal(part, image.permute(1, 2, 0).numpy())
