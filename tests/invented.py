"""Results folders of which the truth is known: what `bench run` would have left, without running anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from bench.planning.identity import digest
from bench.records.contributions import Contributions
from bench.records.predictions import write_predictions
from bench.records.record import Record
from bench.records.store import Store

FIGURES = {
    "quality": {"accuracy": {"better": "higher", "mean_of": "correct"}},
    "throughput": {"samples_per_s": {"unit": "samples/s", "better": "higher", "headline": 1}},
    "memory": {
        "peak_mib": {"unit": "MiB", "better": "lower", "headline": 4},
        "parameters": {"headline": 5},
    },
}

ALIKE = 0.5
"""How much of what makes an example hard is the same for all networks."""


@dataclass(frozen=True)
class Truth:
    """A row: its names, its true accuracy and how far seeds are from it, its speed and how far runs are.

    spread: standard deviation of the accuracy over seeds. noise: that of a run's speed, as a share of it.
    """

    backbone: str
    objective: str = "fine-tune"
    accuracy: float = 0.9
    spread: float = 0.005
    speed: float = 100.0
    noise: float = 0.02
    peak_mib: float = 100.0
    dataset: str = "digits"
    fingerprint: str = "1"
    fields: dict[str, Any] = field(default_factory=dict)
    """Of its records, in place of the usual ones."""


@dataclass
class World:
    """Where rows are measured: the test examples that all share, some harder than others, and luck."""

    random: np.random.Generator
    examples: int = 1000
    seeds: int = 3
    runs: int = 1
    machine: str = "aaa"
    difficulty: Any = None

    def __post_init__(self) -> None:
        if self.difficulty is None:
            self.difficulty = self.random.normal(size=self.examples)

    def write(self, folder: Path, truths: Sequence[Truth], *, started: str = "2030-01-01") -> Path:
        """Write the results of some rows; return their folder."""
        store = Store(folder)
        for truth in truths:
            for seed in range(self.seeds):
                correct = self.correct(truth)
                record = self.record(truth, seed, float(correct.mean()), started)
                store.put(record)
                kept = Contributions("test", np.arange(self.examples), {"": {"correct": correct}})
                write_predictions(store.predictions_path(record.id), {"test": kept})
        return folder

    def correct(self, truth: Truth) -> Any:
        """Return which examples a new seed of a row gets right."""
        reached = truth.accuracy + truth.spread * self.random.normal()
        bar = NormalDist().inv_cdf(float(np.clip(reached, 1e-6, 1 - 1e-6)))
        own = self.random.normal(size=self.examples)
        return np.sqrt(ALIKE) * self.difficulty + np.sqrt(1 - ALIKE) * own < bar

    def record(self, truth: Truth, seed: int, accuracy: float, started: str) -> Record:
        """Return the record of a cell."""
        labels = {"backbone": truth.backbone, "objective": truth.objective, "dataset": truth.dataset}
        identity = {
            "format": 3,
            **{kind: {"name": labels[kind]} for kind in ("backbone", "objective")},
            "dataset": {"name": "digits", "fingerprint": truth.fingerprint},
            "task": {"name": "image-classification"},
            "seed": seed,
        }
        first, *further = self._throughput(truth)
        given = {
            "id": digest(identity)[:16],
            "suite": "invented",
            "status": "done",
            "row": digest([labels, {**identity, "seed": None}])[:16],
            "labels": labels,
            "seed": seed,
            "primary": "accuracy",
            "figures": FIGURES,
            "quality": {"test": {"accuracy": accuracy}},
            "resources": {
                **first,
                "memory": {"train": {"peak_mib": truth.peak_mib}, "": {"parameters": 1000}},
            },
            "repeats": further,
            "effective": {"device": "cpu", "device_name": "a CPU", "precision": "fp32", "batch_size": 32},
            "cell": {"seed": seed, "parent": None, "task": {"name": "image-classification"}},
            "data": {"classes": 10, "examples": {"test": self.examples}},
            "identity": identity,
            "machine": {"id": self.machine, "processor": "A"},
            "started": f"{started}T00:00:00+00:00",
            "seconds": 1.0,
        }
        return Record.model_validate({**given, **truth.fields})

    def _throughput(self, truth: Truth) -> Iterator[dict[str, Any]]:
        for _ in range(self.runs):
            speed = truth.speed * float(np.exp(truth.noise * self.random.normal()))
            yield {"throughput": {"train": {"samples_per_s": speed}}}


def world(seed: int = 0, **changes: Any) -> World:
    """Return a world of its own luck."""
    return World(np.random.default_rng(seed), **changes)
