"""image-masks: images, and for each a mask that says of each pixel which class it is of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, model_validator

from bench import DataError, Dataset, DatasetInfo, Example, NewInput, Split, hookimpl
from bench.toolkit.inputs import image_input, image_inputs

from .classes import ClassName, ClassNames, quoted
from .content import content_digest, digest
from .image_files import folder_pairs, images_by_name

if TYPE_CHECKING:
    from .masks import Values

Channel = Annotated[int, Field(ge=0, le=255)]
Colour = tuple[Channel, Channel, Channel]

NAMES = "classes.txt"
"""The file that may hold the names of classes, a line each, in the order of their values."""

MOST = 255
"""Classes that masks of eight bits can tell apart, and no class."""

Pair = tuple[Path, Path]
"""The files of an image and of its mask."""


class ImageMasks(Dataset):
    """`path/split/images/*` and `path/split/masks/*`, or `path/images/split/*` and `path/masks/split/*`.

    A mask is named like its image, whatever the type of file, and has as many pixels. Their values are the
    numbers of classes, from 0, or colours. 255 is always no class of numbers, nor are the values of those
    named under `ignore`, which are then none of the data set's classes.
    """

    name: ClassVar[str] = "image-masks"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    targets: ClassVar[frozenset[str]] = frozenset({"mask"})

    path: str = Field(description="folder with a folder for each split, or with folders of images and masks")
    images: str = Field("images", description="name of the folders of images")
    masks: str = Field("masks", description="name of the folders of masks")
    suffix: str = Field("", description="what names of masks have after those of their images: _mask")
    classes: ClassNames | None = Field(
        None, description="names of the values 0, 1, ...; by default the lines of classes.txt"
    )
    colours: dict[ClassName, Colour] | None = Field(
        None,
        description="classes in order with their colours, where masks have these: {road: [128, 64, 128]}",
    )
    ignore: tuple[ClassName, ...] = Field((), description="names of classes, or values, that are no class")
    task: str | dict[str, Any] = Field("semantic-segmentation", description="task it is for")
    licence: str | None = Field(None, description="licence of the data, for the record")

    @model_validator(mode="after")
    def _one_way(self) -> ImageMasks:
        if self.classes is not None and self.colours is not None:
            raise ValueError("give either classes, of values 0, 1, ..., or colours")
        return self

    def __hash__(self) -> int:
        """Hash by content: mappings have no hash of their own."""
        return hash(self.model_dump_json())

    def check(self) -> None:
        """Raise DataError if images or masks are missing, or classes are not known."""
        self._kept()
        self._pairs()

    def fingerprint(self) -> str:
        """Return a digest of images and masks by split, and of what values stand for."""
        files = {
            split: [[content_digest(file) for file in pair] for pair in pairs]
            for split, pairs in self._pairs().items()
        }
        return digest([files, self._names()])

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the fingerprint in place of paths."""
        ways = ("path", "images", "masks", "suffix", "licence")
        return {key: value for key, value in super().identity().items() if key not in ways}

    def info(self) -> DatasetInfo:
        """Return the classes and the number of images."""
        sizes = {split: len(pairs) for split, pairs in self._pairs().items()}
        return DatasetInfo(sizes, self._kept(), self.licence)

    def load(self, split: Split) -> Sequence[Example]:
        """Return the images of a split with their masks, by name, decoded on access.

        Raises DataError for a value of a mask that stands for no class.
        """
        from .masks import MaskedImages

        return MaskedImages(self._pairs()[split], self._values())

    def where(self, split: Split, index: int) -> str:
        """Return the path of an image."""
        return str(self._pairs()[split][index][0])

    def contents(self, split: Split) -> list[str] | None:
        """Return the digest of each image file."""
        pairs = self._pairs().get(split)
        return None if pairs is None else [content_digest(image) for image, _ in pairs]

    def at_hand(self) -> bool:
        """Say that digests are, as the fingerprint is made of them."""
        return True

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image of a file."""
        return image_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the image of a file by its path."""
        return image_input(line)

    def _names(self) -> tuple[str, ...]:
        """Return the names of all values or colours, those that are ignored too."""
        if self.colours is not None:
            return tuple(self.colours)
        if self.classes is not None:
            return self.classes
        file = Path(self.path).expanduser() / NAMES
        try:
            return tuple(filter(None, map(str.strip, file.read_text(encoding="utf-8-sig").splitlines())))
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(
                f"{file}: not there, or not readable; name the classes with `classes:` or `colours:`",
                "classes",
            ) from error

    def _kept(self) -> tuple[str, ...]:
        """Return the names of the values that are classes. Raises DataError for others under `ignore`."""
        names = self._names()
        strange = [name for name in self.ignore if name not in names and name not in self._numbers(names)]
        if strange:
            raise DataError(f"there are no classes or values {quoted(strange)} to ignore", "ignore")
        kept = tuple(name for name in names if name not in self.ignore)
        if not 1 <= len(kept) <= len(names) <= MOST:
            raise DataError(f"has {len(kept)} classes of {len(names)}; masks can hold 1 to {MOST}", "classes")
        return kept

    def _numbers(self, names: Collection[str]) -> dict[str, int]:
        """Return the values under `ignore` that no name stands for."""
        numbers = {name: int(name) for name in self.ignore if name.isdecimal() and name not in names}
        return {name: value for name, value in numbers.items() if value <= MOST and not self.colours}

    def _values(self) -> Values:
        from .masks import Values

        names = self._names()
        ignored = tuple(self._numbers(names).values())
        return Values(names, self._kept(), ignored, tuple((self.colours or {}).values()))

    def _pairs(self) -> dict[Split, list[Pair]]:
        folders = folder_pairs(self.path, self.images, self.masks)
        return {split: _matched(*pair, self.suffix) for split, pair in folders.items()}


def _matched(images: Path, masks: Path, suffix: str) -> list[Pair]:
    """Return images and masks in pairs, by name. Raises DataError for one that is alone."""
    pictures, marked = images_by_name(images), images_by_name(masks)
    if not pictures:
        raise DataError(f"{images}: holds no images", "path")
    for name, image in pictures.items():
        if name + suffix not in marked:
            raise DataError(f"{image}: there is no mask '{name}{suffix}' for it in {masks}", "masks")
    for name, mask in marked.items():
        if not (name.endswith(suffix) and name.removesuffix(suffix) in pictures):
            raise DataError(f"{mask}: there is no image for it in {images}", "images")
    return [(image, marked[name + suffix]) for name, image in pictures.items()]


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [ImageMasks]
