"""`bench weights export`, on the tiny world: what is written, and what is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

import fakes
import trials
from bench.cli.main import call
from bench.records.record import Record
from bench.records.store import Store
from bench.registry import load


def trained(results: Path, file: str | None = None, **changes: object) -> Record:
    """A finished cell of the suite `tiny`, with its encoder and head."""
    registry = load([fakes.FILE])
    values = {
        "backbone": registry.create("backbone", {"name": "layers", "width": "4"}),
        "dataset": registry.create("dataset", {"name": "points", "size": 12, "file": file}),
        "task": registry.create("task", {"name": "point-classification"}),
    }
    cell = fakes.cell(registry.create("objective", {"name": "fine-tune", "epochs": 1}), **values)
    record = trials.done(cell, results.parent, keep_encoder=True).model_copy(update=changes)
    Store(results.parent / "results").put(record)
    (results.parent / "results").rename(results / "tiny")
    return record


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "all"
    folder.mkdir()
    return folder


def export(*arguments: object) -> int:
    words = ["weights", "export", *map(str, arguments), "--results", "all", "--plugin", str(fakes.FILE)]
    return call(words)


def test_a_stranger_s_encoder_is_written_as_it_is(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(results)
    assert export(record.id[:6], "--to", "mine") == 0
    printed = capsys.readouterr().out
    written = load_file("mine/model.safetensors")
    kept = load_file(Store(results / "tiny").artifact_path(record.id))
    assert written.keys() == kept.keys()
    assert all(torch.equal(written[name], kept[name]) for name in kept)
    assert "mine: README.md, bench, head.safetensors, model.safetensors" in printed
    assert "state = load_file('mine/model.safetensors')" in printed
    assert len({path.stat().st_mode for path in Path("mine").rglob("*") if path.is_file()}) == 1
    _, front, page = Path("mine/README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(front)["tags"] == ["transferbench", "fine-tune", "point"]
    assert record.id in page
    assert "state = load_file('mine/model.safetensors')" in page


def test_the_head_goes_along_with_the_names_of_its_classes(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = trained(results)
    assert export(record.id, "--to", "mine") == 0
    assert "classes = ['a', 'b', 'c']" in capsys.readouterr().out
    head = load_file("mine/head.safetensors")
    kept = load_file(Store(results / "tiny").head_path(record.id))
    assert torch.equal(head["weight"], kept["head.linear.weight"])  # nothing was standardised
    assert "in order: a, b, c." in Path("mine/README.md").read_text()


def test_an_encoder_whose_head_was_not_kept(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(results)
    Store(results / "tiny").head_path(record.id).unlink()
    assert export(record.id, "--to", "mine") == 0
    assert "The encoder alone: no head was kept of it" in capsys.readouterr().out
    assert not Path("mine/head.safetensors").exists()


def test_no_path_of_the_data_goes_along(results: Path) -> None:
    secret = results / "secret"
    secret.touch()
    record = trained(results, file=str(secret))
    known = {name: value for name, value in record.identity["dataset"].items() if name != "file"}
    Store(results / "tiny").put(record.model_copy(update={"identity": {**record.identity, "dataset": known}}))
    assert export(record.id, "--to", "mine") == 0
    written = [path.read_bytes() for path in Path("mine").rglob("*") if path.is_file()]
    assert not any(str(secret).encode() in content for content in written)


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line with which an export is refused."""
    assert export(*arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


def test_an_unknown_cell(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no record of a cell 'abc' in all" in refused(capsys, "abc", "--to", "mine")


def test_a_cell_that_is_not_done(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(results, status="failed", reason="it was dark")
    line = refused(capsys, record.id, "--to", "mine")
    assert f"cell {record.id} is not done but failed: it was dark" in line


def test_an_encoder_that_was_not_kept(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(results)
    Store(results / "tiny").artifact_path(record.id).unlink()
    line = refused(capsys, record.id, "--to", "mine")
    assert "the encoder was not kept; run the cell again with --keep-encoders" in line


@pytest.mark.parametrize("change", ["truncated", "other"])
def test_an_encoder_that_does_not_fit(results: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    record = trained(results)
    path = Store(results / "tiny").artifact_path(record.id)
    if change == "truncated":
        path.write_bytes(path.read_bytes()[:50])
    else:
        spec = {**record.cell, "backbone": {**record.cell["backbone"], "width": "5"}}
        Store(results / "tiny").put(record.model_copy(update={"cell": spec}))
    assert f"{path}: " in refused(capsys, record.id, "--to", "mine")
    assert not Path("mine").exists()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_place_that_is_taken(results: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    record = trained(results)
    place = Path("mine") if kind == "file" else Path("mine/notes.txt")
    place.parent.mkdir(exist_ok=True)
    place.write_text("of value")
    line = refused(capsys, record.id, "--to", "mine")
    assert "mine: is there already, and not an empty folder" in line
    assert place.read_text() == "of value"


def test_a_plugin_that_is_not_installed(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(results)
    assert call(["weights", "export", record.id, "--to", "mine", "--results", "all"]) == 2
    assert "no backbone 'layers' is installed" in capsys.readouterr().err


def test_a_setting_that_is_no_more(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(results)
    spec = {**record.cell, "objective": {**record.cell["objective"], "epochs": "many"}}
    Store(results / "tiny").put(record.model_copy(update={"cell": spec}))
    line = refused(capsys, record.id, "--to", "mine")
    assert "was made by another version of its plugins (epochs: " in line


def test_a_folder_that_cannot_be_made(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(results)
    Path("file").touch()
    assert "file/mine: cannot be written: " in refused(capsys, record.id, "--to", "file/mine")
