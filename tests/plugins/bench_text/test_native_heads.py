"""Heads that checkpoints bring along give what transformers' own model gives, from the encoder's states."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

import bench
import tiny_models
from bench.toolkit.texts import collate_tokens
from bench_text.hf import HuggingFace
from tiny_models import TINY, WORDS, wordpiece

TEXTS = ["the cat sat on the mat", "dogs", "it was a very very good film and the dog ran to the park"]
NAMES = {0: "O", 1: "B-PER", 2: "I-PER"}
SHAPES = tiny_models.SHAPES | {
    "electra": TINY | {"embedding_size": 16},
    "deberta-v2": TINY | {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "xlm-roberta": TINY | {"max_position_embeddings": 40},
    "qwen2": TINY | {"num_key_value_heads": 2},
    "xlnet": {"d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 64},
}
MOST = ["bert", "roberta", "distilbert", "gpt2", "electra", "xlm-roberta", "albert", "deberta-v2", "qwen2"]


def folder_of(kind: str, auto: Any, save: Callable[..., Path], **settings: Any) -> Path:
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(
        kind, vocab_size=8 + len(WORDS), pad_token_id=0, initializer_range=0.3, **SHAPES[kind], **settings
    )
    return save(auto.from_config(config), wordpiece())


def encoded(folder: Path, **settings: Any) -> tuple[Any, dict[str, torch.Tensor]]:
    encoder = HuggingFace(model=str(folder), **settings).load().eval()
    samples = [bench.Sample(encoder.processor(text), {}) for text in TEXTS]
    return encoder, collate_tokens(samples)


def part_of(encoder: Any, role: str) -> bench.NativePart:
    (part,) = encoder.native
    assert part.role == role
    return part


@torch.no_grad()
def logits(encoder: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    head = encoder.native[0].build()
    assert head is not None
    return head.eval()(encoder(inputs))


@torch.no_grad()
def alone(auto: Any, folder: Path, inputs: dict[str, torch.Tensor]) -> list[Any]:
    """What transformers' own model makes of each text by itself, without padding."""
    model = auto.from_pretrained(folder).eval()
    return [model(input_ids=ids[None, mask]) for ids, mask in zip(inputs["ids"], inputs["mask"], strict=True)]


def assert_same(found: torch.Tensor, expected: list[torch.Tensor], mask: torch.Tensor) -> None:
    assert torch.cat(expected, dim=1).std() > 0.01
    torch.testing.assert_close(found[mask], torch.cat(expected, dim=1)[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", [*MOST, "xlnet"])
def test_a_tagger_answers_as_the_whole_model_does(kind: str, save: Callable[..., Path]) -> None:
    auto = transformers.AutoModelForTokenClassification
    folder = folder_of(kind, auto, save, id2label=NAMES)
    encoder, inputs = encoded(folder)
    part = part_of(encoder, "tagger")
    assert part.outputs == 3
    assert [names[0] for names in part.classes or ()] == [*NAMES.values()]
    expected = [output.logits for output in alone(auto, folder, inputs)]
    assert_same(logits(encoder, inputs), expected, inputs["mask"])


@pytest.mark.parametrize("kind", MOST)
def test_a_finder_of_spans_answers_as_the_whole_model_does(kind: str, save: Callable[..., Path]) -> None:
    auto = transformers.AutoModelForQuestionAnswering
    folder = folder_of(kind, auto, save)
    encoder, inputs = encoded(folder)
    assert part_of(encoder, "spans").outputs == 2
    outputs = alone(auto, folder, inputs)
    expected = [torch.stack([output.start_logits, output.end_logits], dim=-1) for output in outputs]
    assert_same(logits(encoder, inputs), expected, inputs["mask"])


def test_untrained_models_have_none(save: Callable[..., Path]) -> None:
    folder = folder_of("bert", transformers.AutoModelForTokenClassification, save, id2label=NAMES)
    assert HuggingFace(model=str(folder), weights="none").load().native == ()


def test_outputs_of_a_tagger_can_be_named_by_the_user(save: Callable[..., Path]) -> None:
    folder = folder_of("bert", transformers.AutoModelForTokenClassification, save, num_labels=3)
    assert part_of(encoded(folder)[0], "tagger").classes == []
    named = part_of(encoded(folder, classes=("O", "B-x", "I-x"))[0], "tagger")
    assert [names[0] for names in named.classes or ()] == ["O", "B-x", "I-x"]
