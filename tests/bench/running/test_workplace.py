"""A cell's files where it runs, and at home."""

from __future__ import annotations

from pathlib import Path

import pytest

import fakes
import trials
from bench.planning.cell import Artifact
from bench.records.joined import PACE
from bench.records.store import Store
from bench.running.workplace import bring_home, set_out

PARENT = fakes.cell(trials.Idle())
CELL = fakes.cell(trials.Idle(), parent=PARENT)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_job_at_home_stays_there(tmp_path: Path) -> None:
    job = trials.job(CELL, tmp_path)
    assert set_out(job, job.folder) is job
    write(job.log_path, "at home")
    bring_home(job, job.store)
    assert job.log_path.read_text() == "at home"


def test_a_job_finds_what_it_needs_and_what_it_leaves_comes_home(tmp_path: Path) -> None:
    job = trials.job(CELL, tmp_path)
    store = Store(job.folder)
    write(store.artifact_path(PARENT.id), "encoder of the parent")
    write(store.checkpoint_path(CELL.id), "7 steps")
    with store.claim(PACE):
        away = set_out(job, store.place(CELL.id).resolve())
        assert away.folder != job.folder
        assert away.cache.folder == job.cache.folder
        assert away.kept_log_path == job.log_path
        assert away.origin is not None
        assert away.checkpoint is not None
        assert (away.origin.read_text(), away.checkpoint.read_text()) == ("encoder of the parent", "7 steps")
        left = [
            away.log_path,
            away.store.predictions_path(CELL.id),
            away.store.artifact_path(CELL.id),
            away.store.file_path(CELL.id, "note.txt"),
        ]
        for path in left:
            write(path, path.name)
        bring_home(away, store)
        assert not away.folder.exists()
        home = [job.folder / path.relative_to(away.folder) for path in left]
        assert [path.read_text() for path in home] == [path.name for path in left]
        # A link is no file of its own: the checkpoint it went on from is still the one that was there.
        assert store.checkpoint_path(CELL.id).read_text() == "7 steps"
        assert not store.checkpoint_path(CELL.id).is_symlink()


def test_an_encoder_from_a_file_is_found_wherever_that_is_named_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("encoder.safetensors"), "weights")
    artifact = Artifact(path="encoder.safetensors", digest="0")
    job = trials.job(fakes.cell(trials.Idle(), artifact=artifact), tmp_path)
    origin = set_out(job, tmp_path / "place").origin
    assert origin is not None
    assert origin.read_text() == "weights"


def test_what_an_earlier_attempt_left_is_not_found_by_the_next(tmp_path: Path) -> None:
    job = trials.job(CELL, tmp_path)
    store = Store(job.folder)
    with store.claim(PACE):
        place = store.place(CELL.id).resolve()
        write(set_out(job, place).log_path, "of the first")
        assert not set_out(job, place).log_path.exists()
