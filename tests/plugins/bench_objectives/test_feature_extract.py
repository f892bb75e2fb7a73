"""Feature extraction: the encoder looks once, the head learns what a linear model can."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from sklearn.preprocessing import normalize

import bench
import fakes
import probes
import sequences
import trials
from bench import Limits, Settings
from bench.feeding.cache import Cache
from bench.measuring.parameters import Parameters
from bench.testing.evaluations import Untrained
from bench.trial.live import LiveRun
from bench_objectives.feature_extract import FeatureExtract
from bench_text.bert_mini import BertMini

SEEN: list[int] = []


class Counted(fakes.Layers):
    """Counts the examples that its encoder sees."""

    name: ClassVar[str] = "counted"

    def load(self) -> bench.Encoder:
        encoder = super().load()
        encoder.register_forward_pre_hook(lambda _, inputs: SEEN.append(len(inputs[0]["point"])))
        return encoder


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    SEEN.clear()


def test_each_split_is_encoded_once(tmp_path: Path) -> None:
    cell = fakes.cell(FeatureExtract(epochs=7), backbone=Counted(), settings=Settings(eval_batch_size=20))
    record = trials.done(cell, tmp_path)
    assert SEEN == [20] * 9  # three splits of sixty
    assert record.effective["steps"] == 7 * 2
    SEEN.clear()
    trials.done(cell, tmp_path)
    assert SEEN == []


def test_a_cache_too_small_for_features_changes_no_outcome(tmp_path: Path) -> None:
    cell = fakes.cell(FeatureExtract(epochs=20, keep="best", patience=3), backbone=Counted())
    kept, bound = trials.done(cell, tmp_path / "kept"), trials.done(cell, tmp_path / "bound", cache_limit=0)
    assert bound.quality.keys() == kept.quality.keys()
    assert all(bound.quality[split] == pytest.approx(kept.quality[split]) for split in kept.quality)
    assert kept.notes == []
    told = [(note.split(":")[0], "prepared" in note, "encoded" in note) for note in bound.notes]
    assert told == [(split, *what) for split in bench.SPLITS for what in ((True, False), (False, True))]
    assert not list((tmp_path / "bound" / "cache").glob("[pf]*/*"))


def test_what_needs_all_features_at_once_says_that_they_are_not_kept(tmp_path: Path) -> None:
    record = trials.trial(fakes.cell(FeatureExtract(head="logistic-regression")), tmp_path, cache_limit=0)
    assert record.reason == (
        "logistic-regression needs all features, and they do not fit into the cache; raise --cache-limit"
    )


def test_only_the_head_learns(tmp_path: Path) -> None:
    cell = fakes.cell(FeatureExtract(epochs=3))
    run = trials.live(tmp_path, cell)
    encoder = [parameter.detach().clone() for parameter in run.encoder.parameters()]
    head = [parameter.detach().clone() for parameter in run.head.parameters()]
    trials.drain(cell.objective.train(run))
    assert all(torch.equal(a, b) for a, b in zip(encoder, run.encoder.parameters(), strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(head, run.head.parameters(), strict=True))
    record = trials.done(cell, tmp_path, [Parameters()])
    assert trials.measured(record, "memory")["parameters_trainable"] == 8 * 3 + 3


def losses(steps: bench.Steps[None]) -> list[float]:
    """The losses of all training steps; those of encoding have none."""
    return [float(step.loss) for step in steps if step.loss is not None]


def trained(folder: Path, objective: bench.Objective) -> LiveRun:
    """A live run of a hard cell, after its training."""
    cell = probes.hard(objective)
    run = trials.live(folder, cell)
    trials.drain(cell.objective.train(run))
    return run


@pytest.mark.parametrize("seed", range(3))
def test_the_head_learns_what_a_linear_model_can(tmp_path: Path, seed: int) -> None:
    cell = probes.hard(FeatureExtract(), seed=seed)
    accuracy = trials.done(cell, tmp_path).quality["test"]["accuracy"]
    run = trials.live(tmp_path, cell)
    expected = probes.fitted(run, "standardise", 1.0, "train").score(*probes.features(run, "test"))
    assert 0.4 < expected < 0.95
    assert accuracy == pytest.approx(expected, abs=0.04)


def test_the_optimum_does_not_depend_on_the_batch_size_and_takes_few_steps(tmp_path: Path) -> None:
    objective = FeatureExtract(head="logistic-regression", l2=1.0)
    records = [
        trials.done(fakes.cell(objective, settings=Settings(batch_size=size)), tmp_path) for size in (7, 60)
    ]
    assert records[0].quality == records[1].quality
    assert all(0 < record.effective["steps"] < 20 for record in records)


@pytest.mark.parametrize("normalise", ["none", "l2"])
def test_normalise_holds_for_a_head_by_gradient_descent_too(tmp_path: Path, normalise: str) -> None:
    run = trained(tmp_path, FeatureExtract(normalise=normalise, epochs=1))
    kept = trials.drain(run.encode("test")).take(range(400)).features
    expected = normalize(kept.pooled) if normalise == "l2" else kept.pooled
    np.testing.assert_allclose(run.head.normalised(kept).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("head", ["gradient-descent", "logistic-regression"])
def test_a_head_that_cannot_normalise_says_so_where_it_was_asked_to(head: str, tmp_path: Path) -> None:
    cell = sequences.cell(FeatureExtract(head=head, normalise="l2"), backbone=sequences.Walker(width=32))
    record = trials.trial(cell, tmp_path)
    assert record.reason == "the head of task 'walk-classification' normalises nothing; remove normalise"


@pytest.mark.parametrize("l2", [0.01, "auto"])
@pytest.mark.parametrize("cut_after", [1, 5, -2, -1])
def test_a_solution_that_is_cut_off_is_gone_on_with(tmp_path: Path, l2: float | str, cut_after: int) -> None:
    cell = probes.hard(FeatureExtract(head="logistic-regression", l2=l2))
    whole = trials.live(tmp_path, cell)
    steps = len(losses(cell.objective.train(whole)))

    def begun() -> tuple[LiveRun, bench.Steps[None]]:
        run = LiveRun(cell, Cache(tmp_path / "cache"), None, tmp_path / "checkpoint.safetensors")
        return run, cell.objective.train(run)

    at = cut_after % (steps + 1)
    cut, training = begun()
    list(islice(training, at))
    cut.loops.save(at)
    resumed, training = begun()
    assert len(losses(training)) == steps - at
    assert resumed.loops.resumed == at
    for run in (whole, resumed):
        trials.drain(cell.objective.measure(run))
    assert resumed.quality == whole.quality
    assert torch.equal(resumed.head.linear.weight, whole.head.linear.weight)


def test_what_has_no_effect_is_refused() -> None:
    with pytest.raises(
        ValidationError, match="lr, epochs: without effect on head logistic-regression; remove it"
    ):
        FeatureExtract(head="logistic-regression", lr=0.1, epochs=3)
    with pytest.raises(ValidationError, match="l2: without effect on head gradient-descent"):
        FeatureExtract(l2=0.5)
    whole = FeatureExtract(head="logistic-regression", l2=2.0).model_dump()
    assert FeatureExtract(**whole).l2 == 2.0


@pytest.mark.parametrize("l2", [1.0, "auto"])
def test_seeds_make_no_difference_to_what_is_solved_for(tmp_path: Path, l2: float | str) -> None:
    objective = FeatureExtract(head="logistic-regression", l2=l2)
    runs = [trials.live(tmp_path, probes.hard(objective, seed=seed)) for seed in (0, 1)]
    encoder = runs[0].encoder.state_dict()
    for run in runs:
        run.encoder.load_state_dict(encoder)
        trials.drain(objective.train(run))
    assert torch.equal(runs[0].head.linear.weight, runs[1].head.linear.weight)


def test_a_head_that_is_not_linear_cannot_be_solved_for(tmp_path: Path) -> None:
    cell = sequences.cell(FeatureExtract(head="logistic-regression"), backbone=sequences.Walker(width=32))
    record = trials.trial(cell, tmp_path)
    assert record.status == "failed"
    assert "has no linear head that can be solved for; use head gradient-descent" in record.reason


def test_a_head_over_tokens_is_solved_for_too(tmp_path: Path) -> None:
    untrained, solved = (
        trials.done(probes.tagged(objective, backbone=BertMini(max_length=64)), tmp_path)
        for objective in (Untrained(), FeatureExtract(head="logistic-regression"))
    )
    assert solved.quality["train"].keys() == {"chosen_l2"}
    for split in ("val", "test"):
        assert solved.quality[split]["f1"] > untrained.quality[split]["f1"] + 0.1


def test_heads_that_look_at_each_position_learn_too(tmp_path: Path) -> None:
    record = trials.done(sequences.cell(FeatureExtract(), backbone=sequences.Walker(width=32)), tmp_path)
    assert record.quality["test"]["accuracy"] > 0.85


def test_a_limit_on_steps_is_one_of_the_head_s_training(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(FeatureExtract(), limits=Limits(steps=3)), tmp_path)
    assert (record.effective["steps"], record.effective["ended_by"]) == (3, "steps")
    assert record.quality["test"]
