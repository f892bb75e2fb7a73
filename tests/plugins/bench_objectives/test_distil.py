"""Distillation: what a student learns of a teacher, against arithmetic by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

import bench
import fakes
import sequences
import trials
from bench import Features
from bench.planning.cell import Cell
from bench_objectives.distil import Distil

TEACHER = {"name": "layers", "width": "4"}


class Constant(fakes.Layers):
    """Sees nothing."""

    name: ClassVar[str] = "constant"

    def load(self) -> bench.Encoder:
        encoder = fakes.make_encoder()
        encoder.register_forward_hook(lambda _, __, features: Features(torch.ones_like(features.pooled)))
        return encoder


class Plain(sequences.Walker):
    """Shows the states of its layer alone."""

    name: ClassVar[str] = "plain"

    def load(self) -> bench.Encoder:
        encoder = super().load()
        encoder.spec = bench.FeatureSpec(self.width, channels=(self.width,), strides=(1,))
        encoder.register_forward_hook(
            lambda _, __, features: Features(features.pooled, features.maps[:1], features.mask)
        )
        return encoder


def cell(teacher: bench.Backbone | None = None, **settings: Any) -> Cell:
    objective = Distil(teacher=TEACHER, **{"lr": 0.02, "epochs": 40, **settings})
    return fakes.cell(objective, further={"teacher": teacher or fakes.Layers(width="4")})


def walks(match: str, **settings: Any) -> Cell:
    """A cell of sequences whose states are to be matched."""
    objective = Distil(teacher={"name": "plain"}, match=match, lr=0.02, **settings)
    return sequences.cell(objective, backbone=Plain(), further={"teacher": Plain(width=4)})


def test_a_student_comes_near_its_teacher(tmp_path: Path) -> None:
    before = trials.done(cell(epochs=0), tmp_path).quality["test"]
    after = trials.done(cell(), tmp_path).quality["test"]
    assert before["unexplained_variance"] > 0.8
    assert after["unexplained_variance"] < 0.1
    assert after["teacher_cosine"] > max(0.98, before["teacher_cosine"])


def test_the_figures_are_those_of_the_vectors(tmp_path: Path) -> None:
    run = trials.live(tmp_path, cell(epochs=2))
    trials.drain(run.cell.objective.train(run))
    trials.drain(run.cell.objective.measure(run))
    examples = range(60)
    train = trials.drain(run.encode("train", of="teacher")).take(examples).features.pooled
    truth = trials.drain(run.encode("test", of="teacher")).take(examples).features.pooled
    with torch.no_grad():
        student = run.encoder(run.data("test").take(examples).inputs).pooled
        guess = run.added["pooled"].map(student)
    error, spread = (guess - truth).square().sum(), (truth - train.mean(0)).square().sum()
    figures = run.quality["test"]
    assert figures["unexplained_variance"] == pytest.approx(float(error / spread), rel=1e-5)
    dot = (guess * truth).sum(1) / guess.norm(dim=1) / truth.norm(dim=1)
    assert figures["teacher_cosine"] == pytest.approx(float(dot.mean()), rel=1e-5)


def test_the_loss_is_one_where_only_the_mean_is_known(tmp_path: Path) -> None:
    run = trials.live(tmp_path, cell(epochs=0))
    trials.drain(run.cell.objective.train(run))
    taught = trials.drain(run.encode("train", of="teacher"))
    imitation = run.added["pooled"]
    torch.nn.init.zeros_(imitation.map.weight)
    examples = range(60)
    loss = imitation.loss(run.forward(run.data("train").take(examples)), taught.take(examples))
    assert loss.item() == pytest.approx(1)


def test_the_teacher_stays_as_it_is(tmp_path: Path) -> None:
    run = trials.live(tmp_path, cell(epochs=1))
    teacher = run.supply.of("teacher").encoder()
    before = [parameter.clone() for parameter in teacher.parameters()]
    trials.drain(run.cell.objective.train(run))
    assert all(map(torch.equal, before, teacher.parameters()))


def test_the_best_epoch_is_by_what_is_unexplained_on_val(tmp_path: Path) -> None:
    record = trials.done(cell(epochs=3, keep="best"), tmp_path)
    course = [point.values.get("val unexplained_variance") for point in record.curve]
    best = min(value for value in course if value is not None)
    assert record.quality["val"]["unexplained_variance"] == pytest.approx(best)


def test_a_teacher_that_sees_nothing_is_told(tmp_path: Path) -> None:
    record = trials.trial(cell(Constant()), tmp_path)
    assert record.status == "failed"
    assert "the teacher gives the same vector for every example" in record.reason


def test_it_learns_the_vectors_whatever_the_task_reads(tmp_path: Path) -> None:
    teacher = sequences.Walker(width=4)
    walks = sequences.cell(Distil(teacher={"name": "walker"}, epochs=1), further={"teacher": teacher})
    assert "pooled" not in walks.task.reads
    assert trials.done(walks, tmp_path).quality["test"].keys() == {"unexplained_variance", "teacher_cosine"}


def test_a_student_comes_near_the_states_of_its_teacher_s_tokens(tmp_path: Path) -> None:
    before, after = (
        trials.done(walks("tokens", epochs=epochs), tmp_path).quality["test"] for epochs in (0, 20)
    )
    assert before.keys() == {"unexplained_token_variance", "teacher_token_cosine"}
    assert before["unexplained_token_variance"] > 0.5
    assert after["unexplained_token_variance"] < 0.1
    assert after["teacher_token_cosine"] > max(0.95, before["teacher_token_cosine"])


def test_both_are_learnt_and_the_figures_of_tokens_leave_padding_out(tmp_path: Path) -> None:
    run = trials.live(tmp_path, walks("both", epochs=20))
    trials.drain(run.cell.objective.train(run))
    trials.drain(run.cell.objective.measure(run))
    train, truth = (states(run, split, "teacher") for split in ("train", "test"))
    with torch.no_grad():
        guess = run.added["tokens"].map(states(run, "test"))
    mean = train.mean(0)
    error, spread = (guess - truth).square().sum(), (truth - mean).square().sum()
    figures = run.quality["test"]
    assert figures["unexplained_token_variance"] == pytest.approx(float(error / spread), rel=1e-4)
    dot = (guess * truth).sum(1) / guess.norm(dim=1) / truth.norm(dim=1)
    assert figures["teacher_token_cosine"] == pytest.approx(float(dot.mean()), rel=1e-4)
    assert figures["unexplained_variance"] < 0.2
    assert figures["unexplained_token_variance"] < 0.2


def states(run: bench.Run, split: bench.Split, of: str | None = None) -> torch.Tensor:
    """The states of all tokens of a split, computed one example at a time: nothing is padded."""
    encoder = run.supply.of(of).encoder()
    data = run.data(split, of=of)
    with torch.no_grad():
        return torch.cat([encoder(data.take([at]).inputs).maps[-1][0] for at in range(len(data))])


def test_what_is_matched_decides_what_is_ranked_by_and_what_is_kept() -> None:
    pooled, tokens, both = (Distil(teacher=TEACHER, match=match) for match in ("pooled", "tokens", "both"))
    task = fakes.PointClassification()
    names = [objective.ranks_by(task).name for objective in (pooled, tokens, both)]
    assert names == ["unexplained_variance", "unexplained_token_variance", "unexplained_variance"]
    assert [objective.reads() for objective in (pooled, tokens)] == [{"pooled"}, {"pooled", "maps"}]
    assert both.reads() == tokens.reads()


def test_equal_values_are_equal(tmp_path: Path) -> None:
    assert hash(Distil(teacher=TEACHER)) == hash(Distil(teacher=dict(TEACHER)))
    assert "teacher" not in Distil(teacher=TEACHER).identity()
