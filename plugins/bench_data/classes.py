"""Class names: how they are written in a suite, and how labels found in data become class indices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from bench.toolkit.messages import shortened

SHOWN = 12
"""How many names a message lists before it gives up."""

LONGEST = 60
"""Characters of a name that a message shows."""


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("a class is named twice")
    return names


# YAML reads `0` as a number, but a class is called "0".
ClassName = Annotated[str, Field(coerce_numbers_to_str=True)]
ClassNames = Annotated[tuple[ClassName, ...], Field(min_length=1), AfterValidator(_distinct)]


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return distinct names in order: by number if all are whole numbers, otherwise by letters."""
    distinct = set(names)
    if all(_is_number(name) for name in distinct):
        return tuple(sorted(distinct, key=int))
    return tuple(sorted(distinct))


def positions(found: Iterable[str], classes: Sequence[str]) -> dict[str, int]:
    """Return the index of the class that each label stands for.

    Labels are names of classes; if none of those found is one and all are whole numbers, they are
    indices. A label that stands for no class is not among the keys.
    """
    names = {name: index for index, name in enumerate(classes)}
    found = set(found)
    if found.isdisjoint(names) and all(_is_number(label) for label in found):
        return {str(index): index for index in range(len(classes))}
    return names


def quoted(names: Sequence[str]) -> str:
    """Return names as messages list them: `'cat', 'dog'`."""
    listed = ", ".join(f"'{shortened(name, LONGEST)}'" for name in names[:SHOWN])
    return f"{listed}, ... ({len(names)} in all)" if len(names) > SHOWN else listed


def _is_number(name: str) -> bool:
    # A label "01" is a name: as a number it could not be told from "1".
    digits = name.removeprefix("-")
    return digits.isascii() and digits.isdigit() and str(int(name)) == name
