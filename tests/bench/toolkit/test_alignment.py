"""Where tokens come from, by transformers' own word ids, offsets and windows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from bench.toolkit.texts import TextProcessor
from bench_text.byte_tokenizer import byte_tokenizer

WORDS = ["Zürich", "isn't", "the", "capital,", "of", "(Swiss)", "a-b", "naïve", "cafés", "x"]
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=30)


def byte_level() -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<s>", "</s>", "<pad>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([" ".join(WORDS)], trainer)
    made.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0), trim_offsets=False)
    return made


def word_pieces() -> Tokenizer:
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    trainer = trainers.WordPieceTrainer(vocab_size=60, special_tokens=special, show_progress=False)
    made.train_from_iterator(WORDS, trainer)
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return made


TOKENIZERS = {"wordpiece": word_pieces, "byte-level": byte_level, "bytes": byte_tokenizer}


@pytest.fixture(params=TOKENIZERS)
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    made: Tokenizer = TOKENIZERS[request.param]()
    return made


@settings(deadline=None, max_examples=30)
@given(words=words)
def test_each_token_is_of_the_word_that_holds_its_characters(words: list[str]) -> None:
    for make in TOKENIZERS.values():
        (window,) = TextProcessor(make(), 10_000).windows(words)
        text = " ".join(words)
        for origin, begin, end, word in zip(window.text, window.begin, window.end, window.word, strict=True):
            if origin == -1:
                assert word == -1
            else:
                own = text[begin:end].strip()
                assert own in words[word] or own == ""
        assert set(window.word[window.text == 0]) == set(range(len(words)))


@settings(deadline=None, max_examples=30)
@given(words=words)
def test_words_of_wordpieces_are_those_that_transformers_says(words: list[str]) -> None:
    tokenizer = word_pieces()
    theirs = PreTrainedTokenizerFast(tokenizer_object=tokenizer)(words, is_split_into_words=True)
    (window,) = TextProcessor(tokenizer, 10_000).windows(words)
    assert window.ids.tolist() == theirs["input_ids"]
    assert [None if word == -1 else word for word in window.word.tolist()] == theirs.word_ids()


@settings(deadline=None, max_examples=40)
@given(question=words, context=words, length=st.integers(64, 90), stride=st.integers(0, 20))
def test_windows_of_a_pair_are_those_of_transformers(
    question: list[str], context: list[str], length: int, stride: int
) -> None:
    question = question[:3]
    tokenizer = word_pieces()
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    theirs = wrapped(
        " ".join(question),
        " ".join(context),
        truncation="only_second",
        max_length=length,
        stride=stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    ours = TextProcessor(tokenizer, length).windows((" ".join(question), " ".join(context)), stride)
    assert [window.ids.tolist() for window in ours] == theirs["input_ids"]
    for row, window in enumerate(ours):
        pairs = zip(window.begin.tolist(), window.end.tolist(), strict=True)
        assert list(pairs) == [tuple(pair) for pair in theirs["offset_mapping"][row]]
        origins = [None if origin == -1 else origin for origin in window.text.tolist()]
        assert origins == theirs.sequence_ids(row)


def test_windows_hold_all_of_the_second_text(tokenizer: Tokenizer) -> None:
    question, context = "the capital, of x", " ".join(WORDS * 20)
    windows = TextProcessor(tokenizer, 64).windows((question, context), 8)
    seen = {
        at
        for window in windows
        for begin, end in zip(
            window.begin[window.text == 1].tolist(), window.end[window.text == 1].tolist(), strict=True
        )
        for at in range(begin, end)
    }
    assert seen >= {at for at, letter in enumerate(context) if letter != " "}
    assert all(len(window.ids) <= 64 for window in windows)


def test_a_first_text_that_is_too_long_loses_its_end(tokenizer: Tokenizer) -> None:
    windows = TextProcessor(tokenizer, 64).windows((" ".join(WORDS * 30), "the capital, of x"), 8)
    assert all(len(window.ids) <= 64 for window in windows)
    assert max(window.end[window.text == 1].max() for window in windows) == len("the capital, of x")


def test_tokens_become_text_again(tokenizer: Tokenizer) -> None:
    processor = TextProcessor(tokenizer, 1000)
    text = "the capital, of x"
    assert processor.decode(processor(text)["ids"].tolist()).replace(" ,", ",") == text
