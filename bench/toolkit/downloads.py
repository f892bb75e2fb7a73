"""Files from an address, whose content is known beforehand."""

from __future__ import annotations

import hashlib
import os
import tempfile
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from ..errors import DataError
from .files import file_digest
from .messages import one_line

SCHEMES = ("https", "http")
PATIENCE_SECONDS = 60.0
CHUNK = 2**20


def download(url: str, sha256: str, place: Path) -> bool:
    """Put the file at an address into its place, whole or not at all; return False if it is there already.

    Raises DataError if another file is there, it cannot be had or written, or has another digest.
    """
    if urlsplit(url).scheme not in SCHEMES:
        raise DataError(f"{url}: is no address by {' or '.join(SCHEMES)}")
    try:
        if place.exists():
            _demand(file_digest(place), sha256, f"{place}: is another file: move it away")
            return False
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=place.parent) as folder:
            loaded = Path(folder) / "file"
            _demand(_load(url, loaded), sha256, f"{url}: has changed, or was torn on its way")
            os.replace(loaded, place)
    except HTTPError as error:
        error.close()
        raise DataError(f"{place}: cannot be had from {url}: {one_line(error)}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise DataError(f"{place}: cannot be had from {url}: {one_line(error)}") from error
    return True


def _load(url: str, target: Path) -> str:
    """Write what is at an address into a new file; return its digest."""
    digest = hashlib.sha256()
    answer = urlopen(url, timeout=PATIENCE_SECONDS)  # noqa: S310  # its scheme has been looked at
    with answer, target.open("xb") as file:
        while chunk := answer.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _demand(found: str, wanted: str, otherwise: str) -> None:
    if found != wanted:
        raise DataError(f"{otherwise} (sha256 {found}, not {wanted})")
