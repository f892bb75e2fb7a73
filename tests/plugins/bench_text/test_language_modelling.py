"""The task language-modelling: as transformers' own loss on the same windows, whatever the batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

import bench
import fakes
import trials
from bench.planning.cell import Cell
from bench.testing import check
from bench.toolkit.texts import TextProcessor
from bench_data.text import Text
from bench_objectives.evaluate import Evaluate
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_text.bert_mini import BertMini
from bench_text.byte_tokenizer import byte_tokenizer
from bench_text.hf import HuggingFace
from bench_text.language_modelling import TextLanguageModelling
from frozen import Frozen
from tiny_models import SHAPES, TINY, end_of_text

GPT: dict[str, Any] = {**SHAPES["gpt2"], "vocab_size": 257, "bos_token_id": 0, "eos_token_id": 0}
TEXTS = (
    "The cat sat on the mat, and was not seen again.",
    "Zoë's naïve café 猫 closed.",
    "no",
    "It rained. " * 12,
)
TASK = TextLanguageModelling()


@pytest.fixture
def folder(save: Callable[..., Path]) -> Path:
    config = transformers.GPT2Config(**GPT)
    return save(transformers.GPT2LMHeadModel(config), end_of_text())


def texts(tmp_path: Path) -> Text:
    for split in ("train", "val", "test"):
        (tmp_path / f"{split}.txt").write_text("\n".join(TEXTS))
    paths = {"path": "train", "val": "val", "test": "test"}
    files = {field: str(tmp_path / f"{split}.txt") for field, split in paths.items()}
    return Text(**files, documents="line", unit="document", task="language-modelling")


def cell(tmp_path: Path, objective: bench.Objective, backbone: bench.Backbone, **changes: object) -> Cell:
    return fakes.cell(
        objective, **{"backbone": backbone, "dataset": texts(tmp_path), "task": TASK, **changes}
    )


def transformers_loss(folder: Path, size: int, stride: int) -> tuple[float, int, int]:
    """The summed loss, tokens and bytes by transformers alone, which ignores labels of -100."""
    model = transformers.GPT2LMHeadModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    total, count, bytes_ = 0.0, 0, 0
    for text in TEXTS:
        ids = torch.tensor(tokenizer(" ".join(text.split()))["input_ids"])
        end = 0
        for begin in range(0, len(ids), size - stride):
            window = ids[begin : begin + size]
            labels = window.clone()
            labels[: end - begin] = -100
            end = begin + len(window)
            judged = int((labels[1:] != -100).sum())
            if judged:
                loss = model(input_ids=window[None], labels=labels[None]).loss.item()
                total, count, bytes_ = total + loss * judged, count + judged, bytes_ + judged
            if end == len(ids):
                break
    return total, count, bytes_


@pytest.mark.parametrize(("size", "stride"), [(128, 64), (16, 8), (16, 1), (10, 6)])
def test_it_is_transformers_loss_on_the_same_windows(
    tmp_path: Path, folder: Path, size: int, stride: int
) -> None:
    backbone = HuggingFace(model=str(folder), max_length=size)
    task = TextLanguageModelling(stride=stride)
    quality = trials.done(cell(tmp_path, Evaluate(), backbone, task=task), tmp_path).quality["test"]
    total, count, bytes_ = transformers_loss(folder, size, stride)
    assert quality["loss"] == pytest.approx(total / count, rel=1e-6)
    assert quality["perplexity"] == pytest.approx(math.exp(total / count), rel=1e-5)
    assert quality["bits_per_byte"] == pytest.approx(total / math.log(2) / bytes_, rel=1e-6)


def test_the_untrained_of_any_shape(tmp_path: Path) -> None:
    backbone = HuggingFace(model="gpt2", config=SHAPES["gpt2"], max_length=32)
    quality = trials.done(cell(tmp_path, Evaluate(), backbone), tmp_path).quality["test"]
    assert quality["loss"] == pytest.approx(math.log(260), abs=0.2)
    torch.manual_seed(0)
    encoder = backbone.load()
    assert encoder.native[-1].outputs == 260
    head = TASK.head(encoder, bench.DatasetInfo({}))
    assert [id(own) for own in head.parameters()] == [id(encoder.token_embedding().weight)]


@pytest.mark.parametrize("kind", ["llama", "gpt_neox", "opt", "gemma2"])
def test_kin(kind: str) -> None:
    shape: dict[str, Any] = {**TINY, "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 64}
    if kind == "opt":
        shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "ffn_dim": 64}
        shape["word_embed_proj_dim"] = 32
    if kind == "gpt_neox":
        shape = {name: value for name, value in shape.items() if "key" not in name and name != "head_dim"}
    encoder = HuggingFace(model=kind, config=shape, max_length=24).load()
    head = TASK.head(encoder, bench.DatasetInfo({}))
    states = torch.randn(2, 3, 32)
    mask = torch.ones(2, 3, dtype=torch.bool)
    assert head(bench.Features(torch.empty(0), (states,), mask)).shape == (2, 3, 260)


def test_a_padded_batch_equals_one_by_one(tmp_path: Path, folder: Path) -> None:
    backbone = HuggingFace(model=str(folder), max_length=32)
    found = []
    for number, size in enumerate((1, 4)):
        settings = bench.Settings(eval_batch_size=size, precision="fp32")
        place = tmp_path / str(number)
        run = trials.live(place, cell(tmp_path, Evaluate(), backbone, settings=settings))
        trials.drain(run.cell.objective.train(run))
        trials.drain(run.evaluate("test"))
        found.append(run.contributions["test"].statistics[""])
    alone, together = found
    np.testing.assert_allclose(alone["surprisal"], together["surprisal"], rtol=1e-6)
    for name in ("tokens", "bytes"):
        assert alone[name].tolist() == together[name].tolist()
    assert alone["tokens"].tolist() == [
        len(text.split()) and len(text.strip().encode()) - 1 for text in TEXTS
    ]


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=80), st.integers(8, 24), st.integers(1, 4), st.booleans())
def test_each_token_is_judged_once(text: str, size: int, stride: int, around: bool) -> None:
    tokenizer = byte_tokenizer() if around else end_of_text().backend_tokenizer
    processor = TextProcessor(tokenizer, size)
    sample = TextLanguageModelling(stride=stride).prepare(bench.Example(text, 0), processor)
    asked = sample.targets["asked"]
    judged = asked[asked >= 0]
    whole = tokenizer.encode(text, add_special_tokens=False).ids
    assert judged.tolist() == (whole if around else whole[1:])
    ends = np.cumsum(sample.inputs["lengths"]) - 1
    assert (asked[ends] == -1).all()
    if around:
        assert sample.targets["bytes"] == len(text.encode())


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path, folder: Path) -> None:
    backbone = HuggingFace(model=str(folder), max_length=32)
    recipe = {"epochs": 3, "lr": 0.01}
    kept, fresh = (
        trials.done(cell(tmp_path, kind(**recipe), backbone), tmp_path / kind.name)
        for kind in (FeatureExtract, Frozen)
    )
    assert kept.quality == fresh.quality
    before = trials.done(cell(tmp_path, Evaluate(), backbone), tmp_path / "before")
    assert kept.quality["test"]["loss"] < before.quality["test"]["loss"]


def test_fine_tuning_trains_the_head_with_the_table_it_is_tied_to(tmp_path: Path, folder: Path) -> None:
    backbone = HuggingFace(model=str(folder), max_length=32)
    run = trials.live(tmp_path, cell(tmp_path, FineTune(epochs=30, lr=0.01), backbone))
    trials.drain(run.cell.objective.train(run))
    trials.drain(run.evaluate("test"))
    assert run.quality["test"]["perplexity"] < 30
    (own,) = run.head.parameters()
    assert own is run.encoder.token_embedding().weight


def test_encoders_that_see_all_are_skipped(tmp_path: Path, folder: Path) -> None:
    assert "is no causal language model" in (TASK.skip(BertMini()) or "")
    assert "is no causal language model" in (TASK.skip(HuggingFace(model="bert", config=TINY)) or "")
    assert TASK.skip(HuggingFace(model=str(folder))) is None
    assert TASK.skip(HuggingFace(model="gpt2", config=GPT)) is None
    record = trials.trial(
        cell(tmp_path, Evaluate(), HuggingFace(model="xlm-roberta", config=TINY, max_length=32)), tmp_path
    )
    assert record.reason is not None
    assert "the backbone has no head of its own for task 'language-modelling'" in record.reason


def test_a_folder_says_which_heads_it_has(bert_folder: Path) -> None:
    assert HuggingFace(model=str(bert_folder)).native_roles() == frozenset()
    assert "is no causal language model" in (TASK.skip(HuggingFace(model=str(bert_folder))) or "")


def test_windows_without_room() -> None:
    processor = TextProcessor(byte_tokenizer(), 16)
    with pytest.raises(bench.UnsuitableError, match="a stride of 16 leaves no room in windows of 16 tokens"):
        TextLanguageModelling(stride=16).prepare(bench.Example("a", 0), processor)


def test_nothing_to_judge_is_no_figure() -> None:
    metrics = TASK.metrics(bench.DatasetInfo({}))
    nothing = {name: np.zeros(2) for name in ("surprisal", "tokens", "bytes")}
    assert metrics.compute(nothing) == {}


def test_people_see_perplexities() -> None:
    found = {"surprisal": torch.tensor([math.log(8) * 2, 0.0]), "tokens": torch.tensor([2, 0])}
    shown = TASK.postprocess(found, bench.DatasetInfo({}), ["ab", "a"], None)
    assert shown[0] == {"perplexity": pytest.approx(8), "tokens": 2}
    assert shown[1] == {"perplexity": None, "tokens": 0}


def test_it_keeps_the_contract() -> None:
    assert check(TextLanguageModelling) == []
