"""Causal models as writers: what is learnt and written is what transformers makes of one joined text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import tokenizers
import torch
import transformers
from tokenizers import models, pre_tokenizers
from torch import Tensor

import bench
from bench_text.hf import HuggingFace
from bench_text.translation import Translation

WORDS = ["a", "b", "c", "d", "e", "f", "g", "h"]
TEXTS = ["a b c", "d", "h g f e d c b a", "a a a e"]
WANTED = ["b c", "a b c d e", "f", "g h"]
END, SEPARATOR = 1, [2, 3]
IDS = {"vocab_size": 4 + len(WORDS), "pad_token_id": 0, "eos_token_id": END, "bos_token_id": END}
LLAMA = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
OPT = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "ffn_dim": 32}
MODELS: dict[str, Callable[[], Any]] = {
    "gpt2": lambda: transformers.GPT2LMHeadModel(
        transformers.GPT2Config(n_embd=16, n_layer=2, n_head=2, n_positions=80, **IDS)
    ),
    "llama": lambda: transformers.LlamaForCausalLM(
        transformers.LlamaConfig(**LLAMA, num_key_value_heads=1, max_position_embeddings=80, **IDS)
    ),
    "opt": lambda: transformers.OPTForCausalLM(
        transformers.OPTConfig(**OPT, word_embed_proj_dim=16, max_position_embeddings=80, **IDS)
    ),
    "bloom": lambda: transformers.BloomForCausalLM(
        transformers.BloomConfig(hidden_size=16, n_layer=2, n_head=2, **IDS)
    ),
}


def tokenizer() -> transformers.PreTrainedTokenizerFast:
    """Words and nothing else; two of them part a text from what is written about it."""
    vocabulary = {token: at for at, token in enumerate(["<pad>", "</s>", "in", "German:", *WORDS])}
    made = tokenizers.Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", model_max_length=80
    )


@pytest.fixture(params=MODELS)
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, Path]:
    """A model that does not only repeat itself, and the folder that it is saved in."""
    torch.manual_seed(3)
    model = MODELS[request.param]().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=0.4)
    for part in (model, tokenizer()):
        part.save_pretrained(tmp_path / "model")
    return model, tmp_path / "model"


def task(**settings: Any) -> Translation:
    return Translation(separator="in German:", max_new_tokens=9, **settings)


def loaded(folder: Path) -> bench.Encoder:
    encoder = HuggingFace(model=f"{folder}", max_length=32).load().eval()
    encoder.reads = Translation.reads
    return encoder


def batch_of(task: bench.Task, encoder: bench.Encoder, wanted: bool = True) -> bench.Batch:
    pairs = zip(TEXTS, WANTED, strict=True)
    examples = [bench.Example(text, (answer,) if wanted else None) for text, answer in pairs]
    return task.collate([task.prepare(example, encoder.processor) for example in examples])


def joined() -> tuple[Tensor, Tensor, Tensor]:
    """Texts with what is wanted of them, padded on the right; the mask; and labels, -100 on what is read."""
    words = tokenizer()
    rows, labels = [], []
    for text, answer in zip(TEXTS, WANTED, strict=True):
        read, written = [*words(text).input_ids, *SEPARATOR], [*words(answer).input_ids, END]
        rows.append([*read, *written])
        labels.append([-100] * len(read) + written)
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, mask, torch.tensor([[*row, *[-100] * (longest - len(row))] for row in labels])


def gradients(module: torch.nn.Module) -> Mapping[str, Tensor]:
    return {name: p.grad for name, p in module.named_parameters() if p.grad is not None}


def test_loss_and_gradients_are_those_of_the_joined_text(saved: tuple[Any, Path]) -> None:
    model, folder = saved
    encoder = loaded(folder)
    head = task().head(encoder, bench.DatasetInfo({})).eval()
    batch = batch_of(task(), encoder)
    loss = task().loss(head, encoder(batch.inputs), batch.targets)
    loss.backward()
    ids, mask, labels = joined()
    expected = model(input_ids=ids, attention_mask=mask, labels=labels).loss
    expected.backward()
    torch.testing.assert_close(loss, expected)
    own, theirs = gradients(encoder.model), gradients(model.base_model)
    assert own.keys() == theirs.keys()
    for name, gradient in own.items():
        torch.testing.assert_close(gradient, theirs[name], msg=name)


@torch.no_grad()
@pytest.mark.parametrize("beams", [None, 1, 4])
def test_what_is_written_is_what_transformers_writes(saved: tuple[Any, Path], beams: int | None) -> None:
    model, folder = saved
    encoder, writing = loaded(folder), task(beams=beams)
    head = writing.native_head(encoder, bench.DatasetInfo({})).eval()
    texts = writing.predict(head, encoder(batch_of(writing, encoder, wanted=False).inputs))["text"]
    words = tokenizer()
    expected = []
    for text in TEXTS:
        ids = torch.tensor([[*words(text).input_ids, *SEPARATOR]])
        found = model.generate(ids, max_new_tokens=9, num_beams=beams or 1, do_sample=False)
        expected.append(words.decode(found[0, ids.shape[1] :], skip_special_tokens=True))
    assert texts == expected
    assert len(set(texts)) > 1


@torch.no_grad()
def test_a_padded_batch_is_what_each_text_is_alone(saved: tuple[Any, Path]) -> None:
    encoder, writing = loaded(saved[1]), task()
    head = writing.native_head(encoder, bench.DatasetInfo({})).eval()
    together = batch_of(writing, encoder)
    logits, wanted = head(encoder(together.inputs), together.targets["ids"], together.targets["mask"])
    for at, (text, answer) in enumerate(zip(TEXTS, WANTED, strict=True)):
        own = writing.collate([writing.prepare(bench.Example(text, (answer,)), encoder.processor)])
        alone, _ = head(encoder(own.inputs), own.targets["ids"], own.targets["mask"])
        length = int((wanted[at] != -100).sum())
        torch.testing.assert_close(logits[at, :length], alone[0], rtol=1e-4, atol=1e-4)


def test_its_layers_are_the_encoders(saved: tuple[Any, Path]) -> None:
    encoder = loaded(saved[1])
    head = task().head(encoder, bench.DatasetInfo({}))
    own = {id(parameter) for parameter in encoder.parameters()}
    assert all(id(parameter) in own or "lm_head" in name for name, parameter in head.named_parameters())


def test_a_separator_without_tokens_is_the_end_of_a_text(saved: tuple[Any, Path]) -> None:
    encoder, blank = loaded(saved[1]), Translation(separator=" ", max_new_tokens=4)
    head = blank.native_head(encoder, bench.DatasetInfo({}))
    assert [*head.decoder.between] == [END]


def test_memory_is_kept_only_where_it_is_read(saved: tuple[Any, Path]) -> None:
    encoder = loaded(saved[1])
    inputs = batch_of(task(), encoder).inputs
    layers = encoder(inputs).memory
    assert [layer.shape[:3] for layer in layers] == [(4, 8, 2)] * 2
    encoder.reads = frozenset({"maps"})
    assert encoder(inputs).memory == ()


def test_texts_that_are_too_long_for_it_are_refused(tmp_path: Path) -> None:
    for part in (MODELS["gpt2"](), tokenizer()):
        part.save_pretrained(tmp_path)
    encoder = HuggingFace(model=f"{tmp_path}", max_length=60).load()
    with pytest.raises(bench.UnsuitableError, match=r"texts of 60 tokens, and 64 .* room for 80; lower"):
        Translation().head(encoder, bench.DatasetInfo({}))


def test_one_without_an_end_gets_a_fresh_decoder(tmp_path: Path) -> None:
    model = MODELS["gpt2"]()
    model.config.eos_token_id = model.generation_config.eos_token_id = None
    for part in (model, tokenizer()):
        part.save_pretrained(tmp_path)
    encoder = HuggingFace(model=f"{tmp_path}", max_length=32).load()
    assert task().native_head(encoder, bench.DatasetInfo({})) is None


@torch.no_grad()
@pytest.mark.parametrize("beams", [1, 3])
def test_texts_can_be_of_an_exact_length(saved: tuple[Any, Path], beams: int) -> None:
    encoder, writing = loaded(saved[1]), task(beams=beams)
    head = writing.native_head(encoder, bench.DatasetInfo({})).eval()
    features = encoder(batch_of(writing, encoder, wanted=False).inputs)
    written = head.decoder.generate(features, 7, beams, exact=True)
    assert [len(ids) for ids in written] == [7] * 4
    assert not any(END in ids for ids in written)
    with head.exactly(7) as count:
        assert count == 7
        assert head.texts(features) == [encoder.processor.decode(ids) for ids in written]
    with head.exactly(100) as count:
        assert count == 9  # as many as it may write
    assert head.texts(features) == writing.predict(head, features)["text"]


@pytest.mark.parametrize("tokens", [None, "made"])
def test_one_from_a_config_ends_texts_by_its_tokenizer(tmp_path: Path, tokens: str | None) -> None:
    tokenizer().save_pretrained(tmp_path / "made")
    shape = {"n_embd": 16, "n_layer": 1, "n_head": 2}
    chosen = None if tokens is None else f"{tmp_path / tokens}"
    encoder = HuggingFace(model="gpt2", config=shape, tokenizer=chosen, max_length=32).load()
    encoder.reads = Translation.reads
    head = task().head(encoder, bench.DatasetInfo({}))
    batch = batch_of(task(), encoder)
    task().loss(head, encoder(batch.inputs), batch.targets).backward()
    assert head.decoder.end == (2 if tokens is None else END)
