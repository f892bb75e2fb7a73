from __future__ import annotations

from functools import partial
from math import exp, log

import pytest
import torch
from torch import nn

import bench
from bench import Batch, Example
from bench.toolkit.learner import Learner
from bench_text.docstrings import Docstrings
from bench_text.hf import HuggingFace
from bench_text.language_learners import (
    AT_ONCE,
    BertLearner,
    CausalLearner,
    MaskedLearner,
    PairLearner,
    Questions,
    sees_later_tokens,
)
from bench_text.text_classification import TextClassification
from tiny_models import TINY

TASK = TextClassification()
SMALL_GPT = {"n_embd": 32, "n_layer": 2, "n_head": 2}
MAKERS = {
    "masked-lm": partial(MaskedLearner, probability=0.15, whole_words=False),
    "next-sentence": PairLearner,
    "bert": partial(BertLearner, probability=0.15, whole_words=True),
}


def bert(**changes: object) -> bench.Encoder:
    return HuggingFace(model="bert", config={**TINY, **changes}, max_length=48).load()


def gpt() -> bench.Encoder:
    return HuggingFace(model="gpt2", config=SMALL_GPT, max_length=48).load()


def real_text(encoder: bench.Encoder, count: int = 32) -> Batch:
    examples = Docstrings().load("train")[:count]
    return TASK.collate([TASK.prepare(Example(e.input, 0), encoder.processor) for e in examples])


def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def figures(learner: Learner, encoder: bench.Encoder, batch: Batch) -> dict[str, float]:
    with torch.inference_mode():
        scores = learner.scores(encoder, batch, random())
    return dict(learner.summary({name: values.mean().item() for name, values in scores.items()}))


def fall(learner: Learner, encoder: bench.Encoder, steps: int, lr: float = 3e-3) -> tuple[float, float]:
    """The loss on a batch before and after learning from that batch, pairs and masks being the same."""
    batch = real_text(encoder)
    optimiser = torch.optim.AdamW([*encoder.parameters(), *learner.parameters()], lr=lr)
    before = learner.loss(encoder, batch, random()).item()
    for _ in range(steps):
        learner.loss(encoder, batch, random()).backward()
        optimiser.step()
        optimiser.zero_grad()
    return before, learner.loss(encoder, batch, random()).item()


@pytest.mark.parametrize("name", MAKERS)
def test_the_loss_falls_on_real_text(name: str) -> None:
    encoder = bert(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    before, after = fall(MAKERS[name](encoder), encoder, steps=40)
    assert after < 0.8 * before


def test_the_causal_loss_falls_on_real_text() -> None:
    encoder = gpt()
    before, after = fall(CausalLearner(encoder), encoder, steps=20)
    assert after < 0.8 * before


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("masked-lm", {"masked_loss", "masked_accuracy", "perplexity"}),
        ("next-sentence", {"nsp_loss", "nsp_accuracy"}),
        ("bert", {"masked_loss", "masked_accuracy", "perplexity", "nsp_loss", "nsp_accuracy"}),
    ],
)
def test_figures(name: str, expected: set[str]) -> None:
    encoder = bert()
    assert figures(MAKERS[name](encoder), encoder, real_text(encoder)).keys() == expected


def test_there_is_a_value_for_each_token_and_pair() -> None:
    encoder = gpt()
    batch = real_text(encoder)
    scores = CausalLearner(encoder).scores(encoder, batch, random())
    assert len(scores["loss"]) == len(scores["accuracy"]) == int(batch.inputs["mask"].sum()) - 32
    assert len(PairLearner(encoder).scores(encoder, batch, random())["nsp_loss"]) == 32


def test_perplexity_is_the_exponential_of_the_mean_loss() -> None:
    summary = MaskedLearner(bert(), 0.15, False).summary({"masked_loss": log(7.0), "masked_accuracy": 0.5})
    assert summary == pytest.approx({"masked_loss": log(7.0), "masked_accuracy": 0.5, "perplexity": 7.0})
    assert CausalLearner(gpt()).summary({"loss": 5000.0})["perplexity"] == float("inf")


def test_a_model_that_knows_nothing_is_as_perplexed_as_the_vocabulary_is_large() -> None:
    encoder = gpt()
    nn.init.zeros_(encoder.token_embedding().weight)
    result = figures(CausalLearner(encoder), encoder, real_text(encoder))
    assert result["perplexity"] == pytest.approx(260, rel=1e-4)


