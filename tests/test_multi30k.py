"""A small transformer learns to translate Multi30k as in a bare loop, and is scored as by sacrebleu."""

from __future__ import annotations

from pathlib import Path

import pytest
from sacrebleu.metrics import BLEU, CHRF

from bench.records.results import Results
from bench_text.bpe_vocabulary import bpe_tokenizer
from bench_text.vocabulary_files import read, save
from commandline import run_suite
from rivals import SEEDS, THREADS, compare, rival, rows

STEPS = 1500
SUITE = """
defaults: {{batch_size: 64, precision: fp32, threads: {threads}}}
limits: {{steps: {steps}, val_examples: 10}}
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
  seed: {seeds}
"""


@pytest.mark.slow
def test_multi30k_is_learned_as_by_a_bare_loop(shared_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for split, published in (("train", "train"), ("val", "val"), ("test", "test2016")):
        lines = (shared_data / "multi30k" / f"{published}.jsonl").read_text()
        (data / f"{split}.jsonl").write_text(lines)
    vocabulary = tmp_path / "vocabulary"
    save(bpe_tokenizer(read(data / "train.jsonl", ("en", "de")), 4000), vocabulary)

    theirs, their_seconds = rival("plain_translation.py", vocabulary, data, "--steps", STEPS)
    suite = SUITE.format(steps=STEPS, tokenizer=vocabulary, data=data, seeds=[*SEEDS], threads=THREADS)
    records = run_suite(suite, tmp_path)
    compare("seconds", [record.seconds for record in records], their_seconds)
    ours = [record.quality["test"] for record in records]
    difference = compare("BLEU", *([figures["bleu"] for figures in side] for side in (ours, theirs)))
    assert difference == pytest.approx(0, abs=1)

    references = [[row["de"] for row in rows(data / "test.jsonl")]]
    results = Results.of(tmp_path / "results" / "suite")
    for record, figures in zip(records, ours, strict=True):
        kept = results.predictions(record)
        assert kept is not None
        texts = kept["test"].statistics[""]["text"].tolist()
        assert figures["bleu"] == pytest.approx(BLEU().corpus_score(texts, references).score, abs=1e-6)
        assert figures["chrf"] == pytest.approx(CHRF().corpus_score(texts, references).score, abs=1e-6)
