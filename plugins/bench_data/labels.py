"""Are the labels found in data classes? What only looks like some is refused, unless a suite lists it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Hashable, Iterator, Mapping
from decimal import Decimal

from bench import DataError

NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?", re.ASCII)
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
FEW = 100
"""So many classes are never taken for names of rows."""

FEWEST_ROWS = 5
"""Rows of a class, on average; of fewer it is hardly learnt."""

Places = Mapping[str, str]
"""Distinct labels, and where each was first found: `a.csv, row 3`."""


def spell(value: object) -> str:
    """Return a label as the name of a class: whole numbers alike, whatever type they are of."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def is_missing(value: object) -> bool:
    """Tell whether there is no label: nothing, or a number that is none."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def refuse_others(found: Places, rows: int, column: str) -> None:
    """Raise DataError if labels of so many rows are no names of classes.

    These are: an empty one; two that are one name in two spellings, as `pos` and `pos `, or 1 and 1.0;
    numbers that are not whole; and a name of its own for most rows.
    """
    for label, place in found.items():
        if not label.strip():
            raise DataError(f"{place}: column '{column}' holds an empty label", "label")
    _refuse_spellings(found, column)
    _refuse_numbers(found, column)
    if len(found) > max(FEW, rows / 2):
        raise DataError(
            f"{next(iter(found.values()))}: column '{column}' holds {len(found):,} different labels in "
            f"{rows:,} rows, as names or measured values; name the column of classes as `label:`",
            "label",
        )


def identifier_note(classes: int, rows: int, column: str) -> Iterator[str]:
    """Give a note if so many classes found in rows are more likely to be names of these, as of customers."""
    if classes > FEW and rows < FEWEST_ROWS * classes:
        yield (
            f"column '{column}' has {classes:,} classes in {rows:,} rows, fewer than {FEWEST_ROWS} rows of "
            "each: is it an identifier? name the column of classes as `label:`"
        )


def _refuse_spellings(found: Places, column: str) -> None:
    first: dict[Hashable, str] = {}
    for label, place in found.items():
        other = first.setdefault(_meant(label), label)
        if other != label:
            raise DataError(
                f"{place}: {label!a} in column '{column}' and {other!a} ({found[other]}) are one name in two "
                "spellings; write them alike, or, if these are two classes, list all under `classes:`",
                "label",
            )


def _refuse_numbers(found: Places, column: str) -> None:
    numbers = {label: _number(label) for label in found}
    if None in numbers.values():
        return
    for label, number in numbers.items():
        if number is not None and number != number.to_integral_value():
            raise DataError(
                f"{found[label]}: {label} in column '{column}' is a number, no class; write a class for each "
                "range of numbers, as low and high, or, if these are names, list all under `classes:`",
                "label",
            )


def _meant(label: str) -> Hashable:
    """Return what is equal for labels that people take for one."""
    number = _number(label)
    if number is not None:
        return number
    return " ".join(unicodedata.normalize("NFC", label).translate(INVISIBLE).split())


def _number(label: str) -> Decimal | None:
    written = label.strip()
    return Decimal(written.replace(",", ".")) if NUMBER.fullmatch(written) else None
