"""Files that do harm where they are trusted: each is refused in one line, runs nothing and ends soon."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import fakes
from bench.cli.main import call
from bench.errors import DataError, WeightsError
from bench.toolkit.images import read_image
from bench.toolkit.rendering.text import CONTROL
from bench.toolkit.sounds import read_sound
from bench.toolkit.time_bound import time_bound
from bench.toolkit.weights import read_weights
from commandline import run_here
from malicious import DATA, PICTURES, SOUNDS, TOUCH, WEIGHTS, acting_parquet

HANGS = 120
"""Seconds; what takes so long does not end."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be in a folder in which nothing is to run, and whose surroundings stay as they are."""
    here = tmp_path / "a" / "b"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    Path("script.py").write_text(TOUCH)
    with time_bound(HANGS, "it hangs"):
        yield
    assert not [*tmp_path.rglob("ran"), *Path("/tmp").glob("ran")]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def demand_one_line(text: str) -> None:
    assert len(text.splitlines()) == 1
    assert not CONTROL.search(text)
    assert "weights_only" not in text
    assert len(text) < 2000


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_are_refused(name: str, tmp_path: Path) -> None:
    path = WEIGHTS[name](Path())
    with pytest.raises(WeightsError) as caught:
        read_weights(path)
    demand_one_line(str(caught.value))


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Path("bin/gs").absolute()  # what Pillow would hand PostScript to
    program.parent.mkdir()
    program.write_text("#!/bin/sh\ntouch ran\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    path = Path(name)
    path.write_bytes(PICTURES[name])
    with pytest.raises(DataError) as caught:
        read_image(path, name)
    demand_one_line(str(caught.value))


@pytest.mark.parametrize("name", SOUNDS)
def test_sounds_are_refused(name: str) -> None:
    pytest.importorskip("soundfile")
    Path(name).write_bytes(SOUNDS[name])
    with pytest.raises(DataError) as caught:
        read_sound(Path(name), name)
    demand_one_line(str(caught.value))


def plan(dataset: str) -> int:
    text = f"matrix:\n  backbone: cifar/resnet20\n  objective: fine-tune\n  dataset: {dataset}\n"
    Path("suite.yaml").write_text(text)
    return call(["plan", "suite.yaml"])


@pytest.mark.parametrize("name", DATA)
def test_data_are_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan(DATA[name](Path())) == 2
    demand_one_line(capsys.readouterr().err)


def test_a_column_whose_type_is_a_pickle_is_a_column_of_text() -> None:
    assert plan(acting_parquet(Path())) == 0


SUITE = "matrix: {backbone: layers/8, objective: {name: fine-tune, epochs: 1}, dataset: points}"


def test_a_results_folder_of_pipes_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    (record,) = run_here(SUITE, Path.cwd(), "--plugin", fakes.FILE)
    folder = Path("results/suite")
    os.mkfifo(folder / "cells" / "0123456789abcdef.json")
    for path in (folder / "suite.yaml", *folder.glob("predictions/*"), *folder.glob("logs/*")):
        path.unlink()
        os.mkfifo(path)
    capsys.readouterr()
    assert call(["report", str(folder), "--confusion", "--html", "--plugin", str(fakes.FILE)]) == 0
    printed = capsys.readouterr()
    assert "0123456789abcdef.json: passed over, not a record: not a regular file\n" in printed.err
    assert record.labels["backbone"] in printed.out
