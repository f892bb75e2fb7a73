"""In which formats files of images are opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

COMMON = ("BMP", "GIF", "JPEG", "PNG", "WEBP")
"""Pillow's formats that are often found under each other's names, as a PNG among the JPEGs of ImageNet."""

FORMATS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".webp"), COMMON),
    **dict.fromkeys((".tif", ".tiff"), ("TIFF",)),
    **dict.fromkeys((".pbm", ".pgm", ".pnm", ".ppm"), ("PPM",)),
    ".avif": ("AVIF",),
    ".jp2": ("JPEG2000",),
}
"""What may be in a file, by its ending. Other formats are never opened: Pillow hands some to programs."""

EVERY = tuple(sorted({name for names in FORMATS.values() for name in names}))
"""What may be in bytes, or in a file with another ending."""


def formats_of(source: Path | bytes) -> list[str]:
    """Return the formats in which a file may be, or any bytes, of those that this Pillow has."""
    from PIL import Image

    # Pillow loads the rarer formats when first needed.
    Image.init()
    suffix = source.suffix.lower() if isinstance(source, Path) else ""
    return [name for name in FORMATS.get(suffix, EVERY) if name in Image.OPEN]
