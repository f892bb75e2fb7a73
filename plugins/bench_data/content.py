"""Files of a data set: which there are, which split they are for, and digests of their content."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from glob import glob
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from bench import SPLITS, DataError, Split
from bench.toolkit.files import file_digest, user_path
from bench.toolkit.messages import one_line

from .classes import quoted

AT_HAND = 1 << 28
"""Bytes that are read in seconds, and so when planning."""

SUFFIXES = {".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
SUFFIXES |= {".avif", ".jp2", ".pbm", ".pgm", ".pnm", ".ppm"}
"""How names of image files end."""

MOST_LINKS = 100
"""Splits may share a folder; folders that each hold two links to the next are a trap."""

Patterns = str | Annotated[tuple[str, ...], Field(min_length=1)]
"""A setting: a file or a pattern with *, or several of these."""

SPLIT_NAMES: dict[Split, tuple[str, ...]] = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev", "eval", "evaluation"),
    "test": ("test", "testing"),
}
"""What the splits go by in names of files and folders, in capitals or not."""

_SPLIT_OF = {name: split for split, names in SPLIT_NAMES.items() for name in names}
OF = re.compile(r"(?P<number>\d+)-of-(?P<total>\d+)")
NUMBER = re.compile(r"(?P<number>\d+)(?=\D*$)")
"""The numbers of a file that is a part of one: of so many, or the last number in its name."""

_SPLIT_NAME = re.compile(rf"(?<![a-z])({'|'.join(_SPLIT_OF)})(?![a-z])")


def split_of(name: str) -> Split | None:
    """Return the split that the last telling word of a path names: `data/train-00000-of-00003.parquet`."""
    words = _SPLIT_NAME.findall(name.lower())
    return _SPLIT_OF[words[-1]] if words else None


def expand(pattern: str, field: str) -> list[Path]:
    """Return the file of that name, or those that match the pattern, sorted.

    Raises DataError if there is none, or it is a folder.
    """
    path = user_path(pattern)
    if path.is_file():
        return [path]
    if path.is_dir():
        raise DataError(f"{pattern}: is a folder; name its files, or give the folder as `path:`", field)
    if "**" in pattern:
        _refuse_circles(path)
    found = sorted(Path(match) for match in glob(str(path), recursive=True))
    files = [match for match in found if match.is_file()]
    if not files:
        fault = "no file matches" if re.search(r"[*?\[]", pattern) else "no such file"
        raise DataError(f"{pattern}: {fault}", field)
    return files


def _refuse_circles(pattern: Path) -> None:
    """Raise DataError for links in a circle below the folder in which a pattern with ** begins to search."""
    names = takewhile(lambda name: not re.search(r"[*?\[]", name), pattern.parts)
    root = Path(*names)
    if root.is_dir():
        for _ in visible_files(root):
            pass


def chosen_files(
    folder: str | None, given: Mapping[Split, Patterns | None], suffixes: Collection[str]
) -> dict[Split, list[Path]]:
    """Return the files of each split: those that are given for it, or those below a folder.

    Raises DataError if there is none, or both are given.
    """
    patterns = {split: chosen for split, chosen in given.items() if chosen}
    if folder and patterns:
        raise DataError("give either `path:` or `train:`, `val:` and `test:`", "path")
    if folder:
        return files_by_split(folder, suffixes)
    if not patterns:
        raise DataError("no files; give `train:`, `val:` or `test:`, or their folder as `path:`", "train")
    return {split: _expand_all(chosen, split) for split, chosen in patterns.items()}


def _expand_all(patterns: Patterns, field: str) -> list[Path]:
    each = (patterns,) if isinstance(patterns, str) else patterns
    return [path for pattern in each for path in expand(pattern, field)]


def files_by_split(folder: str, suffixes: Collection[str]) -> dict[Split, list[Path]]:
    """Return the files below a folder by the split that their names tell.

    A split is one file; the numbered parts of one (`train-00000-of-00003.parquet`; `train-0.csv` and so on,
    from 0 or 1 and without a gap); or all that a folder named for the split holds, if these files name no
    split themselves. Files that name no split, nor stand in a folder that does, are left out.

    Raises DataError if no file is left, or if it is not sure which are meant.
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
    for split, paths in found.items():
        if not _belong_together(paths):
            listed = quoted([path.relative_to(root).as_posix() for path in paths])
            raise DataError(
                f"{folder}: which of these are {split}, or are parts missing? {listed}; name the files as "
                "`train:`, `val:` and `test:`, in place of `path:`",
                "path",
            )
    return found


