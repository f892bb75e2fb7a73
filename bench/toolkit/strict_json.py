"""JSON as every program reads it: it knows no infinity, and no number that is none."""

from __future__ import annotations

import json
import math
from typing import Any


def to_json(data: Any, indent: int | None = None, *, ascii: bool = True) -> str:
    """Return plain data as JSON, with null for what is not finite. Raises TypeError for other data."""
    return json.dumps(_finite(data), indent=indent, ensure_ascii=ascii, allow_nan=False)


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    return [_finite(item) for item in data] if isinstance(data, list | tuple) else data
