"""Greedy and beam search against exhaustive search and transformers' `generate`."""

from __future__ import annotations

from itertools import product

import pytest
import torch
import transformers
from torch import Tensor

from bench.toolkit.generation import beam_search, greedy

END = 0


class Table:
    """A language of tokens whose chances depend on all that is written so far; nothing is kept in between."""

    def __init__(self, logits: Tensor, examples: Tensor) -> None:
        self.table = logits
        self.examples = examples
        self.texts: list[list[int]] = [[] for _ in examples]

    def logits(self, tokens: Tensor) -> Tensor:
        self.texts = [[*text, token] for text, token in zip(self.texts, tokens.tolist(), strict=True)]
        return torch.stack(
            [
                self.after(example, text)
                for example, text in zip(self.examples.tolist(), self.texts, strict=True)
            ]
        )

    def after(self, example: int, text: list[int]) -> Tensor:
        place = sum(token * 3**at for at, token in enumerate(text))
        return self.table[(example * 31 + place) % len(self.table)]

    def choose(self, rows: Tensor) -> None:
        self.texts = [self.texts[row] for row in rows.tolist()]
        self.examples = self.examples[rows]

    def drop(self, going: Tensor) -> None:
        self.choose(going.repeat_interleave(len(self.texts) // len(going)).nonzero().flatten())


def table(seed: int) -> Tensor:
    return torch.randn(97, 3, generator=torch.Generator().manual_seed(seed)) * 2


def likeliest(language: Table, example: int, limit: int) -> list[int]:
    """The best text of all, by the mean log-probability of its tokens, its end among them if it has one."""
    best = (-torch.inf, [])
    for length in range(limit + 1):
        for text in product((1, 2), repeat=length):
            tokens = [*text] if length == limit else [*text, END]
            chances = [
                float(language.after(example, [2, *tokens[:at]]).log_softmax(0)[token])
                for at, token in enumerate(tokens)
            ]
            best = max(best, (sum(chances) / len(chances), list(text)))
    return best[1]


@pytest.mark.parametrize("seed", range(20))
def test_a_wide_beam_finds_the_best_text_of_all(seed: int) -> None:
    limit, beams, count = 3, 32, 4
    language = Table(table(seed), torch.arange(count).repeat_interleave(beams))
    found = beam_search(language, torch.full((count * beams,), 2), END, limit, beams)
    assert found == [likeliest(language, example, limit) for example in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_greedy_takes_the_likeliest_token_each_time(seed: int) -> None:
    language = Table(table(seed), torch.arange(6))
    found = greedy(language, torch.full((6,), 2), END, 8)
    for example, text in enumerate(found):
        written = [2]
        while len(written) <= 8:
            token = int(language.after(example, written).argmax())
            if token == END:
                break
            written.append(token)
        assert text == written[1:]


class Bart:
    """transformers' own decoder, asked for everything again at each token."""

    def __init__(self, model: transformers.PreTrainedModel, ids: Tensor, rows: int) -> None:
        self.model = model
        self.ids = ids.repeat_interleave(rows, dim=0)
        self.rows = rows
        self.texts = torch.empty(len(self.ids), 0, dtype=torch.long)

    def logits(self, tokens: Tensor) -> Tensor:
        self.texts = torch.cat([self.texts, tokens[:, None]], dim=1)
        logits: Tensor = self.model(input_ids=self.ids, decoder_input_ids=self.texts).logits[:, -1]
        return logits

    def choose(self, rows: Tensor) -> None:
        self.texts, self.ids = self.texts[rows], self.ids[rows]

    def drop(self, going: Tensor) -> None:
        self.choose(going.repeat_interleave(self.rows).nonzero().flatten())


@pytest.mark.parametrize("beams", [1, 2, 4])
def test_texts_are_those_of_transformers(beams: int) -> None:
    torch.manual_seed(10)
    config = transformers.T5Config(
        vocab_size=8,
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
        tie_word_embeddings=False,
    )
    model = transformers.T5ForConditionalGeneration(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter)  # or it would only repeat itself
    ids = torch.randint(2, 8, (12, 6))
    with torch.no_grad():
        expected = model.generate(ids, num_beams=beams, max_new_tokens=9, do_sample=False)
        begin, writing = torch.zeros(len(ids) * beams, dtype=torch.long), Bart(model, ids, beams)
        search = greedy(writing, begin, 1, 9) if beams == 1 else beam_search(writing, begin, 1, 9, beams)
    ends = [[*row[1:].tolist(), 1].index(1) for row in expected]
    assert search == [row[1 : 1 + end].tolist() for row, end in zip(expected, ends, strict=True)]
    assert len(set(ends)) > 1
