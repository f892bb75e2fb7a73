"""What the driver costs: `fine-tune` against a bare loop over tensors that are in memory already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import pytest

from bench.records.store import Store
from pairs import Pairs, command

HERE = Path(__file__).parent
BATCH, STEPS, WARM_UP = 32, 100, 8
KEEPING = {"MALLOC_TRIM_THRESHOLD_": "2147483647", "MALLOC_MMAP_MAX_": "0"}
"""What a cell's own process asks of the C library (`bench/measuring/allocator.py`), from outside."""

CIFAR = """
    backbone: {{name: torchvision/resnet18, weights: none, image_size: 64}}
    dataset: {{name: parquet, image: image, train: {data}/cifar10/data/train-00000-of-00003.parquet}}
"""
TEXTS = """
    backbone: {{name: minilm, max_length: 32}}
    dataset: {{name: csv, text: text, train: {folder}/texts.csv}}
"""
SUITE = """
limits: {{steps: {steps}, train_examples: {examples}, val_examples: 32}}
matrix:
    objective:
        {{name: fine-tune, epochs: 1, lr: 1e-3, optimizer: {optimizer},
         weight_decay: 0, schedule: constant, warmup: 0, clip: null}}
"""


def long_texts(sst2: Path, file: Path) -> None:
    """Write sentences end to end, so that each text has 32 tokens after it is cut."""
    lines = (sst2 / "train.csv").read_text().splitlines()[1:]
    words = " ".join(line.rpartition(",")[0].strip('"') for line in lines).split()
    rows = (
        f'"{" ".join(words[start : start + 40])}",{start % 80 // 40}' for start in range(0, len(words), 40)
    )
    file.write_text("\n".join(["text,label", *rows]).replace('""', ""))


@pytest.mark.parametrize(
    ("text", "optimizer", "model"),
    [(CIFAR, "sgd", "resnet18"), (TEXTS, "adamw", "minilm")],
    ids=["resnet18", "minilm"],
)
def test_the_driver_costs_less_than_two_percent(
    text: str, optimizer: str, model: str, shared_data: Path, tmp_path: Path, pairs: Pairs
) -> None:
    long_texts(shared_data / "sst2", tmp_path / "texts.csv")
    suite = tmp_path / "suite.yaml"
    names = {"optimizer": optimizer, "data": shared_data, "folder": tmp_path}
    suite.write_text((SUITE + text).format(steps=STEPS, examples=BATCH * STEPS, **names))

    def ours(number: int) -> float:
        results = tmp_path / f"results-{number}"
        command("-m", "bench", "run", suite, "--results", results, "--plugin", HERE / "stamps.py")
        [record] = Store(results / suite.stem).records()
        assert record.effective["precision"] == "bf16"
        return float(record.resources["stamps"][""]["samples_per_s"])

    def rival(number: int) -> tuple[float, float]:
        options = ("--batch", BATCH, "--steps", STEPS, "--warm-up", WARM_UP)

        def rate(env: Mapping[str, str]) -> float:
            ran = command(HERE / "rivals" / "bare.py", model, *options, env=env)
            return float(json.loads(ran.output.splitlines()[-1])["samples_per_s"])

        return rate({}), rate(KEEPING)

    rounds = pairs.run(ours, rival)
    plain, keeping = map(list, zip(*rounds.rivals, strict=True))
    ratio = median(rounds.ours) / median(plain)
    alike = median(rounds.ours) / median(keeping)
    pairs.note(ratio=ratio, samples_per_s=rounds.ours, rival_samples_per_s=plain)
    pairs.note(ratio_to_rival_keeping_memory=alike, rival_samples_per_s_keeping_memory=keeping)
    assert ratio >= 0.98
