from __future__ import annotations

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.datasets import load_digits

from bench_vision.digits import Digits

SPLITS = ("train", "val", "test")


def pixels(example):
    return np.asarray(example.input)


def test_images_and_labels_are_scikit_learns():
    dataset, theirs = Digits(), load_digits()
    ours = Counter(
        (pixels(example).tobytes(), example.target) for split in SPLITS for example in dataset.load(split)
    )
    expected = Counter(
        ((image * 255 / 16).round().astype(np.uint8).tobytes(), int(label))
        for image, label in zip(theirs.images, theirs.target, strict=True)
    )
    assert ours == expected


def test_images_are_grey_with_black_ground():
    image = Digits().load("train")[0].input
    assert (image.mode, image.size) == ("L", (8, 8))
    assert image.getextrema() == (0, 239)  # 15 of 16


def test_splits_hold_60_20_20_percent_of_each_digit():
    dataset = Digits()
    counts = {split: Counter(example.target for example in dataset.load(split)) for split in SPLITS}
    for digit in range(10):
        total = sum(counts[split][digit] for split in SPLITS)
        for split, share in zip(SPLITS, (0.6, 0.2, 0.2), strict=True):
            assert counts[split][digit] == pytest.approx(share * total, abs=2)
    assert sum(map(Counter.total, counts.values())) == 1797


def test_the_first_five_of_a_digit_go_three_one_one():
    theirs = load_digits()
    zeros = [(image * 255 / 16).round() for image in theirs.images[theirs.target == 0][:6]]
    dataset = Digits(classes=(1, 0))
    found = {split: [pixels(e) for e in dataset.load(split) if e.target == 1] for split in SPLITS}
    firsts = [*found["train"][:3], found["val"][0], found["test"][0], found["train"][3]]
    assert np.array_equal(firsts, zeros)


def test_chosen_classes_keep_their_examples_and_are_numbered_in_order():
    some, everything = Digits(classes=[9, 3]), Digits()
    assert some.info().classes == ("9", "3")
    for split in SPLITS:
        expected = [
            pixels(example).tobytes() for example in everything.load(split) if example.target in (9, 3)
        ]
        assert [pixels(example).tobytes() for example in some.load(split)] == expected
        assert {example.target for example in some.load(split)} == {0, 1}


def test_info_tells_the_sizes():
    dataset = Digits(classes=(5, 6, 7, 8, 9))
    assert dataset.info().sizes == {split: len(dataset.load(split)) for split in SPLITS}


def test_loading_again_gives_the_same():
    first, second = (Digits().load("val") for _ in range(2))
    assert [(pixels(e).tobytes(), e.target) for e in first] == [
        (pixels(e).tobytes(), e.target) for e in second
    ]


def test_fingerprints_differ_by_classes_and_their_order():
    chosen = [(0, 1), (1, 0), (0, 2), tuple(range(10))]
    assert len({Digits(classes=classes).fingerprint() for classes in chosen}) == len(chosen)
    assert Digits().fingerprint() == Digits(classes=range(10)).fingerprint()


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([1], "at least two"),
        ([1, 1], "named twice"),
        ([3, 10], "10 is no digit"),
        ([-1, 2], "-1 is no digit"),
    ],
)
def test_classes_are_checked(classes, message):
    with pytest.raises(ValidationError, match=message):
        Digits(classes=classes)


def test_planning_with_it_imports_nothing_heavy():
    code = (
        "import sys; from bench_vision.digits import Digits; d = Digits(); d.check(); d.identity(); d.info();"
        "print({'torch', 'numpy', 'sklearn', 'PIL'} & set(sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "set()"
