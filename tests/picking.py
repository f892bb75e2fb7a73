"""Candidates of known truth to pick from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from bench import Column, Figure
from bench.reporting.picking.candidates import Candidates
from bench.reporting.picking.measured import Measured, of_runs
from bench.reporting.picking.values import Limit
from bench.reporting.standings import Replicates
from bench.statistics import Scores

Array = NDArray[Any]

ACCURACY = Figure("accuracy", better="higher")
LATENCY = Column(Figure("latency_ms", "ms", better="lower", headline=1), "latency_ms")
MEMORY = Column(Figure("peak_mib", "MiB", better="lower", headline=2), "train_peak_mib")

BACKBONES, OBJECTIVES = 4, 3
DIFFICULTY, OWN = 1.0, 0.35
"""How much examples differ for all networks alike, and for each row and each network on its own."""


def quality(split: str, right: Sequence[Array], kinds: Sequence[str] = ()) -> Measured:
    """Return an accuracy of rows by what each seed had right of each example, `[S, N]` a row."""
    means = [each.mean(axis=1, dtype=np.float64) for each in right]
    return Measured(
        Column(ACCURACY, f"{split} accuracy", split=split),
        [float(each.mean()) for each in means],
        [
            Scores(mean, each, kind)
            for mean, each, kind in zip(means, right, kinds or [""] * len(right), strict=True)
        ],
        overs=[f"{len(each)} seeds" for each in means],
        examples=right[0].shape[1],
    )


def rows(count: int) -> list[Replicates]:
    """Return rows named `row 00`, `row 01`, ..."""
    return [Replicates({"backbone": f"row {at:02d}"}, [], []) for at in range(count)]


@dataclass(frozen=True)
class World:
    """Candidates, the true quality of each, and whether it is truly within all limits."""

    candidates: Candidates
    quality: Array
    within: Array

    def of(self, title: str) -> int:
        """Return the position of a row."""
        return [row.title for row in self.candidates.rows].index(title)

    def regret(self, title: str, among: Sequence[int]) -> float:
        """Return by how many points a row is worse than the best of some rows."""
        return float(100 * (self.quality[[*among]].max() - self.quality[self.of(title)]))


def world(seed: int, *, seeds: int = 5, runs: int = 5, examples: int = 5000) -> World:
    """Return a suite of 4 backbones and 3 objectives: the dearer, the better, as far as chance allows.

    Seeds differ by 0.5 to 3 points, latencies by 1 to 5 % from run to run, and limits are anywhere.
    """
    rng = np.random.default_rng([2014, seed])
    count = BACKBONES * OBJECTIVES
    latency = np.repeat(np.exp(rng.uniform(np.log(2), np.log(60), BACKBONES)), OBJECTIVES)
    memory = 60 * latency**0.7 * np.tile(np.exp(rng.uniform(-1.2, 0, OBJECTIVES)), BACKBONES)
    truth = 0.8 + 0.04 * np.log(latency / 2) + np.repeat(rng.normal(0, 0.02, BACKBONES), OBJECTIVES)
    truth += np.tile(rng.normal(0, 0.03, OBJECTIVES), BACKBONES) + rng.normal(0, 0.01, count)
    truth = np.clip(truth, 0.5, 0.985)

    between = np.tile(np.exp(rng.uniform(np.log(0.02), np.log(0.12), OBJECTIVES)), BACKBONES)
    ability = norm.ppf(truth) * np.sqrt(between**2 + DIFFICULTY**2 + 2 * OWN**2)
    networks = ability[:, None] + between[:, None] * rng.normal(size=(count, seeds))
    kinds = [f"objective {at % OBJECTIVES}" for at in range(count)]

    def split(name: str) -> Measured:
        shared = rng.normal(0, DIFFICULTY, examples) + rng.normal(0, OWN, (count, 1, examples))
        right = networks[:, :, None] + shared + rng.normal(0, OWN, (count, seeds, examples)) > 0
        return quality(name, list(right.astype(np.float32)), kinds)

    def resource(column: Column, true: Array, noise: Array, repeats: int) -> tuple[Measured, Array]:
        factors = np.exp(noise[:, None, None] * rng.normal(size=(count, seeds, repeats)))
        found = of_runs(column, (true[:, None, None] * factors).tolist(), kinds)
        return found, true * np.exp(noise**2 / 2)

    test, val = split("test"), split("val")
    fast, true_latency = resource(LATENCY, latency, np.exp(rng.uniform(-4.6, -3.0, count)), runs)
    small, true_memory = resource(MEMORY, memory, np.exp(rng.uniform(-5.7, -4.1, count)), 1)
    limits = [
        (Limit("latency_ms", float(np.exp(rng.uniform(np.log(4), np.log(60)))), True), fast),
        (Limit("train_peak_mib", float(np.quantile(true_memory, rng.uniform(0.3, 1))), True), small),
        (Limit("accuracy", float(rng.uniform(0.75, 0.88)), False), test),
    ]
    within = np.ones(count, bool)
    for (limit, _), true in zip(limits, (true_latency, true_memory, truth), strict=True):
        within &= np.array([limit.allows(value) for value in true])
    return World(Candidates("data", rows(count), test, val, limits, [fast, small]), truth, within)
