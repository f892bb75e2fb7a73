"""`bench plan` and `bench schema` as they are called."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fakes
from bench.cli.main import call
from bench.planning.suite import KEYS
from bench.records.store import Store

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
        "data  digits (classes=0,1): 218 train, 71 val, 71 test; 2 classes: 0, 1",
        "data  digits: 327 train, 108 val, 107 test; 3 classes: 5, 6, 7",
        "6 cells, 2 of them parents; 2 skipped",
        "results/suite: 0 done, 0 failed, 6 to do",
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
    assert capsys.readouterr().out.splitlines()[-4:-1] == [
        "data  csv: 3 train, 3 test; 2 classes: 0, 1",
        f"note  {note}",
        "2 cells, 0 of them parents; 0 skipped",
    ]
    assert call(["plan", "suite.yaml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == [note]


def test_what_the_results_folder_has_of_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    Path("suite.yaml").write_text(
        "matrix: {backbone: [layers/4, layers/8], objective: fine-tune, dataset: points, seed: [0, 1, 2]}"
    )
    plan = ["plan", "suite.yaml", "--plugin", fakes.__file__]
    assert call([*plan, "--json"]) == 0
    ids = [cell["id"] for cell in json.loads(capsys.readouterr().out)["cells"]]
    run = ["run", "suite.yaml", "--executor", "inline", "--plugin", fakes.__file__]
    assert call([*run, "--only", "layers/4*seed [01]"]) == 0
    capsys.readouterr()
    store = Store(Path("results/suite"))
    took = [record.seconds for record in store.records()]
    store.put(
        store.records()[0].model_copy(update={"id": ids[4], "status": "failed", "reason": "no\nmemory"})
    )
    store.record_path(ids[5]).write_text("{")
    assert call(plan) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [re.sub(r"^(\d)  [0-9a-f]{16}", r"\1  ID", line) for line in lines] == [
        "1  ID  done    layers/4 · fine-tune · points · seed 0",
        "2  ID  done    layers/4 · fine-tune · points · seed 1",
        "3  ID  to do   layers/4 · fine-tune · points · seed 2",
        "4  ID  to do   layers/8 · fine-tune · points · seed 0",
        "5  ID  failed  layers/8 · fine-tune · points · seed 1",
        "6  ID  to do   layers/8 · fine-tune · points · seed 2",
        "data  points: how large it is shows when it is read",
        "failed  layers/8 · fine-tune · points · seed 1: no memory",
        "6 cells, 0 of them parents; 0 skipped",
        lines[-1],
    ]
    found = re.fullmatch(
        r"results/suite: 2 done, 1 failed, 3 to do; other seeds of 1 of these took (\d+) s", lines[-1]
    )
    assert found
    assert min(took) - 1 <= float(found[1]) <= max(took) + 1
    assert call([*plan, "--json", "--results", "elsewhere"]) == 0
    assert json.loads(capsys.readouterr().out)["results"] == {
        "folder": "elsewhere/suite", "done": 0, "failed": 0, "to do": 6, "failures": {},
    }  # fmt: skip
    assert call([*plan, "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [cell["status"] for cell in made["cells"]] == ["done", "done", "to do", "to do", "failed", "to do"]
    assert made["results"]["failures"] == {ids[4]: "no memory"}
    assert made["datasets"] == {"points": None}


def test_sizes_and_classes_are_those_of_the_data_and_many_are_not_all_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for split, count in {"train": 1_600, "dev": 16}.items():
        rows = "".join(f"text {number},class {number % 8}\n" for number in range(count))
        Path(f"{split}.csv").write_text(f"text,label\n{rows}")
    Path("suite.yaml").write_text(
        "matrix: {backbone: bert-mini, objective: fine-tune, dataset: {name: csv, path: ., as: mine}}"
    )
    assert call(["plan", "suite.yaml"]) == 0
    names = ", ".join(f"class {number}" for number in range(6))
    assert f"\ndata  mine: 1,600 train, 16 val; 8 classes: {names}, ...\n" in capsys.readouterr().out
    assert call(["plan", "suite.yaml", "--json"]) == 0
    classes = [f"class {number}" for number in range(8)]
    assert json.loads(capsys.readouterr().out)["datasets"] == {
        "mine": {"sizes": {"train": 1600, "val": 16}, "classes": classes}
    }


def test_models_files_and_heads_that_there_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    Path("suite.yaml").write_text(
        "matrix:\n"
        "  backbone: [resnet18, timm/resnet81, torchvision/resnt18, hf/./mine,\n"
        "    {name: cifar/resnet20, weights: mine.pt}]\n"
        "  objective: evaluate\n"
        "  dataset: digits\n"
    )
    assert call(["plan", "suite.yaml"]) == 2
    assert [line.removeprefix("bench: ") for line in capsys.readouterr().err.splitlines()] == [
        "suite.yaml:2:14: matrix.backbone[0]: unknown backbone 'resnet18'; "
        "did you mean 'timm/resnet18' or 'torchvision/resnet18'?",
        "suite.yaml:2:24: matrix.backbone[1]: timm/resnet81: there is no model 'resnet81'; "
        "did you mean 'resnet18'?",
        "suite.yaml:2:39: matrix.backbone[2]: torchvision/resnt18: there is no classification model "
        "'resnt18'; did you mean 'resnet18'?",
        "suite.yaml:2:60: matrix.backbone[3]: hf/./mine: no such folder",
        "suite.yaml:3:37: matrix.backbone[4].weights: mine.pt: no such weights file",
    ]
    assert call(["plan", "suite.yaml", "--set", "matrix.backbone=cifar/resnet20"]) == 0
    assert (
        "skipped  cifar/resnet20 · evaluate · digits · seed 0: "
        "cifar/resnet20 has no head that knows class '0' and 9 more of digits\n"
    ) in capsys.readouterr().out
