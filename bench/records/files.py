"""Writing files so that a reader, or a crash, never sees half of one."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from ..errors import StoreError, UnsuitableError

UNFINISHED = ".part"
TEMPORARY = re.compile(rf"\..+\.[a-z0-9_]{{8}}{re.escape(UNFINISHED)}")
"""The names that files have until they are written."""

PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")


def write_atomic(path: Path, data: bytes, aside: Path | None = None) -> None:
    """Write a file under a temporary name beside it, flush it to the disk, and rename it.

    It is written in the folder `aside` instead if one is given, which is on the same file system.
    Raises StoreError if the disk is full or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(UNFINISHED, f".{path.name}.", aside or path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            permit_as_new(Path(temporary))
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error


def remove_leftovers(folder: Path) -> None:
    """Remove what writers that were killed have left in a folder, where nobody may be writing now."""
    for place, _, names in os.walk(folder):
        for name in filter(TEMPORARY.fullmatch, names):
            with suppress(OSError):
                Path(place, name).unlink()


def plain_name(name: str) -> str:
    """Return a name. Raises UnsuitableError if it is more than a plain file name."""
    if not PLAIN_NAME.fullmatch(name):
        raise UnsuitableError(f"{name!r} is no plain file name; use letters, digits, '-', '_' and '.'")
    return name


def permit_as_new(path: Path) -> None:
    """Give a file the permissions of any new one; temporary files, and some libraries' files, have fewer."""
    path.chmod(0o666 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
