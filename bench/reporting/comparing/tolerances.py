"""How much two figures may differ, as the command line says it: `1%`, `0.01`, `0.5 points`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log1p

from ...errors import BenchError

AMOUNT = re.compile(r"(\d+\.?\d*(?:[eE]-?\d+)?)\s*(%|points?|)")


@dataclass(frozen=True)
class Amount:
    """A difference: in the figure's unit, or as a share of the first figure; and as it was spelled."""

    value: float = 0.0
    relative: bool = False
    spelled: str = ""

    @property
    def logarithm(self) -> float:
        """How far the logarithms of two figures may be apart; 0 where it is no share."""
        return log1p(self.value) if self.relative else 0.0


NONE = Amount()
"""No difference at all."""


@dataclass(frozen=True)
class Margins:
    """Within what difference figures of quality are the same, in their unit; and resources, as a share."""

    quality: Amount = NONE
    resources: Amount = NONE


ALIKE = Margins()
"""Nothing is the same."""


@dataclass(frozen=True)
class Tolerance:
    """How much of a figure may be lost; `name` is the title of a column, or a metric."""

    name: str
    amount: Amount = NONE


def parse_amount(text: str, option: str) -> Amount:
    """Return what `1%`, `0.01` or `0.5 points` means. Raises BenchError if it is none of these."""
    found = AMOUNT.fullmatch(text.strip())
    if found is None:
        raise BenchError(f"{option}: '{text}' is no difference; give one such as 1%, 0.01 or 0.5 points")
    number, unit = float(found[1]), found[2]
    return Amount(number / 100 if unit else number, unit == "%", _spelled(found[1], unit))


def parse_margins(text: str, option: str) -> Margins:
    """Return the margins of `0.5 points,5%`: a share is that of resources, anything else that of quality.

    Raises BenchError for two of one kind, and for what is no difference.
    """
    amounts = [parse_amount(item, option) for item in text.split(",") if item.strip()]
    shares = [amount for amount in amounts if amount.relative]
    others = [amount for amount in amounts if not amount.relative]
    if max(len(shares), len(others)) > 1:
        raise BenchError(f"{option}: give one difference of quality, and one as a share for resources")
    return Margins(*others or [NONE], *shares or [NONE])


def parse_tolerances(texts: Sequence[str], option: str) -> list[Tolerance]:
    """Return the tolerances of `accuracy:1%,train_samples_per_s`; one without an amount tolerates no loss.

    Raises BenchError for an amount that is none.
    """
    return [tolerance for text in texts for item in text.split(",") for tolerance in _tolerance(item, option)]


def _tolerance(item: str, option: str) -> Iterator[Tolerance]:
    name, colon, amount = item.strip().rpartition(":")
    if not colon:
        name, amount = amount, ""
    if name.strip():
        yield Tolerance(name.strip(), parse_amount(amount, option) if colon else NONE)
    elif amount:
        raise BenchError(f"{option}: '{item.strip()}' names no figure; give one such as accuracy:1%")


def _spelled(number: str, unit: str) -> str:
    return f"{number} {unit}" if unit else number
