"""Names that mean something to a shell, a terminal, a spreadsheet, a page or a path: nothing comes of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

import fakes
from bench.cli.main import call
from bench.errors import SuiteError
from bench.planning import load_suite
from bench.registry import Registry
from bench.toolkit.rendering.text import CONTROL
from commandline import run_here

NAMES = [
    *("../../outside", "/tmp/outside", "..", ".", "~", "~root/x", "a/../../b", "..\\..\\outside", "C:\\x"),
    *("$(touch ran)", "`touch ran`", "; touch ran", "| touch ran", "&& touch ran #", "-rf", "--help", "*"),
    *("\x1b]0;title\x07", "\x1b[31mred", "a\rb", "a\nb", "a\u202eb", "\x9b2J", "a\x00b", "\u2028", "\x7f"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;", "</td>", "[a](javascript:b)"),
    *("=cmd|' /c calc'!A1", "+1+1", "@SUM(A1)", "-2+3", "a|b", 'a"b', "a,b", "a'b; DROP TABLE cells"),
    *("[bold]x[/bold]", "[/]", "{x}", "%s%n", "{{x}}", "nul", "CON", " ", "\u200b", "\u00e9", "e\u0301"),
    *("\U0001f600", "x" * 200),
]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be in a folder in which nothing is to run, and whose surroundings stay as they are."""
    here = tmp_path / "a" / "b"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    yield
    assert not [*tmp_path.rglob("ran"), *tmp_path.rglob("outside*"), *Path("/tmp").glob("outside*")]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


PRINTABLE = [name for name in NAMES if name.isprintable() and name.strip() == name]
"""Those that a label of a suite may be."""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return fakes.registry(only=False)


def _written(data: Any) -> str:
    return str(yaml.safe_dump(data, default_flow_style=True, width=100_000)).removesuffix("...\n").strip()


def _suite(dataset: str, more: str = "") -> str:
    objective = "{name: fine-tune, epochs: 1}"
    return f"{more}\nmatrix: {{backbone: layers/8, objective: {objective}, dataset: {dataset}}}"


def _harmless(text: str) -> bool:
    return not CONTROL.search(text)


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_s_name_is_one_folder_s_or_refused(name: str, registry: Registry) -> None:
    Path("suite.yaml").write_text(_suite("points", f"name: {_written(name)}"))
    folder, problems = Path("results/refused"), ()
    try:
        folder = Path("results") / load_suite(Path("suite.yaml"), registry).name
    except SuiteError as error:
        problems = error.problems
    assert folder.resolve().parent == Path("results").resolve()
    assert len(problems) <= 1


def test_labels_and_classes_may_be_called_anything(capsys: pytest.CaptureFixture[str]) -> None:
    labelled = [{"name": "points", "as": name, "size": 20 + at} for at, name in enumerate(PRINTABLE[::6])]
    every = {"name": "points", "as": "all", "size": 200, "classes": NAMES}
    records = run_here(_suite(_written([*labelled, every])), Path.cwd(), "--plugin", fakes.FILE)
    assert {record.status for record in records} == {"done"}
    printed = capsys.readouterr()
    assert _harmless(printed.out + printed.err)
    for written in ("terminal", "html"):
        command = ["report", "results/suite", "--confusion", "--plugin", str(fakes.FILE)]
        assert call([*command, "--format", written]) == 0
        printed = capsys.readouterr()
        assert _harmless(printed.out + printed.err)
    assert "<script>alert" not in printed.out


def test_folders_and_labels_of_data_may_be_called_anything(capsys: pytest.CaptureFixture[str]) -> None:
    with Path("table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text", "label"], *(["words", name] for name in NAMES * 2)])
    for number, name in enumerate(NAMES):
        folder = Path("images/train") / name
        if "/" not in name and "\x00" not in name and name not in (".", ".."):
            folder.mkdir(parents=True)
            Image.new("RGB", (4, 4), (number, 0, 0)).save(folder / "a.png")
    for dataset in (
        "{name: csv, train: table.csv, task: text-classification}",
        "{name: imagefolder, path: images}",
    ):
        Path("suite.yaml").write_text(
            f"matrix: {{backbone: cifar/resnet20, objective: fine-tune, dataset: {dataset}}}"
        )
        for arguments in ([], ["--json"]):
            assert call(["plan", "suite.yaml", *arguments]) in (0, 2)
            printed = capsys.readouterr()
            assert _harmless(printed.out + printed.err)


@pytest.mark.parametrize("name", NAMES)
def test_arguments_may_be_anything(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("report", "compare", "plan"):
        assert call([command, "--", name]) == 2
        printed = capsys.readouterr()
        assert _harmless(printed.out + printed.err)
        assert "Traceback" not in printed.err
