"""Where the states of tokens can be matched: for the same tokens, and for nothing that is not a token."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import bench
import fakes
import sequences
import trials
from bench.planning.cell import Cell
from bench_objectives.distil import Distil
from bench_objectives.matching import demand_same_tokens
from bench_text.docstrings import Docstrings
from bench_text.hf import HuggingFace
from bench_text.text_classification import TextClassification
from tiny_models import SHAPES

FEW = bench.Limits(train_examples=80, val_examples=16, test_examples=16)
LONGEST = 11
"""Steps of the longest walks."""


class Other(sequences.Walker):
    """Reads walks at twice the scale, or only their beginning."""

    name: ClassVar[str] = "other"
    scale: int = 1
    longest: int = 100

    def load(self) -> bench.Encoder:
        encoder = super().load()

        def processor(raw: np.ndarray) -> Mapping[str, np.ndarray]:
            return {"walk": (self.scale * raw[: self.longest]).astype(np.float32)}

        processor.digest = f"{self.scale} times the first {self.longest} steps"
        encoder.processor = processor
        return encoder


def walks(teacher: bench.Backbone) -> Cell:
    return sequences.cell(Distil(teacher="other", match="tokens"), further={"teacher": teacher})


def texts(student: bench.Backbone, teacher: bench.Backbone, epochs: int = 0) -> Cell:
    return fakes.cell(
        Distil(teacher="hf/bert", match="tokens", epochs=epochs, lr=3e-3),
        backbone=student,
        dataset=Docstrings(),
        task=TextClassification(),
        limits=FEW,
        further={"teacher": teacher},
    )


def tiny(kind: str, max_length: int = 24) -> HuggingFace:
    """An untrained model that reads bytes."""
    return HuggingFace(model=kind, config=SHAPES[kind], max_length=max_length)


@pytest.mark.parametrize("longest", [100, LONGEST])
def test_the_same_tokens_will_do_whatever_they_are_made_by(longest: int, tmp_path: Path) -> None:
    demand_same_tokens(trials.live(tmp_path, walks(Other(longest=longest))))


@pytest.mark.parametrize("teacher", [Other(scale=2), Other(longest=LONGEST - 1)])
def test_other_tokens_will_not(teacher: Other, tmp_path: Path) -> None:
    run = trials.live(tmp_path, walks(teacher))
    with pytest.raises(bench.UnsuitableError, match="make different tokens of the same text"):
        demand_same_tokens(run)


def test_a_model_without_types_of_tokens_can_learn_of_one_with_them(tmp_path: Path) -> None:
    run = trials.live(tmp_path, texts(tiny("distilbert"), tiny("bert")))
    demand_same_tokens(run)
    named = [data.take([0]).inputs.keys() for data in (run.data("train"), run.data("train", of="teacher"))]
    assert named[1] - named[0] == {"types"}


def test_training_brings_it_near_to_the_states_of_its_tokens(tmp_path: Path) -> None:
    before, after = (
        trials.done(texts(tiny("distilbert"), tiny("bert"), epochs), tmp_path).quality["test"]
        for epochs in (0, 8)
    )
    assert before["unexplained_token_variance"] > 1
    assert after["unexplained_token_variance"] < 0.5


def test_texts_that_are_cut_elsewhere_are_other_tokens(tmp_path: Path) -> None:
    run = trials.live(tmp_path, texts(tiny("distilbert"), tiny("bert", max_length=32)))
    with pytest.raises(bench.UnsuitableError, match="same tokenizer and max_length"):
        demand_same_tokens(run)


def test_what_has_no_tokens_is_told_before_the_teacher_reads_anything(tmp_path: Path) -> None:
    cell = fakes.cell(Distil(teacher="layers", match="both"), further={"teacher": fakes.Layers()})
    steps = cell.objective.train(trials.live(tmp_path, cell))
    with pytest.raises(bench.UnsuitableError, match="there are no states of tokens here"):
        next(steps)
