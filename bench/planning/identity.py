"""The identity of a cell: a digest of all that can change its outcome."""

from __future__ import annotations

import hashlib
import json
from typing import Any

FORMAT = 1
"""Raised when the way cells are computed changes so that older records do not stand for newer ones."""


def canonical(data: Any) -> str:
    """Return the one JSON text of plain data: keys sorted, no spaces, no NaN.

    Raises ValueError for NaN or infinity, TypeError for what is not plain data.
    """
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(data: Any) -> str:
    """Return the sha256 of the canonical JSON text, in hexadecimal."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()
