"""The product of a suite's axes, minus what it excludes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ..api import Limits, Settings
from .entries import Choice

CHOSEN = ("backbone", "objective", "dataset")
PLAIN = (*Settings.model_fields, *Limits.axes())
AXES = (*CHOSEN, "seed", *PLAIN)

Axes = Mapping[str, Sequence[Any]]
"""The entries of each axis: choices, seeds, values of a setting or limit."""


@dataclass(frozen=True, eq=False)
class Variant:
    """The settings and limits of some cells."""

    settings: Settings
    limits: Limits

    def get(self, name: str) -> Any:
        """Return a setting or limit by its name."""
        return getattr(self.settings if name in Settings.model_fields else self.limits, name)


class Combination(NamedTuple):
    """One point of the matrix."""

    backbone: Choice
    objective: Choice
    dataset: Choice
    variant: Variant
    seed: int


def size(axes: Axes) -> int:
    """Return the number of combinations."""
    return math.prod(len(entries) for entries in axes.values())


def combinations(axes: Axes, settings: Settings, limits: Limits) -> Iterator[Combination]:
    """Give each combination of entries; the seed varies fastest. `settings` and `limits` are the defaults."""
    chosen = (axes[axis] for axis in CHOSEN)
    variants = list(_variants(axes, settings, limits))
    for point in itertools.product(*chosen, variants, axes["seed"]):
        yield Combination(*point)


def _variants(axes: Axes, settings: Settings, limits: Limits) -> Iterator[Variant]:
    names = [name for name in PLAIN if name in axes]
    for values in itertools.product(*(axes[name] for name in names)):
        own = dict(zip(names, values, strict=True))
        yield Variant(
            settings.model_copy(update={key: own[key] for key in own if key in Settings.model_fields}),
            limits.model_copy(update={key: own[key] for key in own if key in Limits.model_fields}),
        )


def used(found: Sequence[Combination]) -> dict[str, frozenset[Any]]:
    """Return the values that occur, by setting and limit."""
    variants = {combination.variant for combination in found}
    return {name: frozenset(variant.get(name) for variant in variants) for name in PLAIN}


def matching(wanted: Axes, found: Sequence[Combination], names: Mapping[Choice, str]) -> set[Combination]:
    """Return the combinations that match every axis of an entry of `exclude`.

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
    seeds = set(wanted["seed"]) if "seed" in wanted else {point.seed for point in found}
    return {
        point
        for point in found
        if point.seed in seeds
        and point.variant in variants
        and all(getattr(point, axis) in choices for axis, choices in chosen.items())
    }


def _matches(choice: Choice, patterns: Sequence[str], names: Mapping[Choice, str]) -> bool:
    spellings = (names[choice], choice.value.spelled())
    return any(name == pattern or fnmatchcase(name, pattern) for name in spellings for pattern in patterns)
