"""Words in Morse code as sound, by formulas: operators differ in pitch, speed, steadiness and noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.toolkit.sounds import Sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 8_000

CODES = {
    "a": ".-", "b": "-...", "c": "-.-.", "d": "-..", "e": ".", "f": "..-.", "g": "--.", "h": "....",
    "i": "..", "j": ".---", "k": "-.-", "l": ".-..", "m": "--", "n": "-.", "o": "---", "p": ".--.",
    "q": "--.-", "r": ".-.", "s": "...", "t": "-", "u": "..-", "v": "...-", "w": ".--", "x": "-..-",
    "y": "-.--", "z": "--..",
}  # fmt: skip
"""The international code (ITU-R M.1677-1)."""

UNITS = {".": 1, "-": 3}
"""How long a signal is, in units; one is between signals, three are between letters, seven between words."""

RAMP = 0.004
"""Seconds in which a signal swells and fades, so that it does not click."""


@dataclass(frozen=True)
class Operator:
    """Someone who sends: pitch in hertz, seconds of a unit, how unsteady these are, how loud the noise is."""

    pitch: float
    unit: float
    unsteady: float
    noise: float

    @classmethod
    def number(cls, number: int) -> Operator:
        """Return the operator of a number, always the same."""
        draw = np.random.RandomState(number).uniform  # whose stream no version of NumPy may change
        return cls(draw(400, 1_000), draw(0.03, 0.055), draw(0.02, 0.12), draw(0.01, 0.08))


def send(text: str, operator: Operator, seed: int) -> Sound:
    """Return words of small letters, with spaces between, as an operator sends them."""
    draw = np.random.RandomState(seed)
    pieces = [_piece(on, units, operator, draw) for on, units in signals(text)]
    level = np.concatenate(pieces)
    times = np.arange(len(level)) / RATE
    tone = 0.5 * level * np.sin(2 * np.pi * (operator.pitch * times + draw.uniform()))
    return Sound((tone + draw.normal(0, operator.noise, len(level))).astype(np.float32), RATE)


def signals(text: str) -> Iterator[tuple[bool, int]]:
    """Give the signals of a text and the pauses around them: whether there is sound, for how many units."""
    yield False, 3
    for place, letter in enumerate(text):
        if letter == " ":
            yield False, 7
            continue
        if place and text[place - 1] != " ":
            yield False, 3
        for number, sign in enumerate(CODES[letter]):
            if number:
                yield False, 1
            yield True, UNITS[sign]
    yield False, 3


def _piece(on: bool, units: int, operator: Operator, draw: np.random.RandomState) -> NDArray[np.float64]:
    """Return how loud each sample of a signal or pause is, 0 to 1."""
    seconds = units * operator.unit * (1 + operator.unsteady * draw.uniform(-1, 1))
    count = max(1, round(seconds * RATE))
    if not on:
        return np.zeros(count)
    from_edge = np.minimum(np.arange(count), np.arange(count)[::-1])
    return np.minimum(1.0, from_edge / (RAMP * RATE))
