"""Files in folders named for their class, in folders named for their split: images, sounds."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, field_validator

from bench import SPLITS, DataError, Dataset, DatasetInfo, Example, Split

from .classes import ClassNames, quoted
from .content import content_digest, digest, existing_folder, split_folders, visible_files, visible_folders

Found = dict[str, list[Path]]
"""The files of a split by the name of their class folder, both in order."""


class ClassFolders(Dataset):
    """`path/split/class/*`, for files of a kind that a subclass says how to read."""

    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    suffixes: ClassVar[frozenset[str]]
    """How the names of files end that are read."""
    kind: ClassVar[str]
    """What messages call what they hold: `images`."""

    path: str | None = Field(None, description="folder with a folder for each split")
    train: str | None = Field(None, description="folder to train on, instead of path")
    val: str | None = Field(None, description="folder for validation, instead of path")
    test: str | None = Field(None, description="folder to test on, instead of path")
    classes: ClassNames | None = Field(
        None, description="all classes in order; by default the class folders, sorted"
    )
    group: str | None = Field(
        None,
        description="regular expression whose first group, in a file's name, says which belong together: "
        "`_(.+)_`",
    )
    licence: str | None = Field(None, description="licence of the data, for the record")

    @field_validator("group")
    @classmethod
    def _one_group(cls, group: str | None) -> str | None:
        try:
            if group is not None and not re.compile(group).groups:
                raise ValueError(f"{group}: has no group in parentheses")
        except re.error as error:
            raise ValueError(f"{group}: no regular expression: {error}") from error
        return group

    def check(self) -> None:
        """Raise DataError if a folder is missing, empty or for two splits, or classes or names do not fit."""
        folders = self._folders()
        for split, folder in folders.items():
            if [other.resolve() for other in folders.values()].count(folder.resolve()) > 1:
                raise DataError(f"{folder}: is for two splits; test on {self.kind} of their own", split)
        found = self._found()
        self._classes(found)
        for split in found:
            self.groups(split)

    def fingerprint(self) -> str:
        """Return a digest of the files' content by split and class, and of what they belong to."""
        found = self._found()
        content: dict[str, Any] = {
            split: {name: [content_digest(path) for path in paths] for name, paths in files.items()}
            for split, files in found.items()
        }
        return digest(content if self.group is None else [content, [self.groups(split) for split in found]])

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the fingerprint in place of paths; `group` only if it is given."""
        ways = ("path", *SPLITS, "licence", *(["group"] if self.group is None else []))
        return {key: value for key, value in super().identity().items() if key not in ways}

    def info(self) -> DatasetInfo:
        """Return the classes and the number of files."""
        found = self._found()
        sizes = {split: sum(map(len, files.values())) for split, files in found.items()}
        return DatasetInfo(sizes, self._classes(found), self.licence, self._passed_over())

    def load(self, split: Split) -> Sequence[Example]:
        """Return what the files of a split hold, class by class, decoded on access."""
        from .examples import FilesRead

        pairs = self._pairs(split)
        return FilesRead([path for path, _ in pairs], [target for _, target in pairs], self.reader())

    def strata(self, split: Split) -> Sequence[int]:
        """Return the class of each file."""
        return [target for _, target in self._pairs(split)]

    def groups(self, split: Split) -> list[str] | None:
        """Return what the name of each file belongs to, if a setting says how to tell."""
        if self.group is None:
            return None
        return [_group(path, self.group) for path, _ in self._pairs(split)]

    def contents(self, split: Split) -> list[str] | None:
        """Return the digest of each file."""
        found = self._found().get(split)
        return None if found is None else [content_digest(path) for paths in found.values() for path in paths]

    def at_hand(self) -> bool:
        """Say that digests are, as the fingerprint is made of them."""
        return True

    @abstractmethod
    def reader(self) -> Callable[[Path, str], Any]:
        """Return what reads a file, given its path and what messages call it."""

    def _pairs(self, split: Split) -> list[tuple[Path, int]]:
        found = self._found()
        classes = self._classes(found)
        return [(path, classes.index(name)) for name, paths in found[split].items() for path in paths]

    def _folders(self) -> dict[Split, Path]:
        given = {split: folder for split in SPLITS if (folder := getattr(self, split))}
        if self.path and given:
            raise DataError("give either `path:` or `train:`, `val:` and `test:`", "path")
        if self.path:
            return split_folders(existing_folder(self.path, "path"))
        if not given:
            raise DataError("no folder; give `path:`, or `train:`, `val:` or `test:`", "path")
        return {split: existing_folder(folder, split) for split, folder in given.items()}

    def _passed_over(self) -> dict[str, Any]:
        """Return what is not used: names of folders beside those of splits, numbers of files by ending."""
        used = set(self._folders().values())
        beside = visible_folders(Path(self.path).expanduser()) if self.path else []
        folders = [folder.name for folder in beside if folder not in used]
        endings = Counter(
            path.suffix.lower() or "no ending"
            for folder in used
            for path in visible_files(folder)
            if path.suffix.lower() not in self.suffixes
        )
        found = {"folders": folders, "files": dict(sorted(endings.items()))}
        return {"passed_over": found} if folders or endings else {}

    def _found(self) -> dict[Split, Found]:
        return {split: self._in(folder) for split, folder in self._folders().items()}

    def _in(self, folder: Path) -> Found:
        found: Found = {}
        for child in visible_folders(folder):
            found[child.name] = [
                path for path in visible_files(child) if path.suffix.lower() in self.suffixes
            ]
            if not found[child.name]:
                raise DataError(f"{child}: a class folder without {self.kind}; fill or remove it", "path")
        if not found:
            raise DataError(f"{folder}: holds no class folders", "path")
        return found

    def _classes(self, found: Mapping[Split, Found]) -> tuple[str, ...]:
        """Return the classes in order. Raises DataError if the folders of a split do not fit."""
        if self.classes is not None:
            for split, files in found.items():
                strange = [name for name in files if name not in self.classes]
                if strange:
                    raise DataError(f"{split} has class folders not listed: {quoted(strange)}", "classes")
            return self.classes
        (first, expected), *others = found.items()
        for split, files in others:
            missing, strange = sorted(expected.keys() - files), sorted(files.keys() - expected)
            if missing or strange:
                faults = [
                    *([f"{split} lacks {quoted(missing)}"] if missing else []),
                    *([f"{first} lacks {quoted(strange)}"] if strange else []),
                ]
                raise DataError(
                    f"class folders differ: {', '.join(faults)}; mend them, or list all under `classes:`",
                    "path",
                )
        return tuple(expected)


def _group(path: Path, pattern: str) -> str:
    """Return what a pattern's first group finds in a file's name. Raises DataError if it finds nothing."""
    found = re.search(pattern, path.name)
    if found is None or found[1] is None:
        raise DataError(f"{path}: nothing in its name matches `group: {pattern}`", "group")
    return found[1]
