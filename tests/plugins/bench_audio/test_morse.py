from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from pydantic import ValidationError

from bench_audio.morse import OPERATORS, WORDS, Morse
from bench_audio.morse_signals import CODES, RATE, Operator, send, signals

STEADY = Operator(pitch=600, unit=0.05, unsteady=0, noise=0)


def decoded(samples: np.ndarray, unit: float) -> str:
    """Read Morse code off a steady operator's samples, by loudness and length."""
    step = round(unit * RATE)
    units = np.abs(samples[: len(samples) // step * step]).reshape(-1, step).max(axis=1) > 0.25
    line = "".join("=" if on else " " for on in units).strip()
    letters = {code: letter for letter, code in CODES.items()}
    return " ".join(
        "".join(
            letters["".join("-" if sign == "===" else "." for sign in letter.split())]
            for letter in word.split(3 * " ")
        )
        for word in line.split(7 * " ")
    )


@pytest.mark.parametrize("text", ["e", "sos", "we am in", "the quick brown fox", "jumps over lazy dog"])
def test_what_is_sent_can_be_read(text):
    assert decoded(send(text, STEADY, 0).samples, STEADY.unit) == text


def test_signals_have_the_lengths_of_the_code():
    assert list(signals("a n"))[1:-1] == [
        (True, 1), (False, 1), (True, 3), (False, 7), (True, 3), (False, 1), (True, 1)
    ]  # fmt: skip
    units = sum(units for _, units in list(signals("paris"))[1:-1])
    assert units + 7 == 50  # by which words a minute are counted


def test_operators_are_of_one_split_each():
    numbers = [operator for operators in OPERATORS.values() for operator in operators]
    assert len(set(numbers)) == len(numbers)
    assert len({Operator.number(number) for number in numbers}) == len(numbers)
    dataset = Morse(each=3)
    assert dataset.groups("val")[:4] == [40, 40, 40, 41]


def test_classes():
    dataset = Morse(each=12)
    examples = dataset.load("test")
    assert dataset.info().sizes == {"train": 480, "val": 120, "test": 180}
    assert dataset.info().classes == WORDS
    assert [example.target for example in examples[:12]] == [*range(10), 0, 1]
    assert dataset.strata("test") == [example.target for example in examples]
    assert examples[-1].input.samples.shape == examples[179].input.samples.shape
    with pytest.raises(IndexError):
        examples[180]


def test_texts():
    dataset = Morse(each=30).model_copy(update={"target": "text"})
    texts = [example.target for example in dataset.load("val")]
    assert {len(text.split()) for text in texts} == {1, 2, 3}
    assert {word for text in texts for word in text.split()} == set(WORDS)
    assert dataset.info().classes == ()
    assert dataset.strata("val") is None
    assert dataset.fingerprint() != Morse(each=30).fingerprint()


def test_two_loads_give_the_same_and_no_two_examples_are_alike():
    first, again = Morse(each=12).load("val"), Morse(each=12).load("val")
    assert all(np.array_equal(a.input.samples, b.input.samples) for a, b in zip(first, again, strict=True))
    sounds = {example.input.samples.tobytes() for example in first}
    assert len(sounds) == len(first) == len(set(Morse(each=12).contents("val")))


@pytest.mark.parametrize(
    ("classes", "reason"),
    [
        (("go", "Go"), "'Go' is no word"),
        (("é", "a"), "'é'"),
        (("a", "a"), "named twice"),
        (("a",), "at least 2"),
    ],
)
def test_words_that_cannot_be_sent(classes, reason):
    with pytest.raises(ValidationError, match=reason):
        Morse(classes=classes)


def test_planning_takes_no_torch():
    code = (
        "import sys; from bench_audio.morse import Morse; Morse().info(); Morse().fingerprint(); "
        "print('torch' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
