"""`bench plan` and `bench schema` as they are called."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli.main import call
from bench.planning.suite import KEYS

SUITE = """
matrix:
  backbone: [cifar/resnet20, {name: cifar/resnet20, from: low, as: pretrained}, minilm]
  objective: fine-tune
  dataset: {name: digits, classes: [5, 6, 7]}
  seed: [0, 1]
parents:
  low: {objective: fine-tune, dataset: {name: digits, classes: [0, 1]}}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("suite.yaml").write_text(SUITE)


def test_cells_are_printed_in_order_with_parents_and_skipped_ones(capsys: pytest.CaptureFixture[str]) -> None:
    reason = "minilm reads text, image-classification needs image"
    assert call(["plan", "suite.yaml"]) == 0
    out, err = capsys.readouterr()
    lines = [re.sub(r"[0-9a-f]{16}", "ID", line) for line in out.splitlines()]
    assert lines == [
        "1  ID  cifar/resnet20 · fine-tune · digits (classes=0,1) · seed 0",
        "2  ID  cifar/resnet20 · fine-tune · digits (classes=0,1) · seed 1",
        "3  ID  cifar/resnet20 · fine-tune · digits · seed 0",
        "4  ID  cifar/resnet20 · fine-tune · digits · seed 1",
        "5  ID  pretrained · fine-tune · digits · seed 0  (parent ID)",
        "6  ID  pretrained · fine-tune · digits · seed 1  (parent ID)",
        *(f"skipped  minilm · fine-tune · digits · seed {seed}: {reason}" for seed in (0, 1)),
        "6 cells, 2 of them parents; 2 skipped",
    ]
    assert err == ""


def test_a_program_may_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        call(["plan", "suite.yaml", "--json", "--only", "pretrained", "--seed", "4", "--set", "steps=3"]) == 0
    )
    plan = json.loads(capsys.readouterr().out)
    parent, child = plan["cells"]
    assert (parent["parent"], child["parent"]) == (None, parent["id"])
    assert child["labels"] == {"backbone": "pretrained", "objective": "fine-tune", "dataset": "digits"}
    assert (plan["suite"], child["seed"], plan["skipped"]) == ("suite", 4, [])


def test_every_mistake_in_one_go(capsys: pytest.CaptureFixture[str]) -> None:
    Path("suite.yaml").write_text(SUITE.replace("cifar/", "cifer/").replace("seed:", "sed:"))
    assert call(["plan", "suite.yaml", "--limit", "steps=0"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.removeprefix("bench: ") for line in err.splitlines()] == [
        "--limit steps: must be a whole number of at least 1, not 0",
        "suite.yaml:3:14: matrix.backbone[0]: unknown backbone 'cifer'; did you mean 'cifar'?",
        "suite.yaml:3:37: matrix.backbone[1].name: unknown backbone 'cifer'; did you mean 'cifar'?",
        "suite.yaml:6:3: matrix.sed: unknown key; did you mean 'seed'?",
    ]


def test_nothing_selected(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["plan", "suite.yaml", "--only", "vgg"]) == 5
    assert "no cell of suite.yaml matches 'vgg'" in capsys.readouterr().err


def test_a_plugin_file_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(
        "from bench import Objective, hookimpl\n"
        "class Nothing(Objective):\n"
        "    name = 'nothing'\n"
        "    def train(self, run): yield from ()\n"
        "@hookimpl\n"
        "def bench_objectives(): return [Nothing]\n"
    )
    assert call(["plan", "suite.yaml", "--set", "matrix.objective=nothing", "--plugin", "mine.py"]) == 0
    assert "cifar/resnet20 · nothing · digits" in capsys.readouterr().out
    assert call(["schema", "--plugin", "mine.py"]) == 0
    assert '"const": "nothing"' in capsys.readouterr().out


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["schema"]) == 0
    assert set(json.loads(capsys.readouterr().out)["properties"]) == set(KEYS)


@pytest.mark.parametrize("command", [["plan", "suite.yaml"], ["schema"], ["--help"]])
def test_planning_imports_nothing_heavy(command: list[str]) -> None:
    code = f"import sys; from bench.cli.main import call; sys.exit(call({command}))"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "bench" in imported
    heavy = {
        "torch",
        "torchvision",
        "transformers",
        "timm",
        "datasets",
        "pandas",
        "numpy",
        "sklearn",
        "pyarrow",
    }
    assert not imported & heavy


def test_it_is_noted_how_much_of_test_is_in_train(capsys: pytest.CaptureFixture[str]) -> None:
    for split, texts in {"train": "abc", "test": "bcd"}.items():
        rows = "".join(f"{text} text,{number % 2}\n" for number, text in enumerate(texts))
        Path(f"{split}.csv").write_text(f"text,label\n{rows}")
    Path("suite.yaml").write_text(
        "matrix: {backbone: bert-mini, objective: fine-tune, dataset: {name: csv, path: .}, seed: [0, 1]}"
    )
    note = "csv: test: 2 of 3 examples are also in train"
    assert call(["plan", "suite.yaml"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"note  {note}",
        "2 cells, 0 of them parents; 0 skipped",
    ]
    assert call(["plan", "suite.yaml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == [note]
