"""Hostile and broken input at the command line: one line each, whatever it is, and nothing hangs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.cli.main import LONGEST_LINE, MOST_LINES, call
from bench.toolkit.rendering.text import CONTROL

DEEP = "[" * 100_000 + "]" * 100_000
LONG = "x" * 5000
ESCAPE = "\\e]0;title\\a\\e[31m"

DATASETS = {
    "{name: csv, train: ~nobody-of-this-name/a.csv}": "no such file",
    "{name: imagefolder, path: ~nobody-of-this-name/a}": "no such folder",
    "{name: text, path: ~nobody-of-this-name/a}": "no such file",
    f"{{name: csv, train: {LONG}}}": "file name too long",
    f"{{name: imagefolder, path: {LONG}}}": "file name too long",
    f"{{name: beir, path: {LONG}}}": "file name too long",
    "{name: json, train: deep.json}": "nested too deeply",
    "{name: json, train: deep.jsonl}": "nested too deeply",
    "{name: squad, train: deep.json}": "cannot be read as json",
    "{name: csv, train: pipe.csv}": "no such file",
    "{name: csv, train: pictures.csv, task: image-classification}": "not a regular file",
    "{name: text, path: pipes}": "holds no file",
    f'{{name: csv, train: "{ESCAPE}.csv"}}': "no file matches",
    "{name: csv, train: columns.csv}": "no column",
    "{name: csv, train: wide.csv}": "no column",
}


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deep.json").write_text(DEEP)
    Path("deep.jsonl").write_text(f'{{"text": "a", "label": {DEEP}}}\n')
    os.mkfifo("pipe.csv")
    Path("pipes").mkdir()
    os.mkfifo("pipes/a.txt")
    Path("pictures.csv").write_text("image,label\npipe.csv,a\npipe.csv,b\n")
    Path("columns.csv").write_text("te\x1b]0;title\x07xt,la\u202ebel\na,b\n")
    Path("wide.csv").write_text(",".join(f"c{at}" for at in range(20_000)) + "\n" + "1," * 19_999 + "1\n")


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("dataset", DATASETS)
def test_data_that_cannot_be_read_are_one_line(dataset: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("suite.yaml").write_text(
        f"matrix:\n  backbone: cifar/resnet20\n  objective: fine-tune\n  dataset: {dataset}\n"
    )
    assert call(["plan", "suite.yaml"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bench: suite.yaml:4:")
    assert DATASETS[dataset] in line
    assert len(line) < LONGEST_LINE
    assert not CONTROL.search(line)


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize(
    "arguments",
    [["plan", LONG], ["report", LONG], ["plan", "suite.yaml", "--plugin", LONG], ["predict", LONG, "a.png"]],
)
def test_paths_that_are_too_long_are_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) < LONGEST_LINE + len("bench: ")


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize("where", ["top", "plugin"])
def test_of_many_unknown_keys_some_are_named(where: str, capsys: pytest.CaptureFixture[str]) -> None:
    many = [f"key{at}: 1" for at in range(20_000)]
    dataset = "digits" if where == "top" else f"{{name: digits, {', '.join(many)}}}"
    top = "\n".join(many) if where == "top" else ""
    Path("suite.yaml").write_text(
        f"matrix: {{backbone: cifar/resnet20, objective: fine-tune, dataset: {dataset}}}\n{top}"
    )
    assert call(["plan", "suite.yaml"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 21
    assert any(line.endswith("19,980 more keys are unknown") for line in lines)


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize(
    "text",
    ["a: " + "x" * 10_000_000, "#" * 10_000_000, "seed: [" + ", ".join(map(str, range(1_000_000))) + "]"],
    ids=["value", "comment", "seeds"],
)
def test_a_suite_that_is_too_large_is_not_read(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("suite.yaml").write_text(text)
    assert call(["plan", "suite.yaml"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bench: suite.yaml: is larger than 500,000 bytes; ")


@pytest.mark.usefixtures("_here")
def test_of_many_problems_some_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    seeds = ", ".join(["x"] * 1000)
    Path("suite.yaml").write_text(
        f"matrix: {{backbone: cifar/resnet20, objective: fine-tune, dataset: digits, seed: [{seeds}]}}\n"
    )
    assert call(["plan", "suite.yaml"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "bench: and 950 more"


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60)


@pytest.mark.usefixtures("_here")
@given(names, names)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
def test_no_name_controls_the_terminal(capsys: pytest.CaptureFixture[str], suite: str, other: str) -> None:
    code = call(["plan", f"./{suite}", "--set", f"{other}=3", "--only", other])
    printed = capsys.readouterr()
    assert code in (2, 3, 5)
    assert "Traceback" not in printed.err
    assert not CONTROL.search(printed.out + printed.err)
