"""Named entities of WNUT-17 are found as well as by Hugging Face's Trainer, and scored as seqeval does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.records.results import Results
from commandline import run_suite
from rivals import THREADS, compare, rival, rows

SEEDS = range(10)
"""More than elsewhere: F1 is spread by over a point, so three seeds differ by 1.5 points now and then."""

SUITE = """
defaults: {{batch_size: 16, precision: fp32, threads: {threads}}}
limits: {{val_examples: 10}}
matrix:
  backbone: minilm
  objective: {{name: fine-tune, epochs: 3, lr: 1e-4, schedule: linear, warmup: 0.1}}
  dataset: {{name: json, path: {data}, task: {{name: token-classification, dropout: 0.1}}}}
  seed: {seeds}
"""


@pytest.mark.slow
def test_entities_are_found_as_by_the_trainer(shared_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("accelerate", reason="needs accelerate, which Hugging Face's Trainer trains by")
    from seqeval.metrics import f1_score

    from bench_text.minilm import packaged

    data = shared_data / "wnut17"
    # As bench does, which puts sentences of like length into a batch.
    theirs, their_seconds = rival("hf_tagger.py", packaged(), data, "--by-length", seeds=SEEDS)
    records = run_suite(SUITE.format(data=data, seeds=[*SEEDS], threads=THREADS), tmp_path)
    compare("seconds", [record.seconds for record in records], their_seconds)
    ours = [100 * record.quality["test"]["f1"] for record in records]
    difference = compare("F1", ours, [100 * figures["f1"] for figures in theirs])
    assert difference == pytest.approx(0, abs=1.5)

    truth = [row["ner_tags"] for row in rows(data / "test.jsonl")]
    results = Results.of(tmp_path / "results" / "suite")
    for record, f1 in zip(records, ours, strict=True):
        kept = results.predictions(record)
        assert kept is not None
        found = [tags.split() for tags in kept["test"].statistics[""]["tags"]]
        assert f1 == 100 * f1_score(truth, found)
