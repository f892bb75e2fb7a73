"""Sequences whose examples are made on access, and the images in them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import overload

from PIL import Image, ImageOps
from PIL.ImageFile import ImageFile

from bench import DataError, Example
from bench.toolkit.images import DEEP, rgb
from bench.toolkit.messages import one_line


class LazyExamples(Sequence[Example]):
    """A sequence that makes an example each time it is asked for."""

    @abstractmethod
    def example(self, index: int) -> Example:
        """Return the example at an index from 0 to the length."""

    @overload
    def __getitem__(self, index: int) -> Example: ...

    @overload
    def __getitem__(self, index: slice) -> list[Example]: ...

    def __getitem__(self, index: int | slice) -> Example | list[Example]:
        """Return one example, or a list of those in a slice."""
        if isinstance(index, slice):
            return [self.example(i) for i in range(len(self))[index]]
        return self.example(range(len(self))[index])


class ImageFiles(LazyExamples):
    """Images in files, and their targets."""

    def __init__(self, paths: Sequence[Path], targets: Sequence[int]) -> None:
        self.paths = paths
        self.targets = targets

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.paths)

    def example(self, index: int) -> Example:
        """Return an image and its target."""
        path = self.paths[index]
        return Example(read_image(path, str(path)), self.targets[index])


def read_image(source: Path | bytes, where: str) -> Image.Image:
    """Decode an image file, the right way up, in the mode it is stored in; deeper ones with eight bits.

    Raises DataError, which says `where`, if it is no readable image, or its values have no known range.
    """
    # Pillow loads the rarer formats when first needed; another thread that needs them then would go without.
    Image.preinit()
    Image.init()
    try:
        content = source if isinstance(source, bytes) else source.read_bytes()
        image = Image.open(BytesIO(content))
        image.load()
        return ImageOps.exif_transpose(_shallow(image))
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    # Pillow's decoders raise whatever goes wrong in them: SyntaxError, struct.error, zlib.error, ...
    except Exception as error:
        raise DataError(f"{where}: not a readable image: {one_line(error)}") from error


def _shallow(image: ImageFile) -> Image.Image:
    """Return an image with eight bits a channel, read in its full range."""
    if image.mode not in DEEP:
        return image
    # Pillow gives 16-bit Netpbm files, and no others, 32 bits.
    return rgb(image.convert("I;16") if image.format == "PPM" else image)
