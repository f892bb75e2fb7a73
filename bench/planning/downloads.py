"""Files that a suite needs and that lie at an address: `bench fetch` puts them into their places."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..registry import Registry
from ..toolkit.downloads import SCHEMES
from .document import read
from .values import Values
from .wording import show

SECTION = "files"


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in SCHEMES and bool(parts.hostname) and text.isprintable() and " " not in text
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"must be an address as in https://example.org/pets.csv, not {show(text)}")
    return text


class Download(BaseModel):
    """Where a file can be had, and what is in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(_url)] = Field(description="address, by https or http")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="digest that the file must have")


def read_downloads(values: Values, data: Mapping[str, Any]) -> dict[Path, Download]:
    """Return the files that a suite's data list, by their places; note in the document what is wrong."""
    section = data.get(SECTION)
    given = {} if section is None else values.mapping(section, (SECTION,))
    found: dict[Path, Download] = {}
    for place, fields in given.items():
        loc = (SECTION, place)
        if not _is_within(place):
            values.document.fault(loc, "must be a path within the current folder", at_key=True)
        download = values.model(Download, values.mapping(fields, loc), loc)
        if download is not None:
            found[Path(place)] = download
    return found


def wanted_downloads(suite: Path, registry: Registry) -> dict[Path, Download]:
    """Return the files that a suite lists; the rest of it may be wrong as long as they are not there.

    Raises SuiteError with everything that is wrong with the list.
    """
    document = read(suite)
    if not isinstance(document.data, dict):
        return {}
    found = read_downloads(Values(document, registry, ()), document.data)
    document.check()
    return found


def _is_within(place: str) -> bool:
    path = PurePosixPath(place)
    plain = place.isprintable() and "\\" not in place and not place.startswith("~")
    return plain and bool(path.parts) and not path.is_absolute() and ".." not in path.parts
