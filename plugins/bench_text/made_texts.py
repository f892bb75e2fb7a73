"""What data sets of texts that are made up here have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import bench
from bench.toolkit.inputs import text_input, text_inputs


class MadeTexts(bench.Dataset):
    """Texts with targets that code puts together: the same everywhere, at hand at once, free to use (CC0)."""

    classes: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[Sequence[str] | None] = ()
    """What files of new inputs call the texts of one, if it has several; None if no new inputs are read."""

    def fingerprint(self) -> str:
        """Return a digest of all examples."""
        content = [
            (split, [(example.input, example.target) for example in self.load(split)])
            for split in bench.SPLITS
        ]
        return hashlib.sha256(f"{self.name} {content}".encode()).hexdigest()

    def info(self) -> bench.DatasetInfo:
        """Return sizes, classes and licence."""
        sizes = {split: len(self.load(split)) for split in bench.SPLITS}
        return bench.DatasetInfo(sizes, self.classes, licence="CC0-1.0")

    def contents(self, split: bench.Split) -> Iterator[str]:
        """Give the text of each example, or its texts with a tab between them."""
        for example in self.load(split):
            yield example.input if isinstance(example.input, str) else "\t".join(example.input)

    def at_hand(self) -> bool:
        """Tell that making all takes no time."""
        return True

    def new_inputs(self, path: Path) -> Iterator[bench.NewInput]:
        """Give the texts of a csv file, a row each; any other file is one text."""
        return super().new_inputs(path) if self.columns is None else text_inputs(path, self.columns)

    def new_input(self, line: str) -> Any:
        """Return the text itself, or several with tabs between them."""
        return super().new_input(line) if self.columns is None else text_input(line, self.columns)