def _belong_together(paths: Sequence[Path]) -> bool:
    """Tell whether a split's files are one, all parts of one, or all that a folder named for it holds."""
    if len({path.parent for path in paths}) > 1:
        return False
    if all(split_of(path.name) is None for path in paths):
        return True
    if len(paths) == 1 and not OF.search(paths[0].stem):
        return True
    parts = [_part(path.name) for path in paths]
    numbers = sorted(number for _, number, _ in parts)
    totals = {total for _, _, total in parts} - {None}
    complete = numbers in (list(range(len(parts))), list(range(1, len(parts) + 1)))
    return len({name for name, _, _ in parts}) == 1 and complete and totals <= {len(parts)}


def _part(name: str) -> tuple[str, int, int | None]:
    """Return the name of a numbered part without its number, the number, and of how many it is."""
    if numbers := OF.search(name):
        # A digest of the content may follow.
        return name[: numbers.start()], int(numbers["number"]), int(numbers["total"])
    if numbers := NUMBER.search(name):
        rest = f"{name[: numbers.start()]}*{name[numbers.end() :]}"
        return rest, int(numbers["number"]), None
    return name, -1, None


def refuse_shared(files: Mapping[Split, Sequence[Path]]) -> None:
    """Raise DataError if a file is named twice, for one split or for two."""
    first: dict[Path, Split] = {}
    for split, paths in files.items():
        for path in paths:
            other = first.setdefault(path.resolve(), split)
            if other != split:
                raise DataError(f"{path}: is both {other} and {split}; give {split} a file of its own", split)
        if len({path.resolve() for path in paths}) < len(paths):
            raise DataError(f"{split} names a file twice: {quoted(list(map(str, paths)))}", split)


def existing_folder(folder: str, field: str) -> Path:
    """Return the path of a folder. Raises DataError if it is not there."""
    path = user_path(folder)
    if not path.is_dir():
        raise DataError(f"{folder}: {'is not a folder' if path.exists() else 'no such folder'}", field)
    return path


def split_folders(root: Path) -> dict[Split, Path]:
    """Return the folders named for splits. Raises DataError if two are for one, or there is none."""
    folders: dict[Split, Path] = {}
    for folder in visible_folders(root):
        split = split_of(folder.name)
        if split is None:
            continue
        if split in folders:
            raise DataError(f"{folders[split]} and {folder} are both for {split}; remove one", "path")
        folders[split] = folder
    if not folders:
        raise DataError(f"{root}: holds none of the folders train, val and test", "path")
    return folders


def visible_folders(root: Path) -> list[Path]:
    """Return the folders in one in the order of their names, without hidden ones."""
    return [child for child in sorted(root.iterdir()) if child.is_dir() and not child.name.startswith(".")]


def visible_files(root: Path) -> Iterator[Path]:
    """Yield the files below a folder in the order of their names, without hidden ones, pipes and devices.

    Raises DataError for links in a circle, and for more than MOST_LINKS to one folder: both may never end.
    """
    return _below(root, (), Counter())


def _below(root: Path, above: tuple[Path, ...], entered: Counter[Path]) -> Iterator[Path]:
    """Yield them; `above` are the folders that this one is in, `entered` counts how often each was."""
    own = root.resolve()
    entered[own] += 1
    if own in above:
        raise DataError(f"{root}: a link leads back to the folder {own}; remove it")
    if entered[own] > MOST_LINKS:
        raise DataError(f"{root}: more than {MOST_LINKS} links lead to the folder {own}; remove them")
    for path in sorted(root.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _below(path, (*above, own), entered)
        elif path.is_file() or not path.exists():  # a link to nothing is a fault for whoever reads it
            yield path


def digest(data: Any) -> str:
    """Return the sha256 of plain JSON data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def content_of(values: Sequence[Any], folder: Path | None, *, files: bool) -> str | bytes:
    """Return what an input is made of: its text or texts, or of `files` the bytes or their digest.

    `folder` is where paths start from. Raises DataError if a file cannot be read.
    """
    if not files:
        return values[0] if len(values) == 1 and isinstance(values[0], str) else json.dumps(values)
    (value,) = values
    content = value.get("bytes") if isinstance(value, Mapping) else value
    name = value.get("path") if isinstance(value, Mapping) else value
    if isinstance(content, bytes) or folder is None or name is None:
        return content if isinstance(content, bytes) else ""
    return content_digest(folder / str(name))


def content_digest(path: Path) -> str:
    """Return the sha256 of a file of data. Raises DataError if it cannot be read."""
    try:
        return file_digest(path)
    except OSError as error:
        raise DataError(f"{path}: {(error.strerror or one_line(error)).lower()}") from error
