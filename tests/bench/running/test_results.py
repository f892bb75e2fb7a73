"""What comes back from an executor: files first, then a record that can be trusted to be the cell's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import fakes
import trials
from bench import Cause, Result
from bench.planning.cell import Cell
from bench.records.store import Store
from bench.running.results import take_over
from bench.trial.job import Job
from bench.trial.outcome import Attempt
from bench_objectives.fine_tune import FineTune

CELL = fakes.cell(trials.Idle())


def order(folder: Path, **changes: Any) -> Job:
    return trials.job(CELL, folder, **changes)


def leave(folder: Path, cell: Cell = CELL) -> set[Path]:
    """Write what a cell can leave into a results folder; return the places within it."""
    store = Store(folder)
    artifact = store.artifact_path(cell.id)
    files = [store.log_path(cell.id), store.predictions_path(cell.id), store.checkpoint_path(cell.id)]
    files += [artifact, artifact.with_suffix(".json"), store.file_path(cell.id, "picture.png")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{file.name} of {cell.seed}")
    return {file.relative_to(folder) for file in files}


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_the_files_of_the_cell_are_taken_over_and_no_others(tmp_path: Path) -> None:
    job, there = order(tmp_path), tmp_path / "there"
    places = leave(there)
    leave(there, fakes.cell(trials.Idle(), seed=1))
    done = Attempt(job).done()
    assert take_over(Attempt(job), Result(there, done.model_dump(mode="json"))) == done
    assert files(job.folder) == places
    assert all((job.folder / place).read_text() == (there / place).read_text() for place in places)


def test_the_kept_end_of_its_training_is_taken_over_and_no_other_s(tmp_path: Path) -> None:
    def order(epochs: int) -> Job:
        recipe = FineTune(epochs=epochs, schedule="constant", warmup=0)
        return trials.job(fakes.cell(recipe), tmp_path, keep_checkpoints=True)

    job, there = order(3), tmp_path / "there"
    for end in (order(epochs).moved(there).kept_checkpoint for epochs in (1, 3)):
        assert end is not None
        end.parent.mkdir(parents=True, exist_ok=True)
        end.touch()
    take_over(Attempt(job), Result(there, Attempt(job).done().model_dump(mode="json")))
    assert job.kept_checkpoint is not None
    assert files(job.folder) == {job.kept_checkpoint.relative_to(job.folder)}


def test_a_further_run_has_a_log_of_its_own(tmp_path: Path) -> None:
    job, there = order(tmp_path, run=2), tmp_path / "there"
    log = Path("logs") / f"{CELL.id}-run2.log"
    (there / log).parent.mkdir(parents=True)
    (there / log).write_text("again")
    take_over(Attempt(job), Result(there, Attempt(job).done().model_dump(mode="json")))
    assert files(job.folder) == {log}


@pytest.mark.parametrize("logged", [True, False])
def test_a_job_without_a_record_has_failed_for_the_cause_that_is_named(tmp_path: Path, logged: bool) -> None:
    job, there = order(tmp_path), tmp_path / "there"
    if logged:
        leave(there)
    record = take_over(Attempt(job), Result(there, reason="the machine burnt down"))
    output = f"; output in {job.log_path}" if logged else ""
    assert (record.status, record.reason) == ("failed", f"the machine burnt down{output}")
    (failure,) = record.failures
    assert (failure.reason, failure.cause) == (record.reason, "lost")
    assert failure.log == ([f"{CELL.id}.log of {CELL.seed}"] if logged else [])


@pytest.mark.parametrize("cause", ["deadline", "memory"])
def test_a_failure_says_what_it_was_by_and_how_its_log_ended(tmp_path: Path, cause: Cause) -> None:
    job = order(tmp_path)
    job.log_path.parent.mkdir(parents=True)
    lines = [*(f"line {number}" for number in range(10_000)), "x" * 1000, "caf\xe9", ""]
    job.log_path.write_bytes("\n".join(lines).encode("latin-1"))
    record = take_over(Attempt(job), Result(job.folder, cause=cause, reason="why"))
    (failure,) = record.failures
    assert failure.cause == cause
    assert failure.log[-3:] == ["line 9999", "x" * 400, "caf\ufffd"]
    assert len(failure.log) == 20


def test_the_record_of_a_fault_has_the_end_of_the_log_too_and_one_that_is_done_has_not(
    tmp_path: Path,
) -> None:
    job = order(tmp_path)
    leave(job.folder)
    attempt = Attempt(job)
    sent = attempt.failed("why").model_dump(mode="json")
    failed = take_over(attempt, Result(job.folder, sent))
    assert [failure.log for failure in failed.failures] == [[f"{CELL.id}.log of {CELL.seed}"]]
    assert take_over(attempt, Result(job.folder, {**sent, "failures": []})).failures == []
    assert take_over(attempt, Result(job.folder, attempt.done().model_dump(mode="json"))).failures == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "another"}, "the executor returned the record of another cell, another"),
        ({"format": 1}, "the executor returned no record of this version of bench: format"),
        ({"quality": "good"}, "the executor returned no record of this version of bench: quality"),
    ],
)
def test_what_is_no_record_of_the_cell_is_a_failure(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    job = order(tmp_path)
    told = {**Attempt(job).done().model_dump(mode="json"), **changes}
    record = take_over(Attempt(job), Result(job.folder, told))
    assert (record.id, record.status, record.reason) == (job.id, "failed", reason)
