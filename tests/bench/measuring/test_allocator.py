"""Freed memory stays with a process that keeps it, until it is given back."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.measuring.allocator import _function

SCRIPT = """
import numpy as np, psutil
from bench.measuring.allocator import give_back, keep_freed_memory
def mib(): return psutil.Process().memory_info().rss / 2**20
if {keeps}: keep_freed_memory()
before = mib()
np.ones((200, 2**20), np.uint8).sum()
after = mib()
give_back()
print(after - before, mib() - before)
"""


@pytest.mark.skipif(_function("mallopt") is None, reason="is about glibc")
@pytest.mark.parametrize(("keeps", "kept"), [(False, 0), (True, 200)])
def test_freed_memory_is_kept_until_it_is_given_back(keeps: bool, kept: float) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(keeps=keeps)], capture_output=True, text=True, check=True
    )
    after, in_the_end = map(float, done.stdout.split())
    assert after == pytest.approx(kept, abs=20)
    assert in_the_end < 20
