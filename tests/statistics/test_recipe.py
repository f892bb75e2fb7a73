"""How often statements about recipes hold in worlds whose truth is known."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from bench.statistics import Family
from worlds import World, equals, share

pytestmark = pytest.mark.slow

GRID = [*product((200, 2000), (3, 5, 10), (0.0, 0.005, 0.02))]
"""Numbers of examples and of seeds, and the standard deviation of seeds."""
UNLIKE = [0.002, 0.02] * 6


def covers(family: Family, world: World) -> bool:
    found = family.comparison(0, 1)
    return found.low <= world.levels[0] - world.levels[1] <= found.high


def differs(family: Family, world: World) -> bool:
    return family.comparison(0, 1).answer in ("better", "worse")


def errs(family: Family, world: World) -> bool:
    """Whether any two that are equal are said to differ, or the worse is said to be better."""
    levels = world.levels
    answers = {(i, j): family.comparison(i, j).answer for i, j in combinations(range(len(levels)), 2)}
    wrong = {"better": lambda gap: gap <= 0, "worse": lambda gap: gap >= 0}
    return any(answer in wrong and wrong[answer](levels[i] - levels[j]) for (i, j), answer in answers.items())


def ranks_hold(family: Family, world: World) -> bool:
    levels = np.array(world.levels)
    first = 1 + (levels[None] > levels[:, None]).sum(axis=1)
    last = len(levels) - (levels[None] < levels[:, None]).sum(axis=1)
    found = np.array(family.ranks)
    return bool(((found[:, 0] <= first) & (found[:, 1] >= last)).all())


def chance(share: float, draws: int) -> float:
    """Two standard deviations of a share that is found in so many draws."""
    return 2 * float(np.sqrt(share * (1 - share) / draws))


@pytest.mark.parametrize(("examples", "seeds", "spread"), GRID)
def test_intervals_of_differences_cover_the_true_one(examples: int, seeds: int, spread: float) -> None:
    found = share(equals(2, examples, seeds, spread), 1500, covers)
    print(f"{examples} {seeds} {spread}: covers {found:.3f}")
    assert 0.94 - chance(0.94, 1500) <= found <= 0.98 + chance(0.98, 1500)


@pytest.mark.parametrize(("examples", "seeds"), [*product((200, 2000), (3, 5))])
def test_intervals_cover_where_spreads_differ_tenfold(examples: int, seeds: int) -> None:
    found = share(World(examples, [0.8, 0.8], [0.002, 0.02], seeds), 1500, covers)
    print(f"{examples} {seeds} unlike: covers {found:.3f}")
    assert found >= 0.92 - chance(0.92, 1500)


@pytest.mark.parametrize(
    ("examples", "seeds", "spread"), [(200, 3, 0.0), (200, 3, 0.02), (2000, 3, 0.01), (2000, 5, 0.02)]
)
def test_among_twelve_equals_hardly_ever_any_two_differ(examples: int, seeds: int, spread: float) -> None:
    found = share(equals(12, examples, seeds, spread), 600, errs)
    print(f"{examples} {seeds} {spread}: any of twelve differ {found:.3f}")
    assert found <= 0.06 + chance(0.06, 600)


@pytest.mark.parametrize(("examples", "seeds"), [(200, 3), (2000, 3), (2000, 5)])
def test_nor_where_their_spreads_are_unlike(examples: int, seeds: int) -> None:
    found = share(World(examples, [0.8] * 12, UNLIKE, seeds), 600, errs)
    print(f"{examples} {seeds} unlike: any of twelve differ {found:.3f}")
    assert found <= 0.08 + chance(0.08, 600)


@pytest.mark.parametrize(("examples", "seeds", "spread"), [(200, 3, 0.01), (2000, 3, 0.01), (2000, 5, 0.02)])
def test_all_ranks_are_right_together(examples: int, seeds: int, spread: float) -> None:
    levels = [0.85] * 3 + [*np.linspace(0.84, 0.75, 6)] + [0.7] * 3
    found = share(World(examples, levels, [spread] * 12, seeds), 600, ranks_hold)
    print(f"{examples} {seeds} {spread}: all ranks right {found:.3f}")
    assert found >= 0.94 - chance(0.94, 600)
