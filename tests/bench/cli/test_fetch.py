"""`bench fetch`: all that cells load is loaded once, and what cannot be had is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import fakes
from bench.cli.main import call
from served import served

PLUGIN = """
from pathlib import Path

import fakes
from bench import hookimpl
from bench.toolkit.heads import LinearHead


def note(text):
    with Path("loaded.txt").open("a") as file:
        file.write(f"{text}\\n")


class Remote(fakes.Layers):
    name = "remote"

    def load(self):
        note(f"weights of {self.width}")
        return super().load()


class RemotePoints(fakes.Points):
    name = "remote-points"
    task = "judged-points"
    missing: bool = False

    def load(self, split):
        note(split)
        if self.missing:
            raise ConnectionError(111, "no network")
        return super().load(split)


class JudgedPoints(fakes.PointClassification):
    name = "judged-points"

    def head(self, encoder, info):
        note(f"head of {encoder.spec.pooled}, {len(info.classes)} classes")
        return super().head(encoder, info)


@hookimpl
def bench_backbones():
    return [Remote]


@hookimpl
def bench_datasets():
    return [RemotePoints]


@hookimpl
def bench_tasks():
    return [JudgedPoints]
"""
SUITE = """
matrix:
  backbone: [remote/8, remote/4, {name: remote/8, from: low, as: pretrained}]
  objective: [{name: fine-tune, epochs: 1}, {name: fine-tune, epochs: 2}]
  dataset: remote-points
  seed: 0-2
  batch_size: [8, 16]
parents:
  low: {objective: fine-tune, dataset: remote-points}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("remote.py").write_text(PLUGIN)


def fetch(suite: str, *arguments: str) -> int:
    Path("suite.yaml").write_text(suite)
    plugins = ["--plugin", str(fakes.FILE), "--plugin", "remote.py"]
    return call(["fetch", "suite.yaml", *plugins, *arguments])


def loaded() -> list[str]:
    return Path("loaded.txt").read_text().splitlines()


def test_each_is_loaded_once_with_what_its_heads_need(capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch(SUITE) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "fetched  dataset remote-points",
        "fetched  backbone remote/8",
        "fetched  backbone remote/4",
    ]
    assert err == ""
    weights = [line for line in loaded() if line.startswith("weights")]
    assert weights == ["weights of 8", "weights of 4"]
    assert loaded()[:3] == ["train", "val", "test"]
    assert {line for line in loaded() if line.startswith("head")} == {
        "head of 8, 3 classes",
        "head of 4, 3 classes",
    }
    assert not Path("results").exists()


def test_only_what_is_selected_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch(SUITE, "--only", "remote/4 *") == 0
    assert "weights of 8" not in loaded()
    assert "weights of 4" in loaded()


def test_what_cannot_be_had_is_one_line_and_the_rest_comes(capsys: pytest.CaptureFixture[str]) -> None:
    suite = """
matrix:
  backbone: [{name: remote/8, fault: user}, {name: remote/4, fault: bug}, remote/2]
  objective: {name: distil, teacher: {name: remote/6, fault: user}}
  dataset: [remote-points, {name: remote-points, missing: true, as: absent}]
"""
    assert fetch(suite) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[:2] == ["fetched  dataset remote-points", "failed   dataset absent: no network"]
    assert lines[2:] == [
        "failed   backbone remote/8: layers: no weights; give a file",
        "failed   backbone remote/6: layers: no weights; give a file",
        lines[4],
        "fetched  backbone remote/2",
    ]
    assert lines[4].startswith(
        "failed   backbone remote/4: plugin 'remote' failed: ZeroDivisionError: a bug in the plugin"
    )
    assert err == ""


def test_files_come_first_as_the_suite_cannot_be_planned_without(capsys: pytest.CaptureFixture[str]) -> None:
    content = b"text,label\nyes,a\nno,b\n"
    files = {"/pets.csv": content}
    digest = hashlib.sha256(content).hexdigest()
    with served(files) as (address, _):
        suite = f"""
files:
  data/pets.csv: {{url: {address}/pets.csv, sha256: {digest}}}
matrix:
  backbone: remote/8
  objective: fine-tune
  dataset: {{name: csv, path: data, text: text}}
"""
        fetch(suite)
    assert Path("data/pets.csv").read_bytes() == content
    assert capsys.readouterr().out.startswith("fetched  file data/pets.csv\n")


def test_without_its_files_a_suite_is_not_planned(capsys: pytest.CaptureFixture[str]) -> None:
    with served({}) as (address, _):
        listed = f"{{url: {address}/pets.csv, sha256: {'a' * 64}}}"
        assert fetch(f"files: {{pets.csv: {listed}}}\nmatrix: {{dataset: nowhere}}") == 1
    out, err = capsys.readouterr()
    assert out.startswith("failed   file pets.csv: pets.csv: cannot be had")
    assert (out.count("\n"), err) == (1, "")
