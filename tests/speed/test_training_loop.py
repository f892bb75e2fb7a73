"""What the driver costs: `fine-tune` against a bare loop over tensors that are in memory already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import ClassVar

import pytest
import torch
from pydantic import PrivateAttr
from torch import Tensor, nn

import bench
from bench.execution.job import Job
from bench.execution.trial import run_trial
from bench.measuring.allocator import keep_freed_memory
from bench.planning import Cell, load_suite, make_plan
from bench.registry import Registry, load
from pairs import Pairs

BATCH, STEPS, WARM_UP = 32, 40, 8
LR = 1e-3

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
        {{name: fine-tune, epochs: 1, lr: {lr}, optimizer: {optimizer},
         weight_decay: 0, schedule: constant, warmup: 0, clip: null}}
"""


class Stamps(bench.Meter):
    """Keeps the moment at which each training step was done."""

    name: ClassVar[str] = "stamps"
    table: ClassVar[str] = "stamps"
    columns: ClassVar[dict[str, str]] = {}
    _moments: list[float] = PrivateAttr(default_factory=list)

    def open(self, run: bench.Run) -> bench.Gauge:
        return StampsGauge(self._moments)

    @property
    def moments(self) -> list[float]:
        return self._moments


class StampsGauge(bench.Gauge):
    def __init__(self, moments: list[float]) -> None:
        self.moments = moments

    def step(self, step: bench.Step) -> None:
        self.moments.append(perf_counter())


def rate(moments: list[float]) -> float:
    """Examples per second once the first steps are over."""
    return BATCH * (STEPS - WARM_UP) / (moments[STEPS - 1] - moments[WARM_UP - 1])


def cell(text: str, folder: Path, registry: Registry, **names: object) -> Cell:
    suite = folder / "suite.yaml"
    suite.write_text(
        (SUITE + text).format(steps=STEPS, examples=BATCH * STEPS, lr=LR, folder=folder, **names)
    )
    [only] = make_plan(load_suite(suite, registry), registry).cells
    return only


def driven(wanted: Cell, folder: Path, registry: Registry) -> float:
    """Examples per second of a cell, with all its meters at work."""
    stamps = Stamps()
    job = Job(
        wanted,
        "speed",
        folder / "results",
        folder / "cache",
        keep_encoder=False,
        failures=(),
        git={},
        checkpoint_seconds=inf,
    )
    record = run_trial(job, [*registry.meters(), stamps], lambda progress: None)
    assert record.status == "done", record.reason
    assert record.effective["precision"] == "bf16"
    return rate(stamps.moments)


def bare(model: nn.Module, optimiser: torch.optim.Optimizer, batches: Iterator[tuple[Tensor, ...]]) -> float:
    """Examples per second of a loop that does nothing but train."""
    model.train()
    moments = []
    for *inputs, labels in batches:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(*inputs), labels)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        moments.append(perf_counter())
    return rate(moments)


def bare_resnet(_: int) -> float:
    from torchvision.models import resnet18

    model = resnet18(num_classes=10).to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(model.parameters(), LR, momentum=0.9, nesterov=True, fused=True)
    images = torch.randn(BATCH * STEPS, 3, 64, 64).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(10, (BATCH * STEPS,))
    return bare(model, optimiser, zip(images.split(BATCH), labels.split(BATCH), strict=True))


class BareBert(nn.Module):
    """MiniLM, the mean over its tokens, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import BertModel

        from bench_text.minilm import packaged

        self.bert = BertModel.from_pretrained(packaged(), add_pooling_layer=False)
        self.linear = nn.Linear(384, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(states.dtype)
        return self.linear((states * weights).sum(1) / weights.sum(1))


def bare_bert(_: int) -> float:
    model = BareBert()
    optimiser = torch.optim.AdamW(model.parameters(), LR, weight_decay=0.0, fused=True)
    ids = torch.randint(1000, 30000, (BATCH * STEPS, 32))
    labels = torch.randint(2, (BATCH * STEPS,))
    parts = (ids.split(BATCH), torch.ones_like(ids).split(BATCH), labels.split(BATCH))
    return bare(model, optimiser, zip(*parts, strict=True))


def long_texts(sst2: Path, file: Path) -> None:
    """Write sentences end to end, so that each text has 32 tokens after it is cut."""
    lines = (sst2 / "train.csv").read_text().splitlines()[1 : 4 * BATCH * STEPS + 1]
    words = " ".join(line.rpartition(",")[0].strip('"') for line in lines).split()
    rows = (
        f'"{" ".join(words[start : start + 40])}",{start % 80 // 40}' for start in range(0, len(words), 40)
    )
    file.write_text("\n".join(["text,label", *rows]).replace('""', ""))


@pytest.mark.parametrize(
    ("text", "optimizer", "rival"),
    [(CIFAR, "sgd", bare_resnet), (TEXTS, "adamw", bare_bert)],
    ids=["resnet18", "minilm"],
)
def test_the_driver_costs_less_than_two_percent(
    text: str, optimizer: str, rival: Callable[[int], float], shared_data: Path, tmp_path: Path, pairs: Pairs
) -> None:
    keep_freed_memory()  # as in each cell's own process; the rival has it here too
    registry = load([])
    long_texts(shared_data / "sst2", tmp_path / "texts.csv")
    wanted = cell(text, tmp_path, registry, optimizer=optimizer, data=shared_data)
    driven(wanted, tmp_path, registry)  # the data are prepared here
    rounds = pairs.run(lambda number: driven(wanted, tmp_path, registry), rival, rounds=11)
    ratio = median(rounds.ours) / median(rounds.rivals)
    pairs.note(ratio=ratio, samples_per_s=rounds.ours, rival_samples_per_s=rounds.rivals)
    assert ratio >= 0.98
