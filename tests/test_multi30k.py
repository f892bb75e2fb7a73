"""A small transformer learns to translate Multi30k as in a bare loop, and is scored as by sacrebleu."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sacrebleu.metrics import BLEU, CHRF

from bench.records.predictions import read_predictions
from bench.records.store import Store
from bench_text.bpe_vocabulary import bpe_tokenizer
from bench_text.vocabulary_files import read, save
from commandline import bench

RIVAL = Path(__file__).parent / "speed" / "rivals" / "plain_translation.py"
STEPS = 1500
SUITE = """
defaults: {{batch_size: 64, precision: fp32}}
limits: {{steps: {steps}}}
matrix:
  backbone:
    - name: hf/bert
      config: {{hidden_size: 128, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 512}}
      tokenizer: {tokenizer}
  objective: {{name: fine-tune, lr: 2e-3, epochs: 20}}
  dataset:
    name: json
    train: {data}/train.jsonl
    val: {data}/val.jsonl
    test: {data}/test.jsonl
    text: en
    label: de
    task: {{name: translation, layers: 2, width: 128, label_smoothing: 0.1}}
"""


@pytest.mark.slow
def test_multi30k_is_learned_as_by_a_bare_loop(shared_data: Path, tmp_path: Path) -> None:
    for split, published in (("train", "train"), ("val", "val"), ("test", "test2016")):
        lines = (shared_data / "multi30k" / f"{published}.jsonl").read_text()
        (tmp_path / f"{split}.jsonl").write_text(lines)
    vocabulary = tmp_path / "vocabulary"
    save(bpe_tokenizer(read(tmp_path / "train.jsonl", ("en", "de")), 4000), vocabulary)
    suite = tmp_path / "suite.yaml"
    suite.write_text(SUITE.format(steps=STEPS, tokenizer=vocabulary, data=tmp_path))
    bench("run", suite, "--results", tmp_path / "results")
    store = Store(tmp_path / "results" / "suite")
    (record,) = store.records()
    own = record.quality["test"]
    command = [sys.executable, RIVAL, vocabulary, tmp_path, "--steps", f"{STEPS}"]
    theirs = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    print(own, theirs)
    assert own["bleu"] == pytest.approx(theirs["bleu"], abs=1)
    path = tmp_path / "results" / "suite" / "predictions" / f"{record.id}.parquet"
    texts = read_predictions(path)["test"].statistics[""]["text"].tolist()
    references = [[json.loads(line)["de"] for line in (tmp_path / "test.jsonl").open()]]
    assert own["bleu"] == pytest.approx(BLEU().corpus_score(texts, references).score, abs=1e-6)
    assert own["chrf"] == pytest.approx(CHRF().corpus_score(texts, references).score, abs=1e-6)
