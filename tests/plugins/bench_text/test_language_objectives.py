"""The four objectives on text, as values and as whole cells: masked-lm, next-sentence, bert, causal-lm."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench
import fakes
import trials
from bench.planning.cell import Cell
from bench_text.bert import Bert
from bench_text.causal_lm import CausalLM
from bench_text.docstrings import Docstrings
from bench_text.hf import HuggingFace
from bench_text.masked_lm import MaskedLM
from bench_text.minilm import MiniLM, packaged
from bench_text.next_sentence import NextSentence
from bench_text.text_classification import TextClassification
from tiny_models import TINY

BERT = HuggingFace(model="bert", config=TINY, max_length=48)
GPT = HuggingFace(model="gpt2", config={"n_embd": 32, "n_layer": 2, "n_head": 2}, max_length=48)
BACKBONES = {MaskedLM: BERT, NextSentence: BERT, Bert: BERT, CausalLM: GPT}
FIGURES = {
    MaskedLM: {"masked_loss", "masked_accuracy", "perplexity"},
    NextSentence: {"nsp_loss", "nsp_accuracy"},
    Bert: {"masked_loss", "masked_accuracy", "perplexity", "nsp_loss", "nsp_accuracy"},
    CausalLM: {"loss", "accuracy", "perplexity"},
}
FEW = {"val_examples": 48, "test_examples": 48}


def cell(objective: bench.Objective, backbone: bench.Backbone, **limits: int) -> Cell:
    return fakes.cell(
        objective,
        backbone=backbone,
        dataset=Docstrings(),
        task=TextClassification(),
        limits=bench.Limits(**{**FEW, **limits}),
    )


@pytest.mark.parametrize("kind", FIGURES)
def test_images_are_of_no_use(kind: type[bench.Objective]) -> None:
    objective = kind()
    reason = objective.skip(BERT, fakes.PointClassification(), fakes.Points())
    assert reason == f"{objective.name} learns from text, points holds point"
    assert objective.skip(BERT, TextClassification(), Docstrings()) is None


@pytest.mark.parametrize("kind", FIGURES)
def test_a_whole_cell(kind: type[bench.Objective], tmp_path: Path) -> None:
    record = trials.done(cell(kind(epochs=1), BACKBONES[kind], steps=4), tmp_path)
    assert record.quality.keys() == {"val", "test"}
    assert record.quality["test"].keys() == FIGURES[kind]
    assert kind().ranks_by(TextClassification()).name in FIGURES[kind]


def test_the_same_cell_gives_the_same_figures(tmp_path: Path) -> None:
    records = [trials.done(cell(Bert(epochs=1), BERT, steps=3), tmp_path / name) for name in ("a", "b")]
    assert records[0].quality == records[1].quality


def test_held_out_loss_falls_with_training(tmp_path: Path) -> None:
    before, after = (
        trials.done(cell(MaskedLM(epochs=epochs, lr=3e-3), BERT, steps=60), tmp_path / str(epochs))
        for epochs in (0, 2)
    )
    loss = [record.quality["test"]["masked_loss"] for record in (before, after)]
    assert loss[1] < 0.8 * loss[0]


def test_an_encoder_that_sees_later_tokens_fails_in_one_line(tmp_path: Path) -> None:
    record = trials.trial(cell(CausalLM(), BERT), tmp_path)
    assert record.status == "failed"
    assert record.reason.endswith("use masked-lm")
    assert "\n" not in record.reason


@pytest.mark.skipif(packaged() is None, reason="needs the package of the extra `minilm`")
def test_a_pretrained_encoder_goes_on_learning(tmp_path: Path) -> None:
    minilm = MiniLM(max_length=32)
    record = trials.done(cell(Bert(epochs=1, lr=1e-4, whole_words=True), minilm, steps=2), tmp_path)
    assert record.quality["test"].keys() == FIGURES[Bert]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_share_of_tokens_is_between_none_and_all(share: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        MaskedLM(probability=share)
