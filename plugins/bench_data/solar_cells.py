"""Data set `solar-cells`: photographs of solar cells, sound and broken, which come in a package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import Field

from bench import DataError, Dataset, DatasetInfo, Example, NewInput, Split, hookimpl
from bench.toolkit.inputs import image_input, image_inputs
from bench.toolkit.packages import package_folder

from .content import content_digest, digest

if TYPE_CHECKING:
    from bench import Task

PACKAGE = "elpv_dataset"
CLASSES = ("functional", "defective")

TURN: tuple[Split, ...] = ("train", "train", "train", "test")
"""The splits that cells take turns to join: 75 and 25 %."""

NOTE = "cells of one module may be in train and in test: the data do not say which module a cell is from"


class SolarCell(NamedTuple):
    """A photograph, the probability that the cell is defective, and its kind: mono or poly."""

    file: Path
    probability: float
    kind: str


class SolarCells(Dataset):
    """2,624 grey photographs of solar cells that glow under a current (Buerhop-Lutz et al. 2018).

    They have 300 x 300 pixels, and what is broken is dark. Each comes with the probability that the cell is
    defective: 0, 1/3, 2/3 or 1. From 1/2 on it is `defective`. Tasks that ask for a number get the
    probability.

    The data come without splits. Here they are sorted by kind (mono- or polycrystalline), probability and
    name, and every fourth is for test: 1,968 are for train, as many as in Deitsch et al. 2019, and 656 for
    test. The cells are from 44 modules, but which is from which is not told. So figures are about further
    cells of the same modules.

    The package is in the extra `solar-cells`. The photographs are not for commercial use.
    """

    name: ClassVar[str] = "solar-cells"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    targets: ClassVar[frozenset[str]] = frozenset({"class", "number"})

    task: Any = Field("image-classification", description="the task, or a mapping of its name and settings")
    target: Literal["class", "number"] = Field("class", description="kind of what is asked; set by the task")

    def serving(self, task: Task) -> Self:
        """Return the data set with classes or probabilities as targets, as the task asks.

        Raises DataError if it asks for anything else.
        """
        served = super().serving(task)
        return served if task.target is None else served.model_copy(update={"target": task.target})

    def check(self) -> None:
        """Raise DataError if the package is not installed."""
        _folder()

    def fingerprint(self) -> str:
        """Return a digest of the photographs, of what is known of each, and of the split."""
        rows = [(content_digest(cell.file), cell.probability, cell.kind) for cell in _cells(_folder())]
        return digest([rows, TURN])

    def info(self) -> DatasetInfo:
        """Return the sizes of the splits, and the two classes if classes are asked for."""
        return DatasetInfo(
            sizes={split: len(_of(split)) for split in ("train", "test")},
            classes=CLASSES if self.target == "class" else (),
            licence="CC BY-NC-SA 4.0",
            notes=(NOTE,),
        )

    def load(self, split: Split) -> Sequence[Example]:
        """Return the photographs of a split (mode L, 300 x 300), decoded on access."""
        from bench.toolkit.images import read_image

        from .examples import FilesRead

        cells = _of(split)
        probabilities = [cell.probability for cell in cells]
        asked: Sequence[float] = probabilities if self.target == "number" else [*map(_class, cells)]
        return FilesRead([cell.file for cell in cells], asked, read_image)

    def strata(self, split: Split) -> Sequence[int] | None:
        """Return the class of each cell; None where numbers are asked for."""
        return [*map(_class, _of(split))] if self.target == "class" else None

    def where(self, split: Split, index: int) -> str:
        """Return the name of the file."""
        return _of(split)[index].file.name

    def contents(self, split: Split) -> Sequence[str]:
        """Return the digest of each file."""
        return [content_digest(cell.file) for cell in _of(split)]

    def at_hand(self) -> bool:
        """Say that all are in a package of 91 MB."""
        return True

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image of a file."""
        return image_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the image of a file by its path."""
        return image_input(line)


def _class(cell: SolarCell) -> int:
    return int(cell.probability >= 0.5)


def _of(split: Split) -> Sequence[SolarCell]:
    """Return the cells of a split, in the order of all."""
    return [cell for at, cell in enumerate(_cells(_folder())) if TURN[at % len(TURN)] == split]


@lru_cache(maxsize=1)
def _cells(folder: Path) -> Sequence[SolarCell]:
    """Return all cells, by kind, probability and name.

    Raises DataError if the table of the package is not as expected.
    """
    table = folder / "labels.csv"
    try:
        rows = [line.split() for line in table.read_text(encoding="utf-8").splitlines()]
        cells = [SolarCell(folder / name, float(probability), kind) for name, probability, kind in rows]
    except (OSError, ValueError) as error:
        raise DataError(f"solar-cells: {table} is not as expected; install elpv-dataset again") from error
    return sorted(cells, key=lambda cell: (cell.kind, cell.probability, cell.file.name))


def _folder() -> Path:
    package = package_folder(PACKAGE)
    if package is None:
        raise DataError(
            "solar-cells: its photographs are in a package that is not installed; "
            "pip install 'transferbench[solar-cells]'"
        )
    return package / "data"


@hookimpl
def bench_datasets() -> Sequence[type[Dataset]]:
    """Return the data set."""
    return [SolarCells]
