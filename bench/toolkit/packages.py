"""What authors of plugins reuse when planning: files of installed packages, read without importing these."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path


def package_folder(package: str) -> Path | None:
    """Return where an installed package is; None if it is not there."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def sources(package: str, folder: str) -> Iterator[str]:
    """Give the text of each module in a folder of an installed package; none if it is not there."""
    place = package_folder(package)
    for file in sorted(place.joinpath(folder).glob("*.py")) if place else ():
        yield file.read_text(encoding="utf-8")
