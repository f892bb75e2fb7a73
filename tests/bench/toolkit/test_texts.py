from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from bench import Sample, UnsuitableError
from bench.toolkit.pooling import masked_mean, pool
from bench.toolkit.texts import (
    PairFormat,
    TextProcessor,
    Vocabulary,
    collate_tokens,
    pad,
    token_encoder,
)
from bench_text.byte_tokenizer import byte_tokenizer
from fakes import make_encoder
from tiny_models import end_of_text, wordpiece

WORDS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "a", "b", "c"]


def tokenizer(around: bool = True) -> Tokenizer:
    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    if around:
        made.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    return made


def sample(*ids: int) -> Sample:
    return Sample({"ids": np.array(ids, np.int32)}, {})


def test_a_text_becomes_ids() -> None:
    assert TextProcessor(tokenizer(), 16)("a b x")["ids"].tolist() == [1, 4, 5, 3, 2]


def test_ids_are_int32_and_types_uint8() -> None:
    arrays = TextProcessor(tokenizer(), 16, types=True)("a")
    assert {name: array.dtype for name, array in arrays.items()} == {"ids": np.int32, "types": np.uint8}


def test_a_pair_is_told_apart_by_types() -> None:
    arrays = TextProcessor(tokenizer(), 16, types=True)(("a b", "c"))
    assert arrays["ids"].tolist() == [1, 4, 5, 2, 6, 2]
    assert arrays["types"].tolist() == [0, 0, 0, 0, 1, 1]


def test_a_text_loses_the_side_that_its_tokenizer_says() -> None:
    left = tokenizer()
    left.enable_truncation(512, direction="left")
    assert TextProcessor(left, 4)("a b c b a")["ids"].tolist() == [1, 5, 4, 2]
    assert TextProcessor(tokenizer(), 4)("a b c b a")["ids"].tolist() == [1, 4, 5, 2]


@pytest.mark.parametrize("raw", ["a b", ("a", "b")])
def test_what_is_cut_says_so(raw: str | tuple[str, str]) -> None:
    long = raw * 9 if isinstance(raw, str) else (raw[0], "b " * 40)
    assert TextProcessor(tokenizer(), 8)(raw).remark == ""
    assert TextProcessor(tokenizer(), 8)(long).remark == "cut to 8 tokens"


@pytest.mark.parametrize("raw", ["a b c " * 10, ("a " * 30, "b"), ("a", "b " * 30)])
def test_long_texts_are_cut_and_keep_their_special_tokens(raw: str | tuple[str, str]) -> None:
    ids = TextProcessor(tokenizer(), 8)(raw)["ids"]
    assert len(ids) == 8
    assert (ids[0], ids[-1]) == (1, 2)


def test_a_text_without_tokens_becomes_the_blank() -> None:
    arrays = TextProcessor(tokenizer(around=False), 8, types=True, blank=3)("")
    assert arrays["ids"].tolist() == [3]
    assert arrays["types"].tolist() == [0]


def test_the_tokenizer_given_is_left_as_it_was() -> None:
    given_one = tokenizer()
    given_one.enable_padding(length=50)
    assert len(TextProcessor(given_one, 8)("a")["ids"]) == 3
    assert given_one.padding["length"] == 50
    assert given_one.truncation is None


def test_the_digest_tells_processors_apart() -> None:
    processors_ = [
        TextProcessor(tokenizer(), 8),
        TextProcessor(tokenizer(), 9),
        TextProcessor(tokenizer(), 8, types=True),
        TextProcessor(tokenizer(), 8, blank=1),
        TextProcessor(tokenizer(around=False), 8),
    ]
    assert len({processor.digest for processor in processors_}) == len(processors_)
    assert TextProcessor(tokenizer(), 8).digest == processors_[0].digest


def test_using_a_processor_leaves_its_digest() -> None:
    processor = TextProcessor(tokenizer(), 8)
    before = processor.digest
    processor("a b c")
    assert processor.digest == before == TextProcessor(tokenizer(), 8).digest


def test_collating_pads_to_the_longest() -> None:
    batch = collate_tokens([sample(1, 4, 2), sample(1, 2), sample(5)])
    assert batch["ids"].tolist() == [[1, 4, 2], [1, 2, 0], [5, 0, 0]]
    assert batch["mask"].tolist() == [[True] * 3, [True, True, False], [True, False, False]]
    assert (batch["ids"].dtype, batch["mask"].dtype) == (torch.int64, torch.bool)


def test_samples_without_inputs_collate_to_none() -> None:
    assert collate_tokens([Sample({}, {})]) == {}


@given(st.lists(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=9), min_size=1, max_size=5))
def test_padding_keeps_every_number(rows: list[list[int]]) -> None:
    padded = pad([np.array(row, np.int32) for row in rows])
    assert padded.shape == (len(rows), max(map(len, rows)))
    for row, line in zip(rows, padded.tolist(), strict=True):
        assert line == row + [0] * (padded.shape[1] - len(row))


