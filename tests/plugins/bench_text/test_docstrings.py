from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import pytest
from pydantic import ValidationError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

import bench
from bench_text.docstrings import LONGEST, PACKAGES, SHORTEST, Docstrings, labelled_texts, sources

ALL = Docstrings()


def texts(split: bench.Split, dataset: Docstrings = ALL) -> list[str]:
    return [example.input for example in dataset.load(split)]


def test_there_are_enough_examples_of_each_package() -> None:
    info = ALL.info()
    assert sum(info.sizes.values()) >= 2_000
    assert info.classes == PACKAGES
    counts = Counter(example.target for split in bench.SPLITS for example in ALL.load(split))
    assert min(counts.values()) >= 70
    assert max(counts.values()) / sum(counts.values()) < 0.2


def test_sizes_are_those_of_the_splits() -> None:
    info = ALL.info()
    assert {split: len(ALL.load(split)) for split in bench.SPLITS} == info.sizes
    total = sum(info.sizes.values())
    assert info.sizes["train"] / total == pytest.approx(0.70, abs=0.04)
    assert info.sizes["val"] / total == pytest.approx(0.15, abs=0.03)


def test_no_text_occurs_twice() -> None:
    everything = [text for split in bench.SPLITS for text in texts(split)]
    assert len(set(everything)) == len(everything)


def test_no_text_gives_a_package_s_name_away() -> None:
    word = re.compile(rf"\b({'|'.join(PACKAGES)})\b", re.IGNORECASE)
    assert not [text for text, _ in labelled_texts() if word.search(text)]


def test_lengths_are_bounded_and_white_space_is_plain() -> None:
    for text, _ in labelled_texts():
        assert SHORTEST <= len(text) <= LONGEST
        assert text == " ".join(text.split())


def test_the_label_is_where_the_text_stands() -> None:
    """A distinctive sentence of `inspect`, found again in its source and nowhere else."""
    example = next(
        e for e in ALL.load("train") if PACKAGES[e.target] == "inspect" and "it" not in e.input.split()
    )
    start = example.input[:30]
    holders = {
        package
        for package in PACKAGES
        for source in sources(package)
        if start in " ".join(source.read_text(encoding="utf-8").split())
    }
    assert holders == {"inspect"}


def test_another_process_gives_the_same_examples_in_the_same_order() -> None:
    code = "from bench_text import docstrings; print(docstrings.labelled_texts())"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        for seed in ("1", "2")
    ]
    assert runs[0].stdout == runs[1].stdout


def test_some_classes_take_their_examples_from_the_same_splits() -> None:
    some = Docstrings(classes=("tarfile", "mailbox"))
    assert some.info().classes == ("tarfile", "mailbox")
    for split in bench.SPLITS:
        assert set(texts(split, some)) < set(texts(split))
    first = some.load("train")[0]
    assert some.classes[first.target] == dict(labelled_texts())[first.input]


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (("emial", "http"), "unknown class 'emial'; did you mean 'email'"),
        (("http", "zzz"), "unknown class 'zzz'; choose from asyncio"),
        (("http", "http"), "'http' is named twice"),
        (("http",), "at least 2"),
    ],
)
def test_wrong_classes_are_told(classes: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Docstrings(classes=classes)


def test_the_fingerprint_needs_no_parsing_and_depends_on_the_classes() -> None:
    assert ALL.fingerprint() == Docstrings().fingerprint()
    assert ALL.fingerprint() != Docstrings(classes=("http", "xml")).fingerprint()
    labelled_texts.cache_clear()
    ALL.fingerprint()
    assert labelled_texts.cache_info().misses == 0


def test_missing_sources_are_told() -> None:
    with pytest.raises(
        bench.DataError, match=r"no sources of 'nothing'.*install the complete standard library"
    ):
        sources("nothing")


def test_it_can_be_learnt_but_is_not_trivial() -> None:
    vectors = TfidfVectorizer(sublinear_tf=True)
    train, test = ALL.load("train"), ALL.load("test")
    model = LogisticRegression(C=10, max_iter=1000)
    model.fit(vectors.fit_transform(texts("train")), [example.target for example in train])
    accuracy = model.score(vectors.transform(texts("test")), [example.target for example in test])
    assert 0.7 < accuracy < 0.92
