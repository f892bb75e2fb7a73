"""Encoder-decoders with their own decoders: what is written and learnt is what transformers has of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tokenizers
import torch
import transformers
from tokenizers import models, pre_tokenizers, processors

import bench
from bench.toolkit.texts import collate_tokens
from bench_text.hf import HuggingFace
from bench_text.translation import Translation

WORDS = ["a", "b", "c", "d", "e", "f", "g", "h"]
TEXTS = ["a b c", "d", "h g f e d c b a", "a a a e"]
WANTED = ["b c", "a b c d e", "f", "g h"]


def tokenizer(before: str = "") -> transformers.PreTrainedTokenizerFast:
    """One like T5's: words, and `</s>` behind a text; with `<s>` before it one like BART's."""
    vocabulary = {token: at for at, token in enumerate(["<pad>", "</s>", "<s>", "<unk>", *WORDS])}
    made = tokenizers.Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing(
        single=f"{before} $A </s>".strip(),
        pair=f"{before} $A </s> $B </s>".strip(),
        special_tokens=[("</s>", 1), ("<s>", 2)],
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", bos_token="<s>", unk_token="<unk>"
    )


IDS = {"vocab_size": 12, "pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
LIKE_BART: dict[str, Any] = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "max_position_embeddings": 40,
}
MODELS: dict[str, Callable[[], Any]] = {
    "t5": lambda: transformers.T5ForConditionalGeneration(
        transformers.T5Config(d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, **IDS)
    ),
    "bart": lambda: transformers.BartForConditionalGeneration(
        transformers.BartConfig(**LIKE_BART, **{**IDS, "bos_token_id": 2, "decoder_start_token_id": 1})
    ),
    "marian": lambda: transformers.MarianMTModel(transformers.MarianConfig(**LIKE_BART, **IDS)),
}


@pytest.fixture(params=MODELS)
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, Any, Path]:
    """A model that does not only repeat itself, its tokenizer, and the folder that both are saved in."""
    model = MODELS[request.param]().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2 and parameter.requires_grad:
                torch.nn.init.normal_(parameter, std=0.5)
    if request.param == "bart":
        model.generation_config.update(forced_bos_token_id=2, num_beams=3, no_repeat_ngram_size=2)
    words = tokenizer("<s>" if request.param == "bart" else "")
    for part in (model, words):
        part.save_pretrained(tmp_path / "model")
    return model, words, tmp_path / "model"


def head_and_features(folder: Path, task: Translation) -> tuple[Any, bench.Features]:
    encoder = HuggingFace(model=f"{folder}").load().eval()
    head = task.native_head(encoder, bench.DatasetInfo({})).eval()
    samples = [task.prepare(bench.Example(text, None), encoder.processor) for text in TEXTS]
    with torch.no_grad():
        return head, encoder(collate_tokens(samples))


@torch.no_grad()
@pytest.mark.parametrize("beams", [None, 1, 4])
def test_what_is_written_is_what_transformers_writes(saved: Any, beams: int | None) -> None:
    model, words, folder = saved
    task = Translation(max_new_tokens=9, beams=beams)
    head, features = head_and_features(folder, task)
    inputs = words(TEXTS, return_tensors="pt", padding=True, return_token_type_ids=False)
    model.generation_config.max_length = None
    own = {} if beams is None else {"num_beams": beams}
    expected = model.generate(**inputs, max_new_tokens=9, **own)
    texts = task.predict(head, features)["text"]
    assert texts == words.batch_decode(expected, skip_special_tokens=True)
    assert len(set(texts)) > 1


def test_the_loss_is_that_of_transformers(saved: Any) -> None:
    model, words, folder = saved
    task = Translation()
    head, features = head_and_features(folder, task)
    processor = HuggingFace(model=f"{folder}").load().processor
    pairs = zip(TEXTS, WANTED, strict=True)
    batch = task.collate([task.prepare(bench.Example(text, (wanted,)), processor) for text, wanted in pairs])
    labels = words(WANTED, return_tensors="pt", padding=True).input_ids
    labels[labels == 0] = -100
    inputs = words(TEXTS, return_tensors="pt", padding=True, return_token_type_ids=False)
    expected = model(**inputs, labels=labels).loss
    loss = task.loss(head, features, batch.targets)
    torch.testing.assert_close(loss, expected)
    loss.backward()
    learning = dict(head.named_parameters())
    assert all(parameter.grad is not None for parameter in learning.values())
    assert not any("encoder." in name and "decoder" not in name for name in learning)


def test_a_model_that_writes_nothing_has_no_decoder(tmp_path: Path) -> None:
    config = transformers.T5Config(d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, **IDS)
    for part in (transformers.T5Model(config), tokenizer()):
        part.save_pretrained(tmp_path / "model")
    assert not HuggingFace(model=f"{tmp_path / 'model'}").load().native


def test_one_from_a_config_learns_from_scratch() -> None:
    shape = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2}
    encoder = HuggingFace(model="t5", config=shape).load()
    task = Translation(max_new_tokens=5)
    samples = [task.prepare(bench.Example("yes", ("ja",)), encoder.processor)]
    batch = task.collate(samples)
    head = task.head(encoder, bench.DatasetInfo({}))
    task.loss(head, encoder(batch.inputs), batch.targets).backward()
    with torch.no_grad():
        assert len(task.predict(head.eval(), encoder(batch.inputs))["text"]) == 1