STATES = torch.arange(12.0).view(2, 3, 2)  # [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]
MASK = torch.tensor([[True, True, False], [True, True, True]])


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [("mean", [[1, 2], [8, 9]]), ("first", [[0, 1], [6, 7]]), ("last", [[2, 3], [10, 11]])],
)
def test_pooling_by_hand(pooling: str, expected: list[list[float]]) -> None:
    assert pool(STATES, MASK, pooling).tolist() == expected


def test_a_mean_over_nothing_is_zero() -> None:
    assert masked_mean(STATES, torch.zeros(2, 3, dtype=torch.bool)).tolist() == [[0, 0], [0, 0]]


def vocabulary(made: Tokenizer | PreTrainedTokenizerFast) -> Vocabulary:
    return TextProcessor(getattr(made, "backend_tokenizer", made), 16).vocabulary


def ids_in(table: torch.Tensor) -> list[int]:
    return table.nonzero().squeeze(1).tolist()


def roberta() -> Tokenizer:
    """GPT-2's tokens with RoBERTa's special ones around a text."""
    made = end_of_text().backend_tokenizer
    made.add_special_tokens(["<s>", "</s>", "<mask>"])
    ends = [(token, made.token_to_id(token)) for token in ("</s>", "<s>")]
    made.post_processor = processors.RobertaProcessing(*ends)
    return made


def pieces(*tokens: str) -> Tokenizer:
    """A vocabulary as SentencePiece makes it."""
    made = Tokenizer(models.Unigram([(token, -1.0) for token in tokens], unk_id=0))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    return made


def test_vocabulary_of_word_pieces() -> None:
    found = vocabulary(wordpiece())
    assert (found.size, found.mask) == (20, 4)
    assert ids_in(found.special) == [0, 1, 2, 3, 4]
    assert sorted(set(range(20)) - set(ids_in(found.begins_word))) == [18, 19]  # ##s, ##ing
    assert found.pair == PairFormat((2,), (3,), (3,), (0, 0, 0, 1, 1))


def test_vocabulary_of_bytes() -> None:
    tokens = end_of_text().get_vocab()
    found = vocabulary(end_of_text())
    assert (found.size, found.mask) == (257, None)
    assert ids_in(found.special) == [tokens["<end>"]]
    assert ids_in(found.begins_word) == sorted(tokens[mark] for mark in "ĠĊĉ")
    assert ids_in(found.ends_sentence) == sorted(tokens[mark] for mark in ".!?")
    assert found.pair == PairFormat((), (), (), (0, 0, 0, 1, 0))


def test_vocabulary_of_sentence_pieces() -> None:
    found = vocabulary(pieces("<unk>", "▁a", "▁the", "s", "▁.", "!"))
    assert ids_in(found.begins_word) == [1, 2, 4]
    assert ids_in(found.ends_sentence) == [4, 5]


def test_a_vocabulary_of_whole_words() -> None:
    found = vocabulary(tokenizer())
    assert found.mask is None
    assert ids_in(found.special) == [1, 2]  # what it puts around a text
    assert found.begins_word.all()


def test_ids_that_stand_for_nothing_are_special() -> None:
    made = Tokenizer(models.WordLevel({"a": 0, "b": 3}, unk_token="a"))
    assert ids_in(vocabulary(made).special) == [1, 2]


@pytest.mark.parametrize("made", [wordpiece().backend_tokenizer, roberta(), byte_tokenizer()])
def test_joining_is_what_the_tokenizer_does_to_a_pair(made: Tokenizer) -> None:
    processor = TextProcessor(made, 64, types=True)
    first, second = (made.encode(text, add_special_tokens=False).ids for text in ("the cat sat", "a dogs"))
    joined = processor.vocabulary.pair.join(np.array(first), np.array(second))
    expected = processor(("the cat sat", "a dogs"))
    assert joined["ids"].tolist() == expected["ids"].tolist()
    assert joined["types"].tolist() == expected["types"].tolist()
    assert len(joined["ids"]) == len(first) + len(second) + processor.vocabulary.pair.extra


def test_a_vocabulary_is_no_part_of_the_digest_and_knows_no_limit() -> None:
    processor = TextProcessor(tokenizer(), 3)
    before = processor.digest
    assert processor.vocabulary is processor.vocabulary
    assert processor.vocabulary.pair.extra == 3
    assert processor.digest == before
    assert processor.max_length == 3


def test_a_tokenizer_without_letters_is_refused() -> None:
    made = Tokenizer(models.BPE(vocab={"x": 0}, merges=[]))
    with pytest.raises(UnsuitableError, match="makes no token of 'a'"):
        TextProcessor(made, 8).vocabulary  # noqa: B018 - it is worked out on first use


def test_an_encoder_of_something_else_predicts_no_tokens() -> None:
    with pytest.raises(UnsuitableError, match=r"needs a method token_embedding\(\)"):
        token_encoder(make_encoder())