def test_cross_entropy_and_accuracy_by_hand() -> None:
    # Of odds 1 : 3 the second is likelier, and the truth is once each.
    questions = Questions(torch.tensor([[0.0, log(3.0)]] * 2), torch.tensor([0, 1]), nn.Identity())
    losses, hits = questions.scores()
    assert losses.tolist() == pytest.approx([log(4), log(4 / 3)])
    assert hits.tolist() == [0, 1]
    assert questions.loss().item() == pytest.approx((log(4) + log(4 / 3)) / 2)
    assert exp(questions.loss().item()) == pytest.approx(4 / 3**0.5)


def test_many_questions_are_answered_in_parts_and_none_are_no_harm() -> None:
    torch.manual_seed(0)
    states, truth = torch.randn(2 * AT_ONCE + 5, 3), torch.randint(3, (2 * AT_ONCE + 5,))
    asked = []

    def answer(part: torch.Tensor) -> torch.Tensor:
        asked.append(len(part))
        return part

    losses, _ = Questions(states, truth, answer).scores()
    torch.testing.assert_close(losses, nn.functional.cross_entropy(states, truth, reduction="none"))
    assert asked == [AT_ONCE, AT_ONCE, 5]
    none = Questions(states[:0].requires_grad_(), truth[:0], nn.Identity())
    assert none.loss().item() == 0
    assert [len(values) for values in none.scores()] == [0, 0]


@pytest.mark.parametrize("name", MAKERS)
def test_all_that_learns_gets_gradients(name: str) -> None:
    encoder = bert()
    learner = MAKERS[name](encoder)
    learner.loss(encoder, real_text(encoder), random()).backward()
    assert all(parameter.grad is not None for parameter in [*encoder.parameters(), *learner.parameters()])


def test_output_is_tied_to_the_embedding_and_the_encoder_is_no_part_of_the_learner() -> None:
    encoder = bert()
    learner = MaskedLearner(encoder, 0.15, False)
    table = encoder.token_embedding().weight
    assert all(parameter is not table for parameter in learner.parameters())
    batch = real_text(encoder)
    batch.inputs["ids"] = batch.inputs["ids"].masked_fill(batch.inputs["ids"] == 50, 51)
    learner.loss(encoder, batch, random()).backward()
    # A token that the text does not have learns that it is not the answer.
    assert table.grad[50].abs().sum() > 0


def test_an_encoder_that_sees_later_tokens_is_refused() -> None:
    assert sees_later_tokens(bert())
    assert not sees_later_tokens(gpt())
    with pytest.raises(bench.UnsuitableError, match=r"sees later tokens.*use masked-lm"):
        CausalLearner(bert())


def test_measuring_it_leaves_the_encoder_in_its_mode() -> None:
    encoder = gpt().train()
    assert not sees_later_tokens(encoder)
    assert all(module.training for module in encoder.modules())


def test_a_state_answers_for_the_next_token_of_its_own_text() -> None:
    encoder = gpt().eval()
    batch = real_text(encoder, 3)
    learner = CausalLearner(encoder)
    losses = learner.scores(encoder, batch, random())["loss"]
    expected = []
    for ids, mask in zip(batch.inputs["ids"], batch.inputs["mask"], strict=True):
        text = ids[mask][None]
        states = encoder({"ids": text, "mask": torch.ones_like(text, dtype=torch.bool)}).maps[-1][0]
        logits = states @ encoder.token_embedding().weight.T
        expected += [-logits[i].log_softmax(0)[text[0, i + 1]] for i in range(text.shape[1] - 1)]
    torch.testing.assert_close(losses, torch.stack(expected), atol=1e-4, rtol=1e-4)


def test_states_need_not_be_as_wide_as_the_embedding() -> None:
    encoder = HuggingFace(model="albert", config={**TINY, "embedding_size": 16}, max_length=48).load()
    learner = MaskedLearner(encoder, 0.15, False)
    assert learner.loss(encoder, real_text(encoder), random()).isfinite()


def test_a_vocabulary_without_mask_is_refused(save: object) -> None:
    import transformers

    from tiny_models import end_of_text

    folder = save(transformers.GPT2Model(transformers.GPT2Config(vocab_size=257, **SMALL_GPT)), end_of_text())
    encoder = HuggingFace(model=str(folder)).load()
    with pytest.raises(bench.UnsuitableError, match="use causal-lm"):
        MaskedLearner(encoder, 0.15, False)
    assert CausalLearner(encoder).loss(encoder, real_text(encoder), random()).isfinite()
