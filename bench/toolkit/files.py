"""Files as users name them, and known by their content."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from functools import lru_cache
from pathlib import Path


def user_path(text: str | Path) -> Path:
    """Return the path that a text means: `~` is the home folder; that of an unknown user stays as it is."""
    return Path(os.path.expanduser(text))


def require_regular(path: Path) -> os.stat_result:
    """Return the status of a file. Raises OSError if it is none, but a pipe, say, which may never end."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return status


def read_regular(path: Path) -> bytes:
    """Return what is in a regular file. Raises OSError for any other, and if it cannot be read."""
    require_regular(path)
    return path.read_bytes()


def file_digest(path: Path) -> str:
    """Return the sha256 of a file; one that has not changed since is not read again.

    Raises OSError if it cannot be read, or is no regular file.
    """
    status = require_regular(path)
    return _digest(path.absolute(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1 << 17)
def _digest(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
