"""A job survives the way to another process."""

from __future__ import annotations

from pathlib import Path

import fakes
import trials
from bench.planning.cell import Artifact
from bench.records.record import Failure
from bench.registry import load
from bench.trial.job import Job
from bench_objectives.fine_tune import FineTune


def test_a_job_comes_back_from_text_as_it_was(tmp_path: Path) -> None:
    registry = load([fakes.FILE])
    kinds = registry.entries
    values = {
        "backbone": kinds["backbone"]["layers"].cls(width="4"),
        "dataset": kinds["dataset"]["points"].cls(classes=("x", "y"), size=12),
        "task": kinds["task"]["point-classification"].cls(dropout=0.5),
    }
    fine_tune = registry.create("objective", {"name": "fine-tune", "lr": 0.5})
    parent = fakes.cell(fine_tune, **values, seed=4)
    cell = fakes.cell(fine_tune, **values, seed=3, versions={"backbone/layers": "1"}, parent=parent)
    failure = Failure(reason="it was dark", started="2026-01-01T00:00:00+00:00", seconds=0.1)
    job = trials.job(
        cell,
        tmp_path,
        keep_encoder=True,
        failures=(failure,),
        git={"commit": "abc", "dirty": False},
        run=2,
        cache_limit=2**31,
        shared=True,
        expected_seconds=7.5,
        waiting=9,
    ).moved(tmp_path / "there")
    back = Job.from_json(job.to_json(), registry)
    assert back == job
    assert back.cell.id == cell.id
    assert back.cell.parent is not None
    assert back.cell.parent.id == parent.id


def test_a_job_knows_its_folders(tmp_path: Path) -> None:
    job = trials.job(fakes.cell(trials.Nothing()), tmp_path, cache_limit=5)
    assert job.store.folder == tmp_path / "results"
    assert (job.cache.folder, job.cache.limit) == (tmp_path / "cache", 5)


def test_what_a_cell_starts_from_is_named_by_its_place_in_another_folder(tmp_path: Path) -> None:
    parent = fakes.cell(trials.Nothing())
    job = trials.job(fakes.cell(trials.Nothing(), parent=parent), tmp_path)
    assert job.needs == {}
    encoder, checkpoint = job.store.artifact_path(parent.id), job.store.checkpoint_path(job.id)
    for path in (encoder, checkpoint):
        path.parent.mkdir(parents=True)
        path.touch()
    places = {"origin.safetensors": encoder, f"checkpoints/{job.id}.safetensors": checkpoint}
    assert job.needs == places
    assert (job.origin, job.checkpoint) == (encoder, checkpoint)
    moved = job.moved(tmp_path / "there")
    assert [moved.origin, moved.checkpoint] == [tmp_path / "there" / place for place in places]
    assert moved.cache.folder == tmp_path / "there" / ".cache"
    assert moved.log_path == tmp_path / "there" / "logs" / f"{job.id}.log"
    assert moved.kept_log_path == job.log_path


def test_an_encoder_from_a_file_is_needed_and_by_a_further_run_no_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "trained.safetensors"
    file.touch()
    job = trials.job(fakes.cell(trials.Nothing(), artifact=Artifact.at(str(file))), tmp_path, run=2)
    assert (job.needs, job.checkpoint) == ({"origin.safetensors": file}, None)


def test_the_end_of_the_largest_smaller_budget_is_needed(tmp_path: Path) -> None:
    def order(epochs: int, **changes: object) -> Job:
        recipe = FineTune(epochs=epochs, schedule="constant", warmup=0)
        return trials.job(fakes.cell(recipe), tmp_path, keep_checkpoints=True, **changes)

    ends = {epochs: order(epochs).kept_checkpoint for epochs in (2, 9, 10, 11)}
    for path in ends.values():
        assert path is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (ends[2].parent / f"{ends[2].stem} (copy).safetensors").touch()
    job = order(11)
    assert job.earlier == (10, ends[10])
    place = f"checkpoints/{ends[10].name}"
    assert job.needs == {place: ends[10]}
    assert job.moved(tmp_path / "there").kept_checkpoint == tmp_path / "there" / "checkpoints" / ends[11].name
    assert order(2).earlier is None
    further = order(11, run=2)
    assert (further.earlier, further.kept_checkpoint, further.needs) == (None, None, {})


def test_the_output_of_a_further_run_is_kept_beside_that_of_the_first(tmp_path: Path) -> None:
    cell = fakes.cell(trials.Nothing())
    logs = [trials.job(cell, tmp_path, run=run).log_path.name for run in (1, 2)]
    assert logs == [f"{cell.id}.log", f"{cell.id}-run2.log"]
