"""Looking at results again and again as they arrive: what each look may spend of the chance to be wrong."""

from __future__ import annotations

from math import pi


def spent(alpha: float, look: int) -> float:
    """Return the level of the k-th look, k from 1, so that all looks, however many, are wrong in `alpha`.

    Their levels add up to alpha: 6 / (pi k)^2 of it each, so 61 % at the first, 15 % at the second. Unlike
    bounds that count on how looks hang together, this holds whatever arrives in between.

    Raises ValueError for a look before the first.
    """
    if look < 1:
        raise ValueError(f"look {look}: looks are counted from 1")
    return alpha * 6 / (pi * look) ** 2
