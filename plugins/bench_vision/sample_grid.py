"""Images side by side in one picture."""

from __future__ import annotations

import io

from PIL import Image
from torch import Tensor


def png_grid(pixels: Tensor, columns: int) -> bytes:
    """Return a PNG of images `[N, 3, H, W]`, uint8, in rows of so many; N must fill the rows."""
    count, _, height, width = pixels.shape
    rows = count // columns
    grid = pixels.view(rows, columns, 3, height, width).permute(0, 3, 1, 4, 2)
    picture = grid.reshape(rows * height, columns * width, 3).cpu().numpy()
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="PNG")
    return file.getvalue()
