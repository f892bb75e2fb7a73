"""MiniLM learns SQuAD as in a bare loop of transformers, and is scored as torchmetrics scores it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import torchmetrics.text

from bench.records.predictions import read_predictions
from bench.records.store import Store
from bench_text.minilm import packaged
from commandline import bench

RIVAL = Path(__file__).parent / "speed" / "rivals" / "plain_squad.py"
SUITE = """
defaults: {{batch_size: 16, precision: fp32}}
matrix:
  backbone: {{name: minilm, max_length: 384}}
  objective: {{name: fine-tune, lr: 1e-4, epochs: 2, schedule: linear}}
  dataset: {{name: json, path: {data}, task: question-answering}}
"""


@pytest.mark.slow
def test_squad_is_learned_as_by_a_bare_loop(shared_data: Path, tmp_path: Path) -> None:
    lines = (shared_data / "squad" / "train.jsonl").read_text().splitlines()
    chosen = random.Random(0).sample(lines, 2000)
    (tmp_path / "train.jsonl").write_text("\n".join(chosen))
    (tmp_path / "test.jsonl").write_text((shared_data / "squad" / "test.jsonl").read_text())
    suite = tmp_path / "suite.yaml"
    suite.write_text(SUITE.format(data=tmp_path))
    bench("run", suite, "--results", tmp_path / "results")
    store = Store(tmp_path / "results" / "suite")
    (record,) = store.records()
    own = {name: 100 * value for name, value in record.quality["test"].items()}
    theirs = json.loads(
        subprocess.run(
            [sys.executable, RIVAL, str(packaged()), tmp_path], capture_output=True, check=True, text=True
        ).stdout
    )
    print(own, theirs)
    assert own["exact_match"] == pytest.approx(theirs["exact_match"], abs=1.5)
    assert own["f1"] == pytest.approx(theirs["f1"], abs=1.5)
    path = tmp_path / "results" / "suite" / "predictions" / f"{record.id}.parquet"
    answers = read_predictions(path)["test"].statistics[""]["answer"]
    metric = torchmetrics.text.SQuAD()
    rows = [json.loads(line) for line in (tmp_path / "test.jsonl").open()]
    metric.update(
        [
            {"prediction_text": text, "id": row["id"]}
            for text, row in zip(answers.tolist(), rows, strict=True)
        ],
        [{"answers": row["answers"], "id": row["id"]} for row in rows],
    )
    official = {name: float(value) for name, value in metric.compute().items()}
    assert own["exact_match"] == pytest.approx(official["exact_match"], abs=0.01)
    assert own["f1"] == pytest.approx(official["f1"], abs=0.01)
