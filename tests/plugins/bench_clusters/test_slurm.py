"""Slurm's stub: what is asked of it, and that a job whose time is up goes on to the same bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import clusters
import fakes
import mischief
import slurm_stub
import trials
from bench import BenchError, Bounds, Job, Pool
from bench.planning.cell import Cell
from bench.registry import Registry, load_file
from bench_clusters.slurm import Slurm


@pytest.fixture
def registry() -> Registry:
    found = Registry(files=[fakes.FILE, mischief.FILE])
    for file in found.files:
        load_file(found, file)
    return found


def cell(registry: Registry, objective: str, seed: int = 0, **settings: object) -> Cell:
    names = {"backbone": "layers", "dataset": "points", "task": "point-classification"}
    parts = {kind: registry.create(kind, {"name": name}) for kind, name in names.items()}
    return fakes.cell(registry.create("objective", {"name": objective, **settings}), seed=seed, **parts)


def use(patch: pytest.MonkeyPatch, folder: Path, minute: float = 60) -> None:
    """Have Slurm's commands on PATH."""
    clusters.need("slurm")
    for variable, value in clusters.environment("slurm", folder, minute).items():
        patch.setenv(variable, value)


def job(**changes: Any) -> Job:
    return trials.job(fakes.cell(trials.Idle()), Path("nowhere"), **changes)


def test_what_is_asked_for_is_what_the_cells_need() -> None:
    executor = Slurm(partition="gpu", account="us", options={"constraint": "a100"})
    asked = executor.parameters([job(bounds=Bounds(memory=1024, cell_seconds=120), shared=True)] * 3)
    assert {name: value for name, value in asked.items() if value is not None} == {
        "job_name": "bench",
        "time": 11,  # three times two minutes, and five to begin
        "cpus_per_task": 1,
        "mem": "2048MB",
        "partition": "gpu",
        "account": "us",
        "additional_parameters": {"constraint": "a100"},
    }
    alone = Slurm(minutes=30, cpus=4, gpus=2, memory=3).parameters([job()])
    assert (alone["time"], alone["exclusive"]) == (30, True)
    assert (alone["cpus_per_task"], alone["gpus_per_node"], alone["mem"]) == (4, 2, "3072MB")


def test_where_there_is_no_slurm_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchError, match="no sbatch and srun on this machine"), Slurm().open([], []):
        pass


def test_cells_go_together_once_it_is_known_how_long_they_take(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, tmp_path / "cluster")
    with Slurm(jobs=1, poll=1).open(registry.files, []) as pool:
        orders = [
            trials.job(cell(registry, "mischief", seed), tmp_path, expected_seconds=1.0) for seed in range(4)
        ]
        assert [pool.takes(order) for order in orders] == [True] * 4
        handles = [pool.submit(order) for order in orders]
        results = [handle.result(lambda progress: None) for handle in handles]
        for handle in handles:
            handle.close()
        assert [(result.record or {})["id"] for result in results] == [order.id for order in orders]
        assert len(slurm_stub.jobs()) == 1
    assert not (tmp_path / "results" / ".slurm").exists()


@pytest.mark.slow
def test_a_job_whose_time_is_up_goes_on_to_the_same_bits(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told after 15 of 60 s, and the cell takes half a minute."""
    use(monkeypatch, tmp_path / "cluster", minute=30)
    quick, slow = (cell(registry, "frail", epochs=40, after=10**6, pause=pause) for pause in (0, 0.2))
    whole = trials.done(quick, tmp_path / "here", keep_encoder=True)
    with Slurm(minutes=2, poll=1).open(registry.files, []) as pool:
        record = trials.execute(pool, slow, tmp_path / "there", checkpoint_seconds=0, keep_encoder=True)
    assert (record.status, record.failures) == ("done", []), record.reason
    assert any("went on from a checkpoint" in note for note in record.notes)
    assert record.effective["steps"] == whole.effective["steps"] == 160
    for split, figures in whole.quality.items():  # there, further metrics are installed
        assert figures.items() <= record.quality[split].items()
    one, other = (
        trials.job(made, tmp_path / at).store.artifact_path(made.id).read_bytes()
        for made, at in ((quick, "here"), (slow, "there"))
    )
    assert one == other
    assert len(slurm_stub.jobs()) == 1


def test_a_cell_that_never_ends_is_given_up_after_so_many_turns(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, tmp_path / "cluster", minute=12)
    with Slurm(minutes=2, timeouts=1, poll=1).open(registry.files, []) as pool:
        record = hang(pool, registry, tmp_path)
    assert record.failures[-1].cause == "deadline"
    assert "as often as it may be" in str(record.reason)


def hang(pool: Pool, registry: Registry, folder: Path) -> Any:
    return trials.execute(pool, cell(registry, "mischief", deed="hang"), folder)


def test_a_job_that_slurm_does_not_take_says_why(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, tmp_path / "cluster")
    sbatch = tmp_path / "cluster" / "bin" / "sbatch"
    sbatch.write_text("#!/bin/sh\necho sbatch: error: invalid account >&2\nexit 1\n")
    with Slurm(poll=1).open(registry.files, []) as pool:
        record = hang(pool, registry, tmp_path)
    assert record.failures[-1].cause == "executor"
    assert "invalid account" in str(record.reason)
