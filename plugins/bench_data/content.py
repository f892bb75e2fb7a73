"""Files of a data set: which there are, which split they are for, and digests of their content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from glob import glob
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from bench import SPLITS, DataError, Split
from bench.toolkit.files import file_digest

Patterns = str | Annotated[tuple[str, ...], Field(min_length=1)]
"""A setting: a file or a pattern with *, or several of these."""

SPLIT_NAMES: dict[Split, tuple[str, ...]] = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev", "eval", "evaluation"),
    "test": ("test", "testing"),
}
"""What the splits go by in names of files and folders, in capitals or not."""

_SPLIT_OF = {name: split for split, names in SPLIT_NAMES.items() for name in names}
_SPLIT_NAME = re.compile(rf"(?<![a-z])({'|'.join(_SPLIT_OF)})(?![a-z])")


def split_of(name: str) -> Split | None:
    """Return the split that the last telling word of a path names: `data/train-00000-of-00003.parquet`."""
    words = _SPLIT_NAME.findall(name.lower())
    return _SPLIT_OF[words[-1]] if words else None


def expand(pattern: str, field: str) -> list[Path]:
    """Return the file of that name, or those that match the pattern, sorted.

    Raises DataError if there is none, or it is a folder.
    """
    path = Path(pattern).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        raise DataError(f"{pattern}: is a folder; name its files, or give the folder as `path:`", field)
    found = sorted(Path(match) for match in glob(str(path), recursive=True))
    files = [match for match in found if match.is_file()]
    if not files:
        fault = "no file matches" if re.search(r"[*?\[]", pattern) else "no such file"
        raise DataError(f"{pattern}: {fault}", field)
    return files


def files_by_split(folder: str, suffixes: Collection[str]) -> dict[Split, list[Path]]:
    """Return the files below a folder by the split that their names tell, each list sorted.

    Files that name no split are left out. Raises DataError if that leaves none.
    """
    root = existing_folder(folder, "path")
    found: dict[Split, list[Path]] = {split: [] for split in SPLITS}
    for path in visible_files(root):
        split = split_of(path.relative_to(root).as_posix())
        if split is not None and path.suffix.lower() in suffixes:
            found[split].append(path)
    found = {split: paths for split, paths in found.items() if paths}
    if not found:
        raise DataError(f"{folder}: holds no file named for a split, such as train{min(suffixes)}", "path")
    return found


def existing_folder(folder: str, field: str) -> Path:
    """Return the path of a folder. Raises DataError if it is not there."""
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise DataError(f"{folder}: {'is not a folder' if path.exists() else 'no such folder'}", field)
    return path


def visible_files(root: Path) -> Iterator[Path]:
    """Yield the files below a folder in the order of their names, without hidden ones."""
    for path in sorted(root.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from visible_files(path)
        else:
            yield path


def digest(data: Any) -> str:
    """Return the sha256 of plain JSON data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def content_digest(path: Path) -> str:
    """Return the sha256 of a file of data. Raises DataError if it cannot be read."""
    try:
        return file_digest(path)
    except OSError as error:
        raise DataError(f"{path}: {(error.strerror or str(error)).lower()}") from error
