"""The C library's allocator: freed memory is kept for the next step, and given back where a phase ends.

glibc hands large blocks back to the system as soon as they are freed, and each page of a new one costs a
fault: nearly a tenth of the time of training MiniLM on a CPU, most of it for the gradient of the table of
embeddings. See mallopt(3) and malloc_trim(3).
"""

from __future__ import annotations

import ctypes
from typing import Any

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
NEVER = 2**31 - 1


def keep_freed_memory() -> None:
    """Have this process keep what it frees; nothing happens where the C library is not glibc."""
    set_option: Any = _function("mallopt")
    if set_option is not None:
        set_option(M_TRIM_THRESHOLD, NEVER)
        set_option(M_MMAP_MAX, 0)


def give_back() -> None:
    """Give back what is free, so that it is in no count of what this process holds."""
    trim: Any = _function("malloc_trim")
    if trim is not None:
        trim(0)


def _function(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None)
