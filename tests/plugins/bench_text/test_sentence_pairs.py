from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
import torch
from sklearn.tree import DecisionTreeClassifier

from bench import Batch, Example
from bench.toolkit.texts import TextProcessor
from bench_text.byte_tokenizer import CLS_ID, SEP_ID, byte_tokenizer
from bench_text.plain_text import PlainText
from bench_text.sentence_pairs import Pairing, Pairs

TASK = PlainText()
TOKENIZER = byte_tokenizer()
STORIES = (
    "The cat sat down. Then it slept! Was it old?",
    "We went by train. It rained. Nobody came.",
    "x y z",
)


def processor(max_length: int = 64, types: bool = True) -> TextProcessor:
    return TextProcessor(TOKENIZER, max_length, types=types)


def batch(*texts: str, documents: tuple[int, ...] | None = None, **options: int) -> Batch:
    numbers = documents or tuple(range(len(texts)))
    examples = [Example(text, number) for text, number in zip(texts, numbers, strict=True)]
    return TASK.collate([TASK.prepare(example, processor(**options)) for example in examples])


def paired(blocks: Batch, max_length: int = 64, seed: int = 0) -> Pairs:
    pairing = Pairing(processor(max_length).vocabulary, max_length)
    return pairing(blocks, torch.Generator().manual_seed(seed))


def decoded(ids: list[int]) -> str:
    return "".join(TOKENIZER.id_to_token(number) for number in ids).replace("Ġ", " ")


def texts_of(pairs: Pairs) -> list[tuple[str, str]]:
    """The two texts of each pair."""
    found = []
    for ids, mask in zip(pairs.inputs["ids"], pairs.inputs["mask"], strict=True):
        first, second, rest = (
            "".join(map(chr, ids[mask].tolist())).removeprefix(chr(CLS_ID)).split(chr(SEP_ID))
        )
        assert rest == ""
        found.append(tuple(decoded([ord(c) for c in text]) for text in (first, second)))
    return found


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("One two three. Four five six. Seven eight nine.", {"three.", "six."}),
        ("One two three. Four five 6.5 seven eight nine.", {"three.", "two", "five", "6.5"}),
        ("Seven words, none of which ends it", {"words,", "none"}),
        ("unbreakable", {"unbre"}),
    ],
)
def test_a_block_is_cut_where_a_sentence_ends_in_its_middle(text: str, ends: set[str]) -> None:
    pairing = Pairing(processor().vocabulary, 64)
    block = processor()(text)["ids"]
    for place in (0.0, 0.3, 0.6, 0.999):
        first, second = (decoded(half.tolist()) for half in pairing.halves(block, place))
        assert first + second == text
        assert first.split()[-1] in ends
        assert len(text) / 4 < len(first) < len(text) * 3 / 4


def test_each_end_of_a_sentence_in_the_middle_has_its_chance() -> None:
    pairing = Pairing(processor().vocabulary, 64)
    block = processor()("It is a long one. Yes! No? It is rather long.")["ids"]
    cuts = {len(pairing.halves(block, place)[0]) for place in (0.1, 0.5, 0.9)}
    assert cuts == {17, 22, 26}


@pytest.mark.parametrize("text", ["", "a", "ab"])
def test_short_blocks_do_no_harm(text: str) -> None:
    pairs = paired(batch(text, "A good long text. It has two sentences."))
    assert len(texts_of(pairs)) == 2


def test_a_second_half_follows_or_is_from_another_document() -> None:
    blocks = batch(*STORIES[:2] * 16, documents=(0, 1) * 16)
    pairs = paired(blocks)
    for number, ((first, second), follows) in enumerate(zip(texts_of(pairs), pairs.follows, strict=True)):
        own, other = STORIES[number % 2], STORIES[1 - number % 2]
        assert first in own
        assert (first + second in own) if follows else (second in other)


def test_half_of_the_pairs_follow() -> None:
    # All but one of the blocks are from one document: each still has a stranger.
    blocks = batch(*STORIES[:2] * 500, documents=(0,) * 999 + (1,))
    follows = int(paired(blocks).follows.sum())
    assert abs(follows - 500) < 5 * sqrt(250)


def test_alone_in_the_batch_a_document_keeps_its_halves() -> None:
    assert paired(batch(*STORIES, documents=(7, 7, 7))).follows.tolist() == [1, 1, 1]


def test_without_documents_each_block_is_its_own() -> None:
    blocks = batch(*STORIES[:2] * 50)
    blocks.targets = {}
    assert 20 < int(paired(blocks).follows.sum()) < 80


def test_pairs_are_within_the_limit_and_typed() -> None:
    pairs = paired(batch(*STORIES * 4, max_length=24), max_length=24)
    ids, types, mask = (pairs.inputs[name] for name in ("ids", "types", "mask"))
    assert ids.shape[1] <= 24
    assert ((ids == SEP_ID).sum(dim=1) == 2).all()
    second = ((ids == SEP_ID).cumsum(dim=1) - (ids == SEP_ID).long() == 1) & mask
    assert torch.equal(types, second.long())


def test_types_are_made_where_blocks_have_them() -> None:
    blocks = batch(*STORIES)
    del blocks.inputs["types"]
    assert paired(blocks).inputs.keys() == {"ids", "mask"}


def test_the_generator_alone_decides() -> None:
    blocks = batch(*STORIES * 8)
    first, again, other = paired(blocks), paired(blocks), paired(blocks, seed=1)
    assert torch.equal(first.inputs["ids"], again.inputs["ids"])
    assert first.follows.tolist() == again.follows.tolist() != other.follows.tolist()


def test_no_length_and_no_end_gives_the_answer_away() -> None:
    random = np.random.default_rng(0)

    def block() -> str:
        """Sentences of random words, as many as fit into sixty bytes."""
        text = ""
        while len(text) < 54:
            words = ["a" * random.integers(1, 8) for _ in range(random.integers(2, 6))]
            text += f"{' '.join(words)}. "
        return text.strip()[:62]

    signs, answers = [], []
    for seed in range(60):
        pairs = paired(batch(*(block() for _ in range(64))), seed=seed)
        signs += [
            [len(a), len(b), len(a) + len(b), b.endswith("."), a.endswith(".")] for a, b in texts_of(pairs)
        ]
        answers += pairs.follows.tolist()
    half = len(signs) // 2
    tree = DecisionTreeClassifier(min_samples_leaf=50, random_state=0).fit(signs[:half], answers[:half])
    assert abs(tree.score(signs[half:], answers[half:]) - 0.5) < 5 * sqrt(0.25 / half)
