"""BLEU, chrF and ROUGE, against sacrebleu and rouge-score."""

from __future__ import annotations

import sysconfig
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF

from bench.toolkit.bleu import bleu, bleu_counts
from bench.toolkit.chrf import chrf, chrf_counts
from bench.toolkit.porter import stem
from bench.toolkit.rouge import longest_common, rouge, words

WORDS = ["the", "cat", "cats", "sat", "running", "3.14", "1,000-2", "&quot;", "don't", "Straße", "a\u0301"]
TEXTS = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
PAIRS = st.tuples(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
CORPORA = st.lists(PAIRS, min_size=1, max_size=6)
Corpus = Sequence[tuple[str, Sequence[str]]]


def streams(corpus: Corpus) -> tuple[list[str], list[list[str | None]]]:
    """Return outputs, and streams of references as sacrebleu takes them, filled up with None."""
    outputs, references = zip(*corpus, strict=True)
    most = max(map(len, references))
    padded = [[*each, *[None] * (most - len(each))] for each in references]
    return list(outputs), [list(stream) for stream in zip(*padded, strict=True)]


def corpus_bleu(corpus: Corpus) -> float:
    return bleu(
        *(np.sum(part, axis=0) for part in zip(*(bleu_counts(*pair) for pair in corpus), strict=True))
    )


def corpus_chrf(corpus: Corpus) -> float:
    return chrf(*np.sum([chrf_counts(*pair) for pair in corpus], axis=0))


@settings(max_examples=400, deadline=None)
@given(CORPORA)
def test_bleu_is_that_of_sacrebleu(corpus: Corpus) -> None:
    metric = BLEU()
    assert corpus_bleu(corpus) == pytest.approx(metric.corpus_score(*streams(corpus)).score, abs=1e-9)
    signature = str(metric.get_signature())
    assert all(part in signature for part in ("case:mixed", "eff:no", "tok:13a", "smooth:exp"))


@settings(max_examples=400, deadline=None)
@given(CORPORA)
def test_chrf_is_that_of_sacrebleu(corpus: Corpus) -> None:
    metric = CHRF()
    assert corpus_chrf(corpus) == pytest.approx(metric.corpus_score(*streams(corpus)).score, abs=1e-9)
    signature = str(metric.get_signature())
    assert all(part in signature for part in ("case:mixed", "eff:yes", "nc:6", "nw:0", "space:no"))


@settings(max_examples=400, deadline=None)
@given(PAIRS, st.booleans())
def test_rouge_is_that_of_rouge_score(pair: tuple[str, list[str]], stemmed: bool) -> None:
    output, references = pair
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=stemmed)
    expected = {name: score.fmeasure for name, score in scorer.score_multi(references, output).items()}
    assert rouge(output, references, stemmed=stemmed) == pytest.approx(expected, abs=1e-9)


def test_stems_are_those_of_nltk() -> None:
    stemmer = PorterStemmer()
    library = Path(sysconfig.get_path("stdlib"))
    prose = " ".join(file.read_text(errors="ignore") for file in sorted(library.glob("[a-m]*.py")))
    found = {word for word in words(prose, stemmed=False) if len(word) > 3}
    assert len(found) > 5000
    assert {word: stem(word) for word in found} == {word: stemmer.stem(word) for word in found}


ENDINGS = ["ational", "ization", "logi", "logy", "alli", "fulli", "ied", "ies", "eed", "ing", "ed", "y", "ll"]
FRAGMENTS = st.one_of(
    st.sampled_from([*ENDINGS, "ion", "ement", "e", "s"]), st.text("aeiouybcdlstwxz", max_size=4)
)


@settings(max_examples=1000)
@given(st.lists(FRAGMENTS, max_size=4).map("".join))
def test_stems_of_invented_words_are_those_of_nltk(word: str) -> None:
    assert stem(word) == PorterStemmer().stem(word)


def test_an_empty_output_scores_nothing() -> None:
    assert corpus_bleu([("", ["a cat"])]) == corpus_chrf([("", ["a cat"])]) == 0
    assert set(rouge("", ["a cat"], stemmed=True).values()) == {0}


def test_a_short_corpus_has_no_bleu() -> None:
    """As in sacrebleu: no output has four words, so that nothing can be said of four in a row."""
    assert (
        corpus_bleu([("a cat sat", ["a cat sat"])])
        == BLEU().corpus_score(["a cat sat"], [["a cat sat"]]).score
    )


def test_the_longest_common_subsequence_by_hand() -> None:
    assert longest_common("abcbdab", "bdcaba") == longest_common("bdcaba", "abcbdab") == 4
