"""One cell from seed to record."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import ClassVar

import pytest
import torch
from safetensors.torch import load_file

import bench
import fakes
import trials
from bench import Limits, Settings, Step
from bench.measuring.machine import governor
from bench.records.predictions import read_predictions
from bench.records.record import Failure
from bench.registry import load
from bench.trial.artifacts import load_encoder
from bench.trial.trial import run_trial

ENCODED = {"name": "feature-extract", "epochs": 5}
TUNED = {"name": "fine-tune", "epochs": 3, "lr": 0.02}


@pytest.fixture(scope="module")
def registry() -> bench.registry.Registry:
    return load([fakes.FILE])


class Endless(trials.Nothing):
    """Steps forever, and says when it was closed."""

    name: ClassVar[str] = "endless"
    closed: ClassVar[list[str]] = []

    seconds: float = 0.0
    phase: str = "train"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        try:
            while True:
                if self.phase == "train":
                    sleep(self.seconds)
                    yield Step(1)
                else:
                    with run.phase(self.phase):
                        sleep(self.seconds)
                        yield Step(1)
        finally:
            self.closed.append(self.phase)


@pytest.fixture(autouse=True)
def _nothing_closed() -> Iterator[None]:
    Endless.closed.clear()
    yield
    Endless.closed.clear()


def test_a_record_says_what_was_and_how_it_went(tmp_path: Path, registry: bench.registry.Registry) -> None:
    cell = fakes.cell(
        registry.create("objective", TUNED), seed=4, settings=Settings(batch_size=16, threads=1)
    )
    record = trials.done(cell, tmp_path, git={"commit": "abc", "dirty": True})
    assert record.id == cell.id
    assert (record.suite, record.seed, record.labels) == ("tiny", 4, dict(cell.labels))
    assert (record.primary, record.higher_is_better) == ("accuracy", True)
    assert record.quality.keys() == {"val", "test"}
    assert record.row == cell.row
    assert {name: facts.better for name, facts in record.figures["quality"].items()} == dict.fromkeys(
        ("accuracy", "precision", "recall", "f1"), "higher"
    )
    assert record.figures["quality"]["accuracy"].mean_of == "correct"
    assert record.quality["test"]["accuracy"] > 0.5
    assert record.effective["steps"] == 12
    assert record.effective["ended_by"] == "recipe"
    assert (record.effective["device"], record.effective["precision"]) == ("cpu", "fp32")
    assert (record.effective["batch_size"], record.effective["threads"]) == (16, 1)
    assert record.effective["governor"] == governor()
    assert 0 <= record.effective["load_at_start"] == pytest.approx(os.getloadavg()[0], abs=0.5)
    assert record.data == {"classes": 3, "examples": {"train": 60, "val": 60, "test": 60}, "licence": None}
    assert record.cell == cell.spec()
    assert record.identity == cell.identity
    assert record.git == {"commit": "abc", "dirty": True}
    assert record.machine["id"]
    assert record.software["torch"]
    assert record.seconds > 0
    assert record.failures == record.notes == []
    assert record.reason is None


class Telling(fakes.Points):
    """Has more to say of itself."""

    def info(self) -> bench.DatasetInfo:
        return replace(super().info(), extra={"passed_over": {"folders": ["extra"]}})


def test_what_else_a_data_set_says_of_itself_is_recorded(tmp_path):
    record = trials.done(fakes.cell(trials.Nothing(), dataset=Telling()), tmp_path)
    assert record.data["extra"] == {"passed_over": {"folders": ["extra"]}}


@pytest.mark.parametrize(
    "spec", [TUNED, ENCODED, {**TUNED, "name": "gradual-unfreeze"}], ids=lambda spec: spec["name"]
)
def test_a_seed_gives_the_same_numbers_again(
    tmp_path: Path, registry: bench.registry.Registry, spec: dict[str, object]
) -> None:
    task = fakes.PointClassification(dropout=0.3)  # so that training itself draws

    def weights_and_quality(folder: str, seed: int) -> tuple[dict[str, torch.Tensor], object, bytes]:
        cell = fakes.cell(registry.create("objective", spec), task=task, seed=seed)
        record = trials.done(cell, tmp_path / folder, keep_encoder=True)
        store = trials.job(cell, tmp_path / folder).store
        weights = load_file(store.artifact_path(cell.id))
        return weights, record.quality, store.predictions_path(cell.id).read_bytes()

    first, again, other = (weights_and_quality(*arguments) for arguments in (("a", 0), ("b", 0), ("c", 1)))
    assert first[1:] == again[1:]
    assert all(torch.equal(first[0][name], again[0][name]) for name in first[0])
    assert other[1] != first[1]
    assert not torch.equal(first[0]["first.weight"], other[0]["first.weight"])


def test_features_found_on_disk_give_the_same_numbers(
    tmp_path: Path, registry: bench.registry.Registry
) -> None:
    cell = fakes.cell(registry.create("objective", ENCODED))
    first = trials.done(cell, tmp_path, registry.meters())
    again = trials.done(cell, tmp_path, registry.meters())
    assert again.quality == first.quality
    assert "encode_cached" not in trials.measured(first, "throughput")
    assert trials.measured(again, "throughput")["encode_cached"] is True
    assert trials.measured(again, "throughput")["encode_samples_per_s"] > 0


def test_predictions_are_kept_by_the_position_in_the_data_set(tmp_path: Path) -> None:
    cell = fakes.cell(
        trials.Nothing(), dataset=fakes.Points(splits=("train", "test")), limits=Limits(test_examples=7)
    )
    record = trials.done(cell, tmp_path)
    kept = read_predictions(trials.job(cell, tmp_path).store.predictions_path(cell.id))
    assert {split: found.source for split, found in kept.items()} == {
        "val": "train",  # the data set has no val of its own
        "test": "test",
    }
    assert [len(found.index) for found in kept.values()] == [6, 7]
    test = kept["test"]
    assert sorted(test.index) == list(test.index)
    run = trials.live(tmp_path, cell)
    examples = fakes.Points().load("test")
    statistics = test.statistics[""]
    for row, index in enumerate(test.index):
        point = torch.tensor(examples[index].input, dtype=torch.float32)[None]
        assert statistics["prediction"][row] == int(run.head(run.encoder({"point": point})).argmax())
        assert statistics["target"][row] == examples[index].target
    assert statistics["correct"].mean() == pytest.approx(record.quality["test"]["accuracy"])


class Grouped(fakes.Points):
    """Points of which several in a row are one thing, by its name."""

    def groups(self, split: str) -> list[str]:
        return [f"thing {index // 4}" for index in range(self.size)]


def test_predictions_are_kept_with_the_groups_of_their_examples(tmp_path: Path) -> None:
    dataset = Grouped(splits=("train", "test"))
    cell = fakes.cell(trials.Nothing(), dataset=dataset, limits=Limits(test_examples=7))
    trials.done(cell, tmp_path)
    kept = read_predictions(trials.job(cell, tmp_path).store.predictions_path(cell.id))
    assert {split: len(found.index) for split, found in kept.items()} == {"val": 4, "test": 7}
    for found in kept.values():
        assert found.groups is not None
        assert found.groups.tolist() == (found.index // 4).tolist()


def test_without_groups_none_are_kept(tmp_path: Path) -> None:
    cell = fakes.cell(trials.Nothing())
    trials.done(cell, tmp_path)
    kept = read_predictions(trials.job(cell, tmp_path).store.predictions_path(cell.id))
    assert [found.groups for found in kept.values()] == [None, None]


def test_figures_of_kept_predictions_are_the_record_s(tmp_path: Path) -> None:
    cell = fakes.cell(trials.Nothing())
    record = trials.done(cell, tmp_path)
    metrics = cell.task.metrics(cell.dataset.info())
    kept = read_predictions(trials.job(cell, tmp_path).store.predictions_path(cell.id))
    assert {split: metrics.compute(found.statistics[""]) for split, found in kept.items()} == record.quality


def test_without_evaluation_no_predictions_are_kept(tmp_path: Path) -> None:
    cell = fakes.cell(trials.Idle())
    assert trials.done(cell, tmp_path).quality == {split: {"accuracy": 0.0} for split in ("val", "test")}
    assert not trials.job(cell, tmp_path).store.predictions_path(cell.id).exists()


def test_a_limit_on_steps_ends_the_training_and_closes_the_recipe(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(Endless(), limits=Limits(steps=5)), tmp_path)
    assert (record.effective["steps"], record.effective["ended_by"]) == (5, "steps")
    assert Endless.closed == ["train"]
    assert record.quality["test"]


def test_a_limit_on_seconds_ends_the_training_and_closes_the_recipe(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(Endless(seconds=0.02), limits=Limits(seconds=0.2)), tmp_path)
    assert record.effective["ended_by"] == "seconds"
    assert 1 <= record.effective["steps"] <= 10
    assert Endless.closed == ["train"]


def test_steps_and_seconds_of_other_phases_are_not_those_of_training(tmp_path: Path) -> None:
    class Mixed(trials.Nothing):
        def train(self, run: bench.Run) -> bench.Steps[None]:
            for _ in range(3):
                with run.phase("encode"):
                    sleep(0.1)
                    yield Step(1)
                yield Step(1)

    record = trials.done(fakes.cell(Mixed(), limits=Limits(seconds=0.25, steps=3)), tmp_path)
    assert (record.effective["steps"], record.effective["ended_by"]) == (3, "steps")


@pytest.mark.parametrize("limits", [Limits(steps=5), Limits(seconds=0.1)], ids=["steps", "seconds"])
def test_a_phase_of_the_objective_s_own_keeps_to_the_limits(tmp_path: Path, limits: Limits) -> None:
    record = trials.done(fakes.cell(Endless(seconds=0.02, phase="distil"), limits=limits), tmp_path)
    assert record.effective["ended_by"] == ("steps" if limits.steps else "seconds")
    assert 1 <= record.effective["steps"] <= 5
    assert Endless.closed == ["distil"]


def test_a_recipe_closed_within_a_phase_leaves_it(tmp_path: Path) -> None:
    limits = Limits(seconds=0.05)

    class Inner(Endless):
        def train(self, run: bench.Run) -> bench.Steps[None]:
            sleep(0.06)
            yield from super().train(run)

    record = trials.done(fakes.cell(Inner(phase="dreams"), limits=limits), tmp_path)
    assert record.effective["ended_by"] == "seconds"
    assert Endless.closed == ["dreams"]


def test_a_fault_that_can_be_mended_is_its_own_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = trials.trial(fakes.cell(trials.Nothing(), backbone=fakes.Layers(fault="user")), tmp_path)
    assert record.status == "failed"
    assert record.reason == "layers: no weights; give a file"
    assert [failure.reason for failure in record.failures] == [record.reason]
    assert "Traceback" not in capsys.readouterr().err


def test_a_bug_is_told_with_its_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trials.trial(fakes.cell(trials.Nothing(), backbone=fakes.Layers(fault="bug")), tmp_path)
    assert record.status == "failed"
    assert record.reason == "ZeroDivisionError: a bug in the plugin"
    errors = capsys.readouterr().err
    assert "Traceback" in errors
    assert "in load" in errors


def test_a_failed_attempt_joins_the_earlier_ones_and_a_good_one_keeps_them(tmp_path: Path) -> None:
    earlier = Failure(reason="the first time", started="2026-01-01T00:00:00+00:00", seconds=1.0)
    failing = fakes.cell(trials.Nothing(), backbone=fakes.Layers(fault="user"))
    record = trials.trial(failing, tmp_path, failures=(earlier,))
    assert [failure.reason for failure in record.failures] == ["the first time", record.reason]
    assert trials.done(fakes.cell(trials.Nothing()), tmp_path, failures=(earlier,)).failures == [earlier]


def test_an_interrupt_is_no_fault_of_the_cell(tmp_path: Path) -> None:
    class Interrupted(trials.Nothing):
        def train(self, run: bench.Run) -> bench.Steps[None]:
            raise KeyboardInterrupt
            yield

    with pytest.raises(KeyboardInterrupt):
        trials.trial(fakes.cell(Interrupted()), tmp_path)


@pytest.mark.parametrize(
    ("error", "cause", "reason"),
    [
        (SystemExit(0), "exception", "SystemExit: 0"),
        (GeneratorExit("odd"), "exception", "GeneratorExit: odd"),
        (MemoryError("all is used"), "memory", "MemoryError: all is used"),
        (torch.OutOfMemoryError("CUDA out of memory"), "memory", "OutOfMemoryError: CUDA out of memory"),
        (bench.DataError("mend it"), "exception", "mend it"),
    ],
    ids=str,
)
def test_whatever_is_raised_fails_the_cell_alone(
    tmp_path: Path, error: BaseException, cause: str, reason: str
) -> None:
    class Raising(trials.Nothing):
        def train(self, run: bench.Run) -> bench.Steps[None]:
            raise error
            yield

    record = trials.trial(fakes.cell(Raising()), tmp_path)
    (failure,) = record.failures
    assert (record.status, failure.cause, failure.reason) == ("failed", cause, reason)


def test_more_memory_than_there_is_is_a_cause_of_its_own(tmp_path: Path) -> None:
    class Greedy(trials.Nothing):
        def train(self, run: bench.Run) -> bench.Steps[None]:
            torch.empty(2**60)
            yield from ()

    (failure,) = trials.trial(fakes.cell(Greedy()), tmp_path).failures
    assert failure.cause == "memory"


@pytest.mark.parametrize(
    ("splits", "reported", "lacking"),
    [
        (("train", "val", "test"), (), "val and test"),
        (("train", "val", "test"), ("val",), "test"),
        (("train", "val"), ("val",), None),
        (("train", "test"), ("test", "val"), None),
    ],
)
def test_a_cell_that_reports_nothing_to_rank_it_by_has_failed(
    tmp_path: Path, splits: tuple[str, ...], reported: tuple[str, ...], lacking: str | None
) -> None:
    class Forgetful(trials.Nothing):
        name: ClassVar[str] = "forgetful"

        def holds_out(self) -> bool:
            return False

        def measure(self, run: bench.Run) -> bench.Steps[None]:
            for split in run.splits:
                run.report(split, {"accuracy" if split in reported else "another": 1.0})
            yield from ()

    record = trials.trial(fakes.cell(Forgetful(), dataset=fakes.Points(splits=splits)), tmp_path)
    reason = f"objective 'forgetful' reports no accuracy, by which cells are ranked, on {lacking}"
    assert record.reason == (lacking and reason)


def test_the_encoder_is_kept_where_it_is_wanted(tmp_path: Path, registry: bench.registry.Registry) -> None:
    cell = fakes.cell(registry.create("objective", TUNED))
    path = trials.job(cell, tmp_path).store.artifact_path(cell.id)
    trials.done(cell, tmp_path)
    assert not path.exists()
    trials.done(cell, tmp_path, keep_encoder=True)
    kept = fakes.make_encoder()
    load_encoder(kept, path)
    run = trials.live(tmp_path, cell)
    trials.drain(cell.objective.train(run))
    assert all(torch.equal(a, b) for a, b in zip(kept.parameters(), run.encoder.parameters(), strict=True))


def test_tied_weights_are_kept_and_loaded(tmp_path: Path) -> None:
    class Tied(fakes.Layers):
        name: ClassVar[str] = "tied"

        def load(self) -> bench.Encoder:
            encoder = fakes.make_encoder()
            encoder.again = encoder.second
            return encoder

    class Loading(trials.Idle):
        def train(self, run: bench.Run) -> bench.Steps[None]:
            assert run.encoder is not None
            yield from ()

    cell = fakes.cell(Loading(), backbone=Tied())
    trials.done(cell, tmp_path, keep_encoder=True)
    loaded = Tied().load()
    load_encoder(loaded, trials.job(cell, tmp_path).store.artifact_path(cell.id))
    assert torch.equal(loaded.again.weight, trials.live(tmp_path, cell).encoder.second.weight)


def test_an_encoder_of_another_shape_is_a_failed_cell(
    tmp_path: Path, registry: bench.registry.Registry
) -> None:
    parent = fakes.cell(registry.create("objective", TUNED))
    trials.done(parent, tmp_path, keep_encoder=True)
    child = fakes.cell(trials.Nothing(), parent=parent, backbone=fakes.Layers(width="5"))
    record = trials.trial(child, tmp_path)
    assert record.status == "failed"
    assert record.reason.endswith("an encoder of another architecture or with other settings")
    assert "\n" not in record.reason


def test_progress_is_told_with_phase_steps_and_loss(
    tmp_path: Path, registry: bench.registry.Registry
) -> None:
    told: list[bench.Progress] = []
    cell = fakes.cell(registry.create("objective", TUNED))
    run_trial(trials.job(cell, tmp_path), [], told.append)
    phases = [progress.phase for progress in told]
    assert list(dict.fromkeys(phases)) == ["train", "load", "prepare", "measure", "evaluate"]
    assert {progress.total_examples for progress in told if progress.phase == "evaluate"} == {60}
    stepped = next(progress for progress in told if progress.steps)
    assert (stepped.phase, stepped.steps, stepped.total_steps) == ("train", 1, 12)
    assert stepped.loss is not None
    assert len({progress.steps for progress in told}) < 12  # not each step: telling makes a device wait


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_figure_that_is_not_finite_is_a_failed_cell(tmp_path: Path, value: float) -> None:
    class Diverged(trials.Idle):
        def measure(self, run: bench.Run) -> bench.Steps[None]:
            run.report("val", {"loss": value})
            yield from ()

    record = trials.trial(fakes.cell(Diverged()), tmp_path)
    assert record.status == "failed"
    assert record.reason == f"val loss is {value}; has the training diverged? lower 'lr'"


def test_a_cell_that_fails_leaves_no_thread_behind(tmp_path: Path, registry: bench.registry.Registry) -> None:
    before = threading.active_count()
    trials.trial(
        fakes.cell(trials.Nothing(), backbone=fakes.Layers(fault="user")), tmp_path, registry.meters()
    )
    sleep(0.3)
    assert threading.active_count() == before


class Leaves(trials.Nothing):
    """Leaves whatever an objective can, after steps long enough for checkpoints."""

    name: ClassVar[str] = "leaves"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        run.resume()
        yield Step(1)
        yield Step(1)
        run.attach("a.txt", b"a")


def test_a_further_run_leaves_nothing_and_keeps_what_is_there(tmp_path: Path) -> None:
    def left() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (tmp_path / "results").rglob("*") if path.is_file()}

    cell = fakes.cell(Leaves())
    trials.done(cell, tmp_path, run=2, checkpoint_seconds=0, keep_encoder=True)
    assert not (tmp_path / "results").exists()
    trials.done(cell, tmp_path, checkpoint_seconds=0, keep_encoder=True)
    before = left()
    assert {path.parent.name for path in before} == {"artifacts", "predictions", "checkpoints", cell.id}
    again = trials.done(cell, tmp_path, run=2, checkpoint_seconds=0, keep_encoder=True)
    assert left() == before
    assert again.notes == []  # it did not go on from the checkpoint


class Distil(trials.Nothing):
    """Does steps in a phase of its own."""

    name: ClassVar[str] = "distil"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        assert run.head is not None
        with run.phase("distil"):
            for _ in range(3):
                yield bench.Step(16)


def test_a_phase_of_the_objective_s_own_is_measured_like_any_other(
    tmp_path: Path, registry: bench.registry.Registry
) -> None:
    record = trials.done(fakes.cell(Distil()), tmp_path, registry.meters())
    assert record.notes == []
    assert record.resources["throughput"]["distil"]["samples_per_s"] > 0
    assert record.resources["memory"]["distil"]["peak_mib"] is not None
    assert "samples_per_s" not in record.resources["throughput"].get("train", {})


def exclusive(registry: bench.registry.Registry) -> set[str]:
    """The figures that change from run to run."""
    return {figure.name for meter in registry.meters() if meter.exclusive for figure in meter.figures}


def test_of_a_further_run_only_what_can_change_is_kept(
    tmp_path: Path, registry: bench.registry.Registry
) -> None:
    cell = fakes.cell(registry.create("objective", ENCODED))
    first = trials.done(cell, tmp_path, registry.meters())
    again = trials.done(cell, tmp_path, registry.meters(), run=2)
    assert {"throughput", "memory"} <= first.resources.keys()
    assert set(again.figures["throughput"]) <= exclusive(registry)
    assert again.resources.keys() == {"throughput"}
    assert trials.measured(again, "throughput")["encode_samples_per_s"] > 0
    assert "encode_cached" not in trials.measured(again, "throughput")
    assert again.quality == first.quality


def test_beside_other_cells_no_speed_is_measured_and_threads_are_the_cell_s_share(
    tmp_path: Path, registry: bench.registry.Registry
) -> None:
    cell = fakes.cell(registry.create("objective", TUNED))
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        record = trials.done(cell, tmp_path, registry.meters(), shared=True)
        own = trials.done(
            fakes.cell(registry.create("objective", TUNED), settings=Settings(threads=2)),
            tmp_path,
            shared=True,
        )
    finally:
        torch.set_num_threads(before)
    assert (record.effective["threads"], record.effective["shared"]) == (1, True)
    assert own.effective["threads"] == 2  # what is asked for counts
    measured = {name for table in record.resources for name in trials.measured(record, table)}
    assert {"forward_gflops", "train_peak_mib"} <= measured
    assert not {name for figures in record.figures.values() for name in figures} & exclusive(registry)
    assert "shared" not in trials.done(cell, tmp_path).effective


def test_a_record_says_what_was_too_large_to_be_kept(
    tmp_path: Path, registry: bench.registry.Registry
) -> None:
    cell = fakes.cell(registry.create("objective", {"name": "feature-extract", "epochs": 1}))
    kept, neither = trials.done(cell, tmp_path), trials.done(cell, tmp_path / "bound", cache_limit=0)
    assert "anew" not in kept.effective
    assert neither.effective["anew"] == "examples, features"


class Searched(fakes.Points):
    """Points of which every third is only there for the others to be ranked among."""

    name: ClassVar[str] = "searched"

    def candidates(self, split: bench.Split) -> list[bool] | None:
        return None if split == "train" else [index % 3 == 0 for index in range(self.size)]


def test_candidates_are_neither_counted_nor_kept(tmp_path: Path, registry: bench.registry.Registry) -> None:
    objective = registry.create("objective", ENCODED)
    cell = fakes.cell(objective, dataset=Searched(), limits=Limits(test_examples=5))
    record = trials.done(cell, tmp_path)
    assert record.data["examples"] == {"train": 60, "val": 40, "test": 5}
    kept = read_predictions(trials.job(cell, tmp_path).store.predictions_path(cell.id))["test"]
    assert len(kept.index) == 5
    assert all(kept.index % 3)


class Clouds(fakes.Points):
    """Points whose classes are known without reading them: 20 of each in train."""

    name: ClassVar[str] = "clouds"

    def strata(self, split: bench.Split) -> list[int]:
        return [example.target for example in self.load(split)]


def test_the_record_says_how_many_shots_there_were_and_whether_seeds_differ_in_them(
    tmp_path: Path, registry: bench.registry.Registry
) -> None:
    def cell(**limits: object) -> bench.planning.Cell:
        objective = registry.create("objective", ENCODED)
        return fakes.cell(objective, dataset=Clouds(), limits=Limits(**limits))

    examples = {"train": 12, "val": 60, "test": 60}
    data = {"classes": 3, "examples": examples, "licence": None}
    assert trials.done(cell(shots=4), tmp_path).data == data
    assert trials.done(cell(shots=4, redraw=True), tmp_path).data == {**data, "redrawn": True}
    failed = trials.trial(cell(shots=21), tmp_path)
    assert failed.reason == "limits.shots is 21, but train has only 20 of 'a', 20 of 'b', 20 of 'c'"
