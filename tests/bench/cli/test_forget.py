"""`bench forget`: what goes, what is named, and what is refused."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from bench.cli.main import call
from bench.records.record import Record
from bench.records.store import Store


def record(id: str, backbone: str, parent: str | None = None) -> Record:
    return Record(
        id=id,
        suite="tiny",
        status="done",
        row="r",
        labels={"backbone": backbone, "objective": "fine-tune", "dataset": "points"},
        seed=0,
        primary="accuracy",
        cell={"objective": {"name": "fine-tune", "epochs": 3}},
        identity={"backbone": backbone, "objective": {"name": "fine-tune", "epochs": 3}},
        parent=parent,
        started="2030-01-01T00:00:00+00:00",
        seconds=1.0,
    )


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A results folder with a parent, its child, and another cell, each with files of all kinds."""
    monkeypatch.chdir(tmp_path)
    store = Store(tmp_path / "results" / "tiny")
    for one in (record("aa01", "small"), record("bb02", "small", parent="aa01"), record("cc03", "large")):
        store.put(one)
        for path in (
            store.predictions_path(one.id),
            *store.artifact_paths(one.id),
            store.checkpoint_path(one.id),
            store.log_path(one.id),
            store.log_path(f"{one.id}-run2"),
            store.file_path(one.id, "samples.png"),
        ):
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(b"12345")
    return store


def left(store: Store) -> set[str]:
    """The beginnings of the names of all files in the folder."""
    files = [path.relative_to(store.folder) for path in store.folder.rglob("*") if path.is_file()]
    return {file.parts[1][:4] for file in files if len(file.parts) > 1}


def test_a_cell_goes_with_all_its_files(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["forget", "cc", "--yes"]) == 0
    assert left(store) == {"aa01", "bb02"}
    printed = capsys.readouterr().out
    assert (
        "cc03  large · fine-tune · points · seed 0: artifacts, cells, checkpoints, files, logs, " in printed
    )
    assert "1 cell\n" in printed


def test_a_pattern_means_titles(store: Store) -> None:
    assert call(["forget", "small *", "--yes", "--results", str(store.folder)]) == 0
    assert left(store) == {"cc03"}


def test_children_are_named_and_stay(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["forget", "aa01", "--yes"]) == 0
    assert left(store) == {"bb02", "cc03"}
    assert (
        "bb02  small · fine-tune · points · seed 0 started from its encoder, and stays"
        in capsys.readouterr().out
    )


def test_children_that_go_too_are_not_named(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["forget", "aa01", "bb02", "--yes"]) == 0
    assert "started from" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "remaining"), [("n\n", {"aa01", "bb02", "cc03"}), ("y\n", {"aa01", "bb02"})]
)
def test_it_asks(store: Store, monkeypatch: pytest.MonkeyPatch, answer: str, remaining: set[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    assert call(["forget", "cc03"]) == (0 if answer == "y\n" else 1)
    assert left(store) == remaining


def test_a_record_that_cannot_be_read_is_forgotten_by_its_id(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    store.record_path("cc03").write_text("{")
    assert call(["forget", "cc03", "--yes"]) == 0
    assert left(store) == {"aa01", "bb02"}
    assert "its record cannot be read" in capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    assert call(["forget", *arguments, "--yes"]) == code
    return capsys.readouterr().err


def test_nothing_is_called_so(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no cell in results has an id or a title like 'dd'" in refused(capsys, "dd", code=5)
    assert "like ''" in refused(capsys, "", code=5)
    assert left(store) == {"aa01", "bb02", "cc03"}


def test_a_folder_that_a_run_is_using(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with store.claim():
        assert "another run is using it" in refused(capsys, "cc03")
    assert left(store) == {"aa01", "bb02", "cc03"}


def test_nothing_outside_the_folder_goes(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "outside"
    (store.folder / "predictions").rename(outside)
    (store.folder / "predictions").symlink_to(outside)
    assert "is outside of" in refused(capsys, "cc03")
    assert (outside / "cc03.parquet").exists()
    assert store.record_path("cc03").exists()


def test_a_link_goes_and_what_it_points_to_stays(store: Store, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (store.folder / "files" / "cc03").rename(outside)
    (store.folder / "files" / "cc03").symlink_to(outside)
    assert call(["forget", "cc03", "--yes"]) == 0
    assert (outside / "samples.png").exists()
    assert not (store.folder / "files" / "cc03").is_symlink()
