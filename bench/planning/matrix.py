"""The product of a suite's axes, minus what it excludes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, TypeVar

from ..api import Limits, Settings
from .entries import Choice

CHOSEN = ("backbone", "objective", "dataset")
PLAIN = (*Settings.axes(), *Limits.axes())
AXES = (*CHOSEN, "seed", *PLAIN)

Axes = Mapping[str, Sequence[Any]]
"""The entries of each axis: choices, seeds, values of a setting or limit."""


Values = TypeVar("Values", Settings, Limits)


@dataclass(frozen=True, eq=False, slots=True)
class Variant:
    """The settings and limits of some cells."""

    settings: Settings
    limits: Limits

    def get(self, name: str) -> Any:
        """Return a setting or limit by its name."""
        return getattr(self.settings if name in Settings.model_fields else self.limits, name)


class Combination(NamedTuple):
    """One point of the matrix but for its seeds, and which these are."""

    backbone: Choice
    objective: Choice
    dataset: Choice
    variant: Variant
    seeds: tuple[int, ...]


def size(axes: Axes) -> int:
    """Return the number of combinations."""
    return math.prod(len(entries) for entries in axes.values())


def combinations(axes: Axes, settings: Settings, limits: Limits) -> Iterator[Combination]:
    """Give each combination of entries, with all seeds. `settings` and `limits` are the defaults."""
    chosen = (axes[axis] for axis in CHOSEN)
    variants = list(itertools.starmap(Variant, itertools.product(_each(settings, axes), _each(limits, axes))))
    every = itertools.product(*chosen, variants, [tuple(axes["seed"])])
    return map(Combination._make, every)


def _each(values: Values, axes: Axes) -> list[Values]:
    """Return settings, or limits, with each combination of those that are axes."""
    names = [name for name in PLAIN if name in axes and name in type(values).model_fields]
    every = itertools.product(*(axes[name] for name in names))
    return [values.model_copy(update=dict(zip(names, own, strict=True))) for own in every]


def used(found: Sequence[Combination]) -> dict[str, frozenset[Any]]:
    """Return the values that occur, by setting and limit."""
    variants = {combination.variant for combination in found}
    return {name: frozenset(variant.get(name) for variant in variants) for name in PLAIN}


def matching(
    wanted: Axes, found: Sequence[Combination], names: Mapping[Choice, str]
) -> dict[int, Collection[int]]:
    """Return which combinations match every axis of an entry of `exclude`, by position, and for which seeds.

    Choices are matched by shell patterns on what tables call them or on their short form.
    """
    chosen = {
        axis: {
            choice
            for choice in {getattr(point, axis) for point in found}
            if _matches(choice, wanted[axis], names)
        }
        for axis in CHOSEN
        if axis in wanted
    }
    plain = [name for name in PLAIN if name in wanted]
    variants = {
        variant
        for variant in {point.variant for point in found}
        if all(variant.get(name) in wanted[name] for name in plain)
    }
    seeds = frozenset(wanted["seed"]) if "seed" in wanted else None
    matches = {
        position: point.seeds if seeds is None else seeds.intersection(point.seeds)
        for position, point in enumerate(found)
        if point.variant in variants
        and all(getattr(point, axis) in choices for axis, choices in chosen.items())
    }
    return {position: matched for position, matched in matches.items() if matched}


def _matches(choice: Choice, patterns: Sequence[str], names: Mapping[Choice, str]) -> bool:
    spellings = (names[choice], choice.value.spelled())
    return any(name == pattern or fnmatchcase(name, pattern) for name in spellings for pattern in patterns)
