"""hub: data sets of the Hugging Face hub, or local copies of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from bench import SPLITS, DataError, Dataset, Split, hookimpl
from bench.toolkit.messages import one_line

from .classes import quoted
from .columns import Columns
from .content import AT_HAND, SPLIT_NAMES, content_digest, digest, visible_files

if TYPE_CHECKING:
    from .parts import Part


class Hub(Columns):
    """A data set by its hub id. A folder of that name in the current directory is used in its place."""

    name: ClassVar[str] = "hub"
    argument: ClassVar[str | None] = "path"

    path: str = Field(min_length=1, description="id on the hub, such as nyu-mll/glue, or a folder like it")
    config: str | None = Field(None, description="which of the data set's configurations")
    revision: str | None = Field(None, description="branch, tag or commit; a commit never changes")
    train: str | None = Field(None, description="split to train on; by default train")
    val: str | None = Field(
        None, description="split for validation; by default val, valid, validation or dev"
    )
    test: str | None = Field(None, description="split to test on; by default test, if it has labels")

    def fingerprint(self) -> str:
        """Return a digest of id, configuration and revision, or of the local copy's content."""
        root = Path(self.path)
        if not root.is_dir():
            return digest([self.path, self.config, self.revision])
        return digest([[str(file.relative_to(root)), content_digest(file)] for file in visible_files(root)])

    def identity(self) -> dict[str, Any]:
        """Return the settings and the fingerprint; which split is which is no path here, and stays."""
        return super().identity() | {split: getattr(self, split) for split in SPLITS}

    def default_inputs(self) -> Mapping[str, str]:
        """Return `text`, as what columns there are is only known when the data are here."""
        return {"text": "text"}

    def check(self) -> None:
        """Raise DataError if one split is to be two."""
        super().check()
        given = [name for split in SPLITS if (name := getattr(self, split))]
        for split in SPLITS:
            if given.count(getattr(self, split)) > 1:
                raise DataError(
                    f"split '{getattr(self, split)}' is given twice; test on one of its own", split
                )

    def at_hand(self) -> bool:
        """Tell whether there is a local copy, which is not large."""
        root = Path(self.path)
        return root.is_dir() and sum(file.stat().st_size for file in visible_files(root)) <= AT_HAND

    def parts(self) -> Mapping[Split, list[Part]]:
        """Return the rows of each split, downloading them if necessary.

        Raises DataError if they cannot be had.
        """
        from .parts import Part

        found = self._download()
        chosen = {split: self._choose(split, list(found)) for split in SPLITS}
        parts = {
            split: [Part(f"{self.path}, split {name}", found[name], Path())]
            for split, name in chosen.items()
            if name is not None
        }
        if not parts:
            raise DataError(
                f"{self.path}: has the splits {quoted(list(found))}; give `train:`, `val:` or `test:`",
                "train",
            )
        return parts

    def _choose(self, split: Split, names: list[str]) -> str | None:
        given: str | None = getattr(self, split)
        if given is not None and given not in names:
            raise DataError(f"no split '{given}' in {self.path}; it has {quoted(names)}", split)
        # `test: validation` means that it is not for validation.
        free = set(names) - {self.train, self.val, self.test}
        return given or next((name for name in SPLIT_NAMES[split] if name in free), None)

    def _download(self) -> Mapping[str, Any]:
        from datasets import load_dataset

        from .parts import FAULTS, quiet

        quiet()
        try:
            found: Mapping[str, Any] = load_dataset(self.path, self.config, revision=self.revision)
        except OSError as error:
            raise DataError(
                f"{self.path}: cannot be had from the hub: {one_line(error, 300)}; where there is a network, "
                f"run `hf download {self.path} --repo-type dataset --local-dir {self.path}` and copy that "
                "folder here, or use csv, json or parquet files",
                "path",
            ) from error
        except (*FAULTS, RuntimeError) as error:
            raise DataError(f"{self.path}: {one_line(error.__cause__ or error, 300)}", "path") from error
        return found


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [Hub]
