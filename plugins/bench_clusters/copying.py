"""Files on their way to a machine of a cluster and back, as bytes by their places in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

Contents = Mapping[str, bytes]


def contents(files: Mapping[str, Path]) -> Contents:
    """Return what is in files."""
    return {place: path.read_bytes() for place, path in files.items()}


def numbered(files: Sequence[Path]) -> Mapping[str, Path]:
    """Return places for files that may have the same name."""
    return {f"{number}/{path.name}": path for number, path in enumerate(files)}


def write(content: Contents, folder: Path) -> list[Path]:
    """Write files to a folder, each whole or not at all; return where they are."""
    return [write_one(place, data, folder) for place, data in content.items()]


def write_one(place: str, data: bytes, folder: Path) -> Path:
    """Write a file, whole or not at all; return where it is. Raises ValueError for a place elsewhere."""
    parts = PurePosixPath(place)
    if parts.is_absolute() or ".." in parts.parts:
        raise ValueError(f"{place!r} is no place in a folder")
    path = folder / parts
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
    return path


def changed(folder: Path, given: Contents) -> Iterator[tuple[str, bytes]]:
    """Give the files in a folder, but for those that are still as they were given."""
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        if path.is_file() and (data := path.read_bytes()) != given.get(place):
            yield place, data
