from __future__ import annotations

from math import sqrt

import pytest
import torch

import bench
from bench.toolkit.texts import TextProcessor, Vocabulary
from bench_text.byte_tokenizer import byte_tokenizer
from bench_text.masking import Masked, Masking
from tiny_models import end_of_text, wordpiece

BYTES = TextProcessor(byte_tokenizer(), 512).vocabulary
WORDS = TextProcessor(wordpiece().backend_tokenizer, 24).vocabulary
ROWS, LENGTH = 400, 500


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def texts(vocabulary: Vocabulary) -> dict[str, torch.Tensor]:
    """Random tokens, special ones among them; the last hundred of each second row are padding."""
    ids = torch.randint(vocabulary.size, (ROWS, LENGTH), generator=generator(1))
    mask = torch.ones_like(ids, dtype=torch.bool)
    mask[::2, -100:] = False
    return {"ids": ids, "mask": mask}


def masked(
    inputs: dict[str, torch.Tensor],
    vocabulary: Vocabulary = BYTES,
    probability: float = 0.15,
    whole_words: bool = False,
) -> Masked:
    return Masking(vocabulary, probability, whole_words)(inputs, generator())


def near(count: torch.Tensor, trials: int, share: float) -> bool:
    """Whether a count is within five standard deviations of a binomial one."""
    return abs(int(count) - trials * share) < 5 * sqrt(trials * share * (1 - share))


def test_proportions_are_the_papers() -> None:
    inputs = texts(BYTES)
    made = masked(inputs)
    eligible = int((inputs["mask"] & ~BYTES.special[inputs["ids"]]).sum())
    chosen = int(made.chosen.sum())
    hidden, truth = made.inputs["ids"][made.chosen], made.truth
    assert near(made.chosen.sum(), eligible, 0.15)
    assert near((hidden == BYTES.mask).sum(), chosen, 0.80)
    # One random token in 256 happens to be the one that was there.
    assert near((hidden == truth).sum(), chosen, 0.10 + 0.10 / 256)
    assert near(((hidden != truth) & (hidden != BYTES.mask)).sum(), chosen, 0.10 * 255 / 256)


@pytest.mark.parametrize("whole_words", [False, True])
@pytest.mark.parametrize("vocabulary", [BYTES, WORDS])
def test_special_tokens_and_padding_are_never_chosen(vocabulary: Vocabulary, whole_words: bool) -> None:
    inputs = texts(vocabulary)
    made = masked(inputs, vocabulary, 0.9, whole_words)
    assert not (made.chosen & ~inputs["mask"]).any()
    assert not (made.chosen & vocabulary.special[inputs["ids"]]).any()


def test_what_is_not_chosen_stays() -> None:
    inputs = texts(BYTES)
    made = masked(inputs)
    assert torch.equal(made.inputs["ids"][~made.chosen], inputs["ids"][~made.chosen])
    assert torch.equal(made.truth, inputs["ids"][made.chosen])
    assert made.inputs["mask"] is inputs["mask"]


def test_no_token_is_exchanged_for_a_special_one() -> None:
    made = masked(texts(WORDS), WORDS)
    hidden = made.inputs["ids"][made.chosen]
    assert not WORDS.special[hidden[hidden != WORDS.mask]].any()


def test_words_are_chosen_whole() -> None:
    # [CLS] cat ##s ##ing dog ##s [SEP], and an unknown piece at the beginning of a text.
    ids = torch.tensor([[2, 6, 18, 19, 11, 18, 3], [2, 18, 19, 6, 18, 3, 0]]).repeat(4000, 1)
    made = masked({"ids": ids, "mask": ids != 0}, WORDS, whole_words=True)
    for row, word in ((0, [1, 2, 3]), (0, [4, 5]), (1, [1, 2]), (1, [3, 4])):
        chosen = made.chosen[row::2, word]
        assert torch.equal(chosen.any(dim=1), chosen.all(dim=1))
        assert near(chosen[:, 0].sum(), 4000, 0.15)


def test_words_of_bytes_begin_with_white_space() -> None:
    ids = torch.tensor(byte_tokenizer().encode("ab cde f").ids).repeat(200, 1)
    made = masked({"ids": ids, "mask": torch.ones_like(ids, dtype=torch.bool)}, whole_words=True)
    patterns = {tuple(row) for row in made.chosen[:, 1:-1].int().tolist()}
    words = torch.tensor([0, 0, 1, 1, 1, 1, 2, 2])
    assert len(patterns) > 3
    assert all(
        len({pattern[i] for i in (words == word).nonzero()}) == 1 for pattern in patterns for word in range(3)
    )


def test_the_generator_alone_decides() -> None:
    inputs = texts(BYTES)
    assert torch.equal(masked(inputs).inputs["ids"], masked(inputs).inputs["ids"])
    other = Masking(BYTES, 0.15, False)(inputs, generator(5))
    assert not torch.equal(masked(inputs).chosen, other.chosen)


def test_without_a_mask_there_is_none() -> None:
    with pytest.raises(bench.UnsuitableError, match="use causal-lm"):
        Masking(TextProcessor(end_of_text().backend_tokenizer, 8).vocabulary, 0.15, False)
