"""A training that is cut off goes on from its checkpoint, and ends as if it had not been."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
import torch
from safetensors.torch import load_file

import bench
import fakes
import trials
from bench import Step
from bench.planning.cell import Cell
from bench.records.record import Record
from bench.toolkit.recipe import Recipe
from bench.toolkit.training import sgd, unfreeze
from bench.trial.checkpoint import pack, unpack


class CutOff(Exception):
    """The end of a process, as far as a test can have it."""


class Stages(Recipe, bench.Objective):
    """Two loops, the second with dropout and noise; it is cut off after some steps in all, if told so."""

    name: ClassVar[str] = "stages"
    after: ClassVar[int | None] = None

    def train(self, run: bench.Run) -> bench.Steps[None]:
        done = 0
        noise = run.add("noise", torch.nn.Dropout(0.3))
        everything = [*unfreeze(run.encoder), *unfreeze(run.head), *unfreeze(noise)]

        def loss(batch: bench.Batch) -> torch.Tensor:
            jitter = torch.rand(1, generator=run.generator).item()
            features = run.forward(batch)
            return run.task.loss(run.head, bench.Features(noise(features.pooled) * jitter), batch.targets)

        for first in (0, self.epochs):
            for step in sgd(run, everything, first_epoch=first, loss=loss, **self.recipe()):
                yield step
                done += 1
                if done == self.after:
                    raise CutOff


@pytest.fixture(autouse=True)
def _whole() -> Any:
    yield
    Stages.after = None


def cut_off_cell(**recipe: Any) -> Cell:
    return fakes.cell(Stages(**{"epochs": 2, "lr": 0.05, **recipe}))


def finished(cell: Cell, folder: Path, **changes: Any) -> tuple[Record, Mapping[str, torch.Tensor]]:
    """The record of a cell and the weights it ends with."""
    order = trials.job(cell, folder, keep_encoder=True, checkpoint_seconds=0.0, **changes)
    record = trials.run_trial(order, (), lambda progress: None)
    assert record.status == "done", record.reason
    return record, load_file(order.store.artifact_path(cell.id))


def cut_off(cell: Cell, folder: Path, after: int) -> None:
    Stages.after = after
    record = trials.trial(cell, folder, checkpoint_seconds=0.0)
    assert "CutOff" in record.reason
    Stages.after = None


# Four batches an epoch, two epochs a loop, two loops.
@pytest.mark.parametrize("after", [1, 3, 4, 7, 8, 9, 12, 15])
@pytest.mark.parametrize("recipe", [{}, {"keep": "best", "patience": 1}, {"optimizer": "sgd"}], ids=str)
def test_a_cell_cut_off_anywhere_ends_with_the_same_bits(
    after: int, recipe: dict[str, Any], tmp_path: Path
) -> None:
    cell = cut_off_cell(**recipe)
    whole, weights = finished(cell, tmp_path / "whole")
    assert after < whole.effective["steps"]
    cut_off(cell, tmp_path / "cut", after)
    record, resumed = finished(cell, tmp_path / "cut")
    assert record.quality == whole.quality
    assert record.curve == whole.curve
    assert record.effective["steps"] == whole.effective["steps"]
    assert [note for note in record.notes if "checkpoint at step" in note]
    assert resumed.keys() == weights.keys()
    assert all(torch.equal(resumed[name], weights[name]) for name in weights)


def test_a_resumed_cell_keeps_to_the_limit_on_steps(tmp_path: Path) -> None:
    cell = fakes.cell(Stages(epochs=2), limits=bench.Limits(steps=6))
    cut_off(cell, tmp_path, 4)
    record, _ = finished(cell, tmp_path)
    assert (record.effective["steps"], record.effective["ended_by"]) == (6, "steps")


def test_seconds_of_training_add_up(tmp_path: Path) -> None:
    cell = cut_off_cell()
    cut_off(cell, tmp_path, 5)
    order = trials.job(cell, tmp_path)
    saved = unpack(order.store.checkpoint_path(cell.id))
    run = trials.LiveRun(
        cell,
        trials.job(cell, tmp_path).cache,
        None,
        trials.job(cell, tmp_path).store.checkpoint_path(cell.id),
    )
    steps = cell.objective.train(run)
    next(steps)
    assert run.stopwatch.trained >= saved["seconds"] > 0
    assert run.loops.resumed == 5


class Apprentice(Stages):
    """Trains in a phase of its own alone."""

    name: ClassVar[str] = "apprentice"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        with run.phase("distil"):
            yield from super().train(run)


def test_training_in_a_phase_of_the_objective_s_own_goes_on_too(tmp_path: Path) -> None:
    cell = fakes.cell(Apprentice(epochs=2), limits=bench.Limits(steps=6))
    whole, weights = finished(cell, tmp_path / "whole")
    cut_off(cell, tmp_path / "cut", 5)
    path = trials.job(cell, tmp_path / "cut").store.checkpoint_path(cell.id)
    assert unpack(path)["steps"] == 5
    assert unpack(path)["seconds"] > 0
    record, resumed = finished(cell, tmp_path / "cut")
    assert (record.effective["steps"], record.effective["ended_by"]) == (6, "steps")
    assert record.quality == whole.quality
    assert all(torch.equal(resumed[name], weights[name]) for name in weights)


def test_short_trainings_write_no_checkpoint(tmp_path: Path) -> None:
    cell = cut_off_cell()
    trials.done(cell, tmp_path)
    assert not trials.job(cell, tmp_path).store.checkpoint_path(cell.id).exists()


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_damaged_checkpoint_is_as_good_as_none(content: bytes, tmp_path: Path) -> None:
    cell = cut_off_cell()
    path = trials.job(cell, tmp_path).store.checkpoint_path(cell.id)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    record, _ = finished(cell, tmp_path)
    assert not record.notes


def test_a_training_goes_on_with_as_many_threads_as_it_had(tmp_path: Path) -> None:
    cell = cut_off_cell()
    cut_off(cell, tmp_path, 5)
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        record, _ = finished(cell, tmp_path)
    finally:
        torch.set_num_threads(threads)
    assert record.notes == ["went on from a checkpoint at step 5; speed and memory are of the rest"]
    assert record.effective["threads"] == threads


def test_a_checkpoint_made_with_other_threads_than_are_given_is_left_alone(tmp_path: Path) -> None:
    cell = cut_off_cell()
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        cut_off(cell, tmp_path, 5)
        record, _ = finished(cell, tmp_path, shared=True)
    finally:
        torch.set_num_threads(threads)
    assert (record.notes, record.effective["threads"]) == ([], 1)


def test_a_cell_that_sets_its_threads_is_resumed_by_a_process_that_begins_with_others(tmp_path: Path) -> None:
    cell = fakes.cell(Stages(epochs=2), settings=bench.Settings(batch_size=16, threads=1))
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        cut_off(cell, tmp_path, 5)
        torch.set_num_threads(2)
        record, _ = finished(cell, tmp_path)
    finally:
        torch.set_num_threads(threads)
    assert record.notes == ["went on from a checkpoint at step 5; speed and memory are of the rest"]


def test_a_checkpoint_of_other_modules_is_told(tmp_path: Path) -> None:
    cell = cut_off_cell()
    cut_off(cell, tmp_path, 2)
    path = trials.job(cell, tmp_path).store.checkpoint_path(cell.id)
    state = unpack(path)
    state["modules"]["7"] = {}
    path.write_bytes(pack(state))
    record = trials.trial(cell, tmp_path)
    assert record.reason == f"{path}: this checkpoint does not fit the cell; delete it"


def test_pack_gives_back_what_it_took(tmp_path: Path) -> None:
    state = {
        "numbers": [1, 2.5, None, True, "text"],
        "nested": {0: {"a": torch.arange(3)}, "1": (torch.tensor(2.0), [])},
        "shared": [torch.ones(2, dtype=torch.bfloat16)] * 2,
        "empty": {},
    }
    path = tmp_path / "state.safetensors"
    path.write_bytes(pack(state))
    found = unpack(path)
    assert found["numbers"] == state["numbers"]
    assert torch.equal(found["nested"][0]["a"], torch.arange(3))
    assert isinstance(found["nested"]["1"], tuple)
    assert found["nested"]["1"][0].shape == ()
    assert found["shared"][1].dtype == torch.bfloat16
    assert found["empty"] == {}


class Lasting(Recipe, trials.Nothing):
    """One loop, with dropout and noise."""

    name: ClassVar[str] = "lasting"
    budget: ClassVar[str | None] = "epochs"

    schedule: Literal["cosine", "constant"] = "constant"
    warmup: float = 0.0

    def train(self, run: bench.Run) -> bench.Steps[None]:
        noise = run.add("noise", torch.nn.Dropout(0.3))

        def loss(batch: bench.Batch) -> torch.Tensor:
            jitter = torch.rand(1, generator=run.generator).item()
            features = run.forward(batch)
            return run.task.loss(run.head, bench.Features(noise(features.pooled) * jitter), batch.targets)

        everything = [*unfreeze(run.encoder), *unfreeze(run.head), *unfreeze(noise)]
        yield from sgd(run, everything, loss=loss, **self.recipe())


def lasting(epochs: int, limits: bench.Limits | None = None, **recipe: Any) -> Cell:
    return fakes.cell(Lasting(**{"lr": 0.05, "epochs": epochs, **recipe}), limits=limits or bench.Limits())


def kept(folder: Path) -> list[str]:
    """The budgets whose ends are kept."""
    return sorted(path.stem.partition("-")[2] for path in folder.glob("results/checkpoints/*-*"))


def trained(cell: Cell, folder: Path) -> Record:
    return trials.done(cell, folder, keep_checkpoints=True)


@pytest.mark.parametrize("recipe", [{}, {"optimizer": "sgd", "clip": None}], ids=str)
def test_a_larger_budget_goes_on_from_the_end_of_the_largest_smaller_one_with_the_same_bits(
    recipe: dict[str, Any], tmp_path: Path
) -> None:
    whole, weights = finished(lasting(4, **recipe), tmp_path / "whole")
    parts = tmp_path / "parts"
    assert [trained(lasting(epochs, **recipe), parts).notes for epochs in (5, 1, 3)] == [
        [],  # and no larger one is gone on from below
        [],
        ["went on from the end of the same training with epochs 1; speed and memory are of the rest"],
    ]
    record, resumed = finished(lasting(4, **recipe), parts)
    assert record.notes == [
        "went on from the end of the same training with epochs 3; speed and memory are of the rest"
    ]
    assert record.quality == whole.quality
    assert record.effective["steps"] == whole.effective["steps"] == 16
    assert resumed.keys() == weights.keys()
    assert all(torch.equal(resumed[name], weights[name]) for name in weights)
    assert kept(parts) == ["1", "3", "5"]


def test_a_training_with_a_checkpoint_of_its_own_goes_on_from_that(tmp_path: Path) -> None:
    trained(lasting(1), tmp_path)
    cell = lasting(3)
    order = trials.job(cell, tmp_path, checkpoint_seconds=0.0)
    trials.done(cell, tmp_path, checkpoint_seconds=0.0)
    assert order.checkpoint is not None
    step = unpack(order.checkpoint)["steps"]
    assert trained(cell, tmp_path).notes == [
        f"went on from a checkpoint at step {step}; speed and memory are of the rest"
    ]
    order.checkpoint.write_bytes(b"damaged")
    assert "with epochs 1;" in trained(cell, tmp_path).notes[0]


@pytest.mark.parametrize("changes", [{"lr": 0.06}, {"limits": bench.Limits(steps=11)}], ids=str)
def test_another_training_is_not_gone_on_from(changes: dict[str, Any], tmp_path: Path) -> None:
    trained(lasting(1), tmp_path)
    assert not any("went on" in note for note in trained(lasting(3, **changes), tmp_path).notes)


def test_a_further_run_neither_goes_on_from_an_end_nor_keeps_one(tmp_path: Path) -> None:
    trained(lasting(1), tmp_path)
    again = trials.done(lasting(2), tmp_path, keep_checkpoints=True, run=2)
    assert (again.notes, again.effective["steps"], kept(tmp_path)) == ([], 8, ["1"])


def test_no_end_is_kept_unless_that_is_asked_for(tmp_path: Path) -> None:
    trials.done(lasting(1), tmp_path)
    assert kept(tmp_path) == []


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (lasting(1, schedule="cosine"), "it depends on its end; set schedule: constant"),
        (lasting(2, bench.Limits(steps=5)), "limits.steps ended it"),
        (cut_off_cell(), "objective 'stages' has no budget"),
    ],
)
def test_it_is_said_why_no_larger_budget_can_go_on(cell: Cell, reason: str, tmp_path: Path) -> None:
    assert trained(cell, tmp_path).notes == [f"no larger budget can go on from this training: {reason}"]
    assert kept(tmp_path) == []


class Mistaken(Stages):
    """Has two loops, and a budget all the same."""

    name: ClassVar[str] = "mistaken"
    budget: ClassVar[str | None] = "epochs"


def test_the_end_of_several_loops_is_not_kept(tmp_path: Path) -> None:
    cell = fakes.cell(Mistaken(epochs=1, schedule="constant", warmup=0))
    reason = "it has 2 loops that can be resumed, not a single one"
    assert trained(cell, tmp_path).notes == [f"no larger budget can go on from this training: {reason}"]
    assert kept(tmp_path) == []


class Untouched(trials.Nothing):
    """Yields steps without a loop that could be resumed."""

    name: ClassVar[str] = "untouched"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        yield Step(1)
        yield Step(1)


def test_an_objective_without_a_resumable_loop_leaves_no_checkpoint(tmp_path: Path) -> None:
    cell = fakes.cell(Untouched())
    trials.done(cell, tmp_path, checkpoint_seconds=0.0)
    assert not trials.job(cell, tmp_path).store.checkpoint_path(cell.id).exists()


def solved(parameter: torch.nn.Parameter, solver: torch.optim.LBFGS, steps: int) -> torch.Tensor:
    """Minimise a badly conditioned function for some steps; return where that leads."""
    scale = torch.linspace(0.1, 9, parameter.numel())

    def objective() -> torch.Tensor:
        solver.zero_grad()
        value = (scale * (parameter - 1).square()).sum() + (parameter * scale).sin().sum()
        value.backward()
        return value

    for _ in range(steps):
        solver.step(objective)
    return parameter.detach().clone()


def test_the_state_of_l_bfgs_comes_back_equal_and_as_aligned_as_it_was(tmp_path: Path) -> None:
    """Where a vector begins decides, on some CPUs, in which order it is added up."""
    parameter = torch.nn.Parameter(torch.zeros(33))
    solver = torch.optim.LBFGS([parameter], max_iter=4, line_search_fn="strong_wolfe")
    solved(parameter, solver, 2)
    path = tmp_path / "state.safetensors"
    path.write_bytes(pack({"modules": parameter.detach(), "solver": solver.state_dict()}))
    state = unpack(path)
    assert pack(state) == path.read_bytes()
    twin = torch.nn.Parameter(state["modules"])
    other = torch.optim.LBFGS([twin], max_iter=4, line_search_fn="strong_wolfe")
    other.load_state_dict(state["solver"])
    found = [*tensors_in(other.state_dict()), *tensors_in(state["modules"])]
    assert len(found) > 10
    aligned = {torch.empty(33).data_ptr() % 64 for _ in range(8)}
    assert {tensor.data_ptr() % 64 for tensor in found} == aligned == {0}
    assert torch.equal(solved(twin, other, 2), solved(parameter, solver, 2))


def tensors_in(state: Any) -> list[torch.Tensor]:
    if isinstance(state, torch.Tensor):
        return [state]
    items = state.values() if isinstance(state, Mapping) else state if isinstance(state, list) else ()
    return [tensor for item in items for tensor in tensors_in(item)]


def test_restored_tensors_share_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    path.write_bytes(pack([torch.ones(3)] * 2))
    first, second = unpack(path)
    first += 1
    assert second.tolist() == [1, 1, 1]


def test_tensors_come_back_as_they_lay_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    plain = torch.arange(120.0).reshape(2, 3, 4, 5)
    tensors = [
        plain,
        plain.contiguous(memory_format=torch.channels_last),
        plain[None].contiguous(memory_format=torch.channels_last_3d),
        plain.flatten(1).T,
        torch.ones(4, 1, 2, 2).contiguous(memory_format=torch.channels_last),
        torch.tensor(1.5),
        torch.empty(0, 3),
    ]
    path.write_bytes(pack(tensors))
    found = unpack(path)
    assert [tensor.stride() for tensor in found] == [tensor.stride() for tensor in tensors]
    assert all(torch.equal(one, other) for one, other in zip(found, tensors, strict=True))


def test_a_part_of_a_tensor_comes_back_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    path.write_bytes(pack([torch.arange(6.0)[::2], torch.ones(1).expand(3)]))
    assert path.stat().st_size < 1000
    part, repeated = unpack(path)
    assert (part.tolist(), part.stride()) == ([0, 2, 4], (1,))
    assert (repeated.tolist(), repeated.stride()) == ([1, 1, 1], (1,))
