"""MiniLM learns SQuAD as in a bare loop of transformers, and is scored as torchmetrics scores it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torchmetrics.text

from bench.records.results import Results
from bench_text.minilm import packaged
from commandline import run_suite
from rivals import SEEDS, THREADS, compare, rival, rows

# Without AMX, bf16 is slower than fp32 on many processors: torch multiplies matrices at half the speed.
PRECISION = "fp32"
TRAIN, VAL = 2000, 10
SUITE = """
defaults: {{batch_size: 16, precision: {precision}, threads: {threads}}}
matrix:
  backbone: {{name: minilm, max_length: 384}}
  objective: {{name: fine-tune, lr: 1e-4, epochs: 2, schedule: linear}}
  dataset: {{name: json, path: {data}, task: question-answering}}
  seed: {seeds}
"""


@pytest.mark.slow
def test_squad_is_learned_as_by_a_bare_loop(shared_data: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    lines = (shared_data / "squad" / "train.jsonl").read_text().splitlines()
    chosen = random.Random(0).sample(lines, TRAIN + VAL)
    (data / "train.jsonl").write_text("\n".join(chosen[:TRAIN]))
    # Without questions for validation some of those for training would be taken.
    (data / "val.jsonl").write_text("\n".join(chosen[TRAIN:]))
    (data / "test.jsonl").write_text((shared_data / "squad" / "test.jsonl").read_text())

    bf16 = ["--bf16"] if PRECISION == "bf16" else []
    theirs, their_seconds = rival("plain_squad.py", packaged(), data, *bf16)
    suite = SUITE.format(precision=PRECISION, threads=THREADS, data=data, seeds=[*SEEDS])
    records = run_suite(suite, tmp_path)
    compare("seconds", [record.seconds for record in records], their_seconds)
    ours = [{name: 100 * value for name, value in record.quality["test"].items()} for record in records]
    for name in ("exact_match", "f1"):
        difference = compare(name, *([figures[name] for figures in side] for side in (ours, theirs)))
        assert difference == pytest.approx(0, abs=1.5)

    questions = rows(data / "test.jsonl")
    results = Results.of(tmp_path / "results" / "suite")
    for record, figures in zip(records, ours, strict=True):
        kept = results.predictions(record)
        assert kept is not None
        answers = kept["test"].statistics[""]["answer"].tolist()
        metric = torchmetrics.text.SQuAD()
        metric.update(
            [
                {"prediction_text": text, "id": row["id"]}
                for text, row in zip(answers, questions, strict=True)
            ],
            [{"answers": row["answers"], "id": row["id"]} for row in questions],
        )
        official = {name: float(value) for name, value in metric.compute().items()}
        assert {name: figures[name] for name in official} == pytest.approx(official, abs=0.01)
