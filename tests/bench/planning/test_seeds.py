"""Seeds as they are written and typed."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.planning.seeds import LARGEST_SEED, MOST_SEEDS, SEVERAL, seeds_of, spelled_seeds, typed_seeds


@pytest.mark.parametrize(
    ("data", "seeds"),
    [
        (3, [3]),
        (LARGEST_SEED, [LARGEST_SEED]),
        ("0-3", [0, 1, 2, 3]),
        ("7-7", [7]),
        ("0,1,2", [0, 1, 2]),
        ("5, 0-2,9", [5, 0, 1, 2, 9]),
        ("4,4", [4, 4]),
        ({"count": 5}, [0, 1, 2, 3, 4]),
        ({"count": 1}, [0]),
    ],
)
def test_what_is_written_stands_for_seeds(data: object, seeds: list[int]) -> None:
    assert seeds_of(data) == seeds


@pytest.mark.parametrize(("text", "seeds"), [("3", [3]), ("003", [3]), ("0-2", [0, 1, 2]), ("1,5", [1, 5])])
def test_what_is_typed_stands_for_seeds(text: str, seeds: list[int]) -> None:
    assert typed_seeds(text) == seeds


@pytest.mark.parametrize(("seeds", "text"), [([3], "3"), ([0, 1, 2], "0-2"), ([5, 0, 1, 2, 9], "5,0-2,9")])
def test_seeds_are_spelled_in_short(seeds: list[int], text: str) -> None:
    assert spelled_seeds(seeds) == text


@given(st.lists(st.integers(0, 20), min_size=1))
def test_seeds_as_they_are_spelled_are_the_same_seeds(seeds: list[int]) -> None:
    assert typed_seeds(spelled_seeds(seeds)) == seeds


SEVERAL_WAYS = f"must be a whole number from 0 to {LARGEST_SEED}, or several as 0-3, 0,1,2 or {{count: 5}}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (-1, f"must be a whole number from 0 to {LARGEST_SEED}, not -1"),
        (True, f"must be a whole number from 0 to {LARGEST_SEED}, not true"),
        (LARGEST_SEED + 1, f"must be a whole number from 0 to {LARGEST_SEED}, not 4294967296"),
        ("x", f"{SEVERAL_WAYS}, not 'x'"),
        ("3", f"{SEVERAL_WAYS}, not '3'"),  # types are taken strictly: text is no number
        ("0-", f"{SEVERAL_WAYS}, not '0-'"),
        ("0-1-2", f"{SEVERAL_WAYS}, not '0-1-2'"),
        ("1,,2", f"{SEVERAL_WAYS}, not '1,,2'"),
        ("٠-٣", f"{SEVERAL_WAYS}, not '٠-٣'"),
        (None, f"{SEVERAL_WAYS}, not null"),
        ("3-0", "counts down from 3 to 0; write 0-3"),
        (f"{LARGEST_SEED}-{LARGEST_SEED + 1}", f"has a seed above {LARGEST_SEED}"),
        ({}, "must have the one key count, as in {count: 5}"),
        ({"count": 3, "first": 2}, "must have the one key count, as in {count: 5}"),
        ({"count": 0}, "count must be a whole number from 1 to 10,000, not 0"),
        ({"count": "3"}, "count must be a whole number from 1 to 10,000, not '3'"),
        ({"count": True}, "count must be a whole number from 1 to 10,000, not true"),
        ({"count": 10**12}, "count must be a whole number from 1 to 10,000, not 1000000000000"),
        ("0-999999", "stands for 1,000,000 seeds; at most 10,000 can be planned"),
        ("0-4000000000,1", "stands for 4,000,000,001 seeds; at most 10,000 can be planned"),
        ("0-9999,0", "stands for 10,001 seeds; at most 10,000 can be planned"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(data: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        seeds_of(data)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 50)), min_size=1, max_size=20))
def test_ranges_hold_both_their_ends(ranges: list[tuple[int, int]]) -> None:
    text = ",".join(f"{first}-{first + more}" for first, more in ranges)
    expected = [seed for first, more in ranges for seed in range(first, first + more + 1)]
    assert seeds_of(text) == expected


@given(st.text("0123456789,- ", max_size=12))
def test_any_text_stands_for_seeds_or_is_refused(text: str) -> None:
    found: list[int] = []
    with suppress(ValueError):
        found = typed_seeds(text)
    assert len(found) <= MOST_SEEDS
    assert all(0 <= seed <= LARGEST_SEED for seed in found)
    if found:
        assert re.fullmatch(f"[0-9]{{1,10}}|{SEVERAL}", text)
