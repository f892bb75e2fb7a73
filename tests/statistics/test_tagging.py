"""Named entities of WNUT-17 are found as well as by Hugging Face's Trainer, and scored as seqeval does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import mean

import pytest

from bench.records.results import Results
from commandline import run_suite

pytestmark = pytest.mark.slow

RIVAL = Path(__file__).resolve().parents[1] / "speed" / "rivals" / "hf_tagger.py"
SEEDS = (0, 1, 2)
SUITE = """
defaults: {{batch_size: 16, precision: fp32}}
matrix:
  backbone: minilm
  objective: {{name: fine-tune, epochs: 3, lr: 1e-4, schedule: linear, warmup: 0.1}}
  dataset: {{name: json, path: {data}, task: {{name: token-classification, dropout: 0.1}}}}
  seed: {seeds}
"""


def test_entities_are_found_as_well_as_by_the_trainer(shared_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("accelerate", reason="needs accelerate, which Hugging Face's Trainer trains by")
    from seqeval.metrics import f1_score

    from bench_text.minilm import packaged

    data = shared_data / "wnut17"
    records = run_suite(SUITE.format(data=data, seeds=[*SEEDS]), tmp_path)
    truth = [json.loads(line)["ner_tags"] for line in (data / "test.jsonl").read_text().splitlines()]
    results = Results.of(tmp_path / "results" / "suite")
    ours = []
    for record in records:
        kept = results.predictions(record)
        assert kept is not None
        found = [tags.split() for tags in kept["test"].statistics[""]["tags"]]
        ours.append(record.quality["test"]["f1"])
        assert ours[-1] == f1_score(truth, found)
    theirs = [rival(packaged(), data, seed) for seed in SEEDS]
    print(f"ours {ours}, the Trainer's {theirs}")
    assert mean(ours) >= mean(theirs) - 0.015


def rival(model: object, data: Path, seed: int) -> float:
    command = [sys.executable, RIVAL, model, data, "--seed", str(seed)]
    ran = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    return float(json.loads(ran.stdout.splitlines()[-1])["f1"])
