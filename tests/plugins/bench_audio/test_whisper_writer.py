"""What Whisper writes is what its plain `forward` makes likeliest, token by token and sound by sound."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from torch.nn.functional import cross_entropy

from bench import Features, WeightsError
from bench.toolkit.generation import WritingHead
from bench.toolkit.sounds import mask_of
from bench_audio.whisper_writer import END, PLAIN, START, TASK, Rules, WhisperWriter, writing_rules
from tiny_whisper import CONFIG

SPECIAL = (END, START, "<|en|>", "<|de|>", TASK, PLAIN)


def tokenizer() -> Tokenizer:
    """Bytes, and the tokens of Whisper's own."""
    letters = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    made = Tokenizer(models.BPE(letters, []))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    made.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    return made


def writer(rules: Rules) -> tuple[WhisperWriter, Any]:
    torch.manual_seed(1)
    model = transformers.WhisperForConditionalGeneration(transformers.WhisperConfig(**CONFIG)).eval()
    for parameter in model.model.decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.3)  # so that what is likeliest is not always the same
    model.tie_weights()
    return WhisperWriter(copy.deepcopy(model), tokenizer(), rules).eval(), model


def states(lengths: list[int]) -> Features:
    torch.manual_seed(2)
    made = torch.randn(len(lengths), max(lengths), CONFIG["d_model"])
    return Features(made.mean(dim=1), (made,), mask_of(torch.tensor(lengths), max(lengths)))


def alone(features: Features, row: int) -> torch.Tensor:
    return features.maps[0][row : row + 1, : int(features.mask[row].sum())]


def slowly(model: Any, seen: torch.Tensor, rules: Rules, limit: int) -> list[int]:
    """Greedy writing without a cache, by transformers' model alone."""
    ids = list(rules.prompt)
    while len(ids) < limit + len(rules.prompt):
        with torch.no_grad():
            output = model(encoder_outputs=(seen,), decoder_input_ids=torch.tensor([ids]))
        logits = output.logits[0, -1]
        barred = rules.suppressed + (rules.suppressed_first if len(ids) == len(rules.prompt) else ())
        logits[list(barred)] = -torch.inf
        ids.append(int(logits.argmax()))
        if ids[-1] == rules.end:
            return ids[len(rules.prompt) : -1]
    return ids[len(rules.prompt) :]


@pytest.mark.parametrize(
    ("suppressed", "first"), [((), ()), (tuple(range(100)), ()), (tuple(range(40)), (256, *range(40, 200)))]
)
def test_texts_are_what_is_likeliest(suppressed, first):
    rules = Rules((257, 261), 256, suppressed, first)
    ours, model = writer(rules)
    features = states([9, 4, 20, 4])
    with torch.no_grad():
        found = ours.texts(features)
    for row, text in enumerate(found):
        expected = slowly(model, alone(features, row), rules, ours.limit)
        assert text == ours.tokenizer.decode(expected, skip_special_tokens=True).strip()
    assert len(set(found)) > 1


def test_the_loss_is_that_of_plain_logits():
    rules = Rules((257, 261), 256)
    ours, model = writer(rules)
    features, texts = states([9, 4]), ["one two", "a"]
    with torch.no_grad():
        found = ours.loss(features, texts)
        parts = []
        for row, text in enumerate(texts):
            ids = [*rules.prompt, *ours.tokenizer.encode(f" {text}").ids, rules.end]
            given = torch.tensor([ids[:-1]])
            logits = model(encoder_outputs=(alone(features, row),), decoder_input_ids=given).logits[0]
            wanted = torch.tensor(ids[2:])
            parts.append(cross_entropy(logits[1:], wanted, reduction="none"))
    torch.testing.assert_close(found, torch.cat(parts).mean(), rtol=1e-4, atol=1e-4)


def test_a_long_text_is_cut_to_what_there_is_room_for():
    ours, _ = writer(Rules((257, 261), 256))
    assert len(ours.ids("a" * 100)) == ours.limit - 1
    assert ours.loss(states([3]), ["a" * 100]).isfinite()


def test_texts_of_a_number_of_tokens():
    ours, _ = writer(Rules((257, 261), 256))
    assert isinstance(ours, WritingHead)
    features = states([9, 4])
    with ours.exactly(100) as most, torch.no_grad():
        assert most == ours.limit == 22
        assert len(ours.texts(features)) == 2
    ends, _ = writer(Rules((257, 261), 256, suppressed=tuple(range(256))))
    with ends.exactly(3) as few, torch.no_grad():
        assert few == 3
        assert len(ends.texts(features)) == 2


def test_learning_to_write():
    ours, _ = writer(Rules((257, 261), 256))
    features, texts = states([9, 5]), ["one", "two"]
    optimiser = torch.optim.Adam(ours.parameters(), lr=1e-2)
    for _ in range(150):
        optimiser.zero_grad()
        ours.loss(features, texts).backward()
        optimiser.step()
    with torch.no_grad():
        assert ours.texts(features) == texts


def test_what_a_model_of_several_languages_is_told():
    assert writing_rules(tokenizer(), "de", (5,), (6,)) == Rules((257, 259, 260, 261), 256, (5,), (6,))
    with pytest.raises(WeightsError, match="knows no language 'xx'"):
        writing_rules(tokenizer(), "xx", (), ())
    with pytest.raises(WeightsError, match=r"lacks <.startoftranscript"):
        writing_rules(Tokenizer(models.BPE({}, [])), "en", (), ())
