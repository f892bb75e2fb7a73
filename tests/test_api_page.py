"""The page of the public API is complete."""

from __future__ import annotations

import pytest

import bench
from api_page import PAGE, page


def test_the_page_is_as_the_code_has_it() -> None:
    assert PAGE.read_text() == page(), "run `python tests/api_page.py`"


@pytest.mark.parametrize("name", bench.__all__)
def test_each_public_name_is_described(name: str) -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith(f"* `{name}`: ")]
    assert len(lines) == 1
    assert len(lines[0]) > len(f"* `{name}`: ")
