"""Probes of a tiny world: a hard problem for a linear head, and what scikit-learn makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer, StandardScaler

import bench
import fakes
from bench.feeding.arrays import Array
from bench.planning.cell import Cell
from bench.trial.live import LiveRun

ORACLES = {"none": FunctionTransformer, "standardise": StandardScaler, "l2": Normalizer}
"""What scikit-learn calls the ways to normalise."""


def hard(objective: bench.Objective, splits: Sequence[bench.Split] = bench.SPLITS, **parts: object) -> Cell:
    """Five classes that a linear model of the features keeps apart, if not perfectly."""
    points = fakes.Points(classes=tuple("abcde"), size=400, spread=0.5, splits=splits)
    return fakes.cell(objective, backbone=fakes.Layers(width="32"), dataset=points, **parts)


def features(run: LiveRun, *splits: bench.Split) -> tuple[Array, Array]:
    """The pooled features of all examples of some splits, and their labels."""
    batches = [run.data(split).take(range(len(run.data(split)))) for split in splits]
    with torch.inference_mode():
        pooled = [run.encoder(batch.inputs).pooled.double().numpy() for batch in batches]
    return np.concatenate(pooled), np.concatenate([batch.targets["label"].numpy() for batch in batches])


def fitted(run: LiveRun, normalise: str, l2: float, *splits: bench.Split) -> Pipeline:
    """scikit-learn's solution under a penalty, of examples of some splits."""
    return solved(normalise, l2, *features(run, *splits))


def solved(normalise: str, l2: float, values: Array, labels: Array, tol: float = 1e-6) -> Pipeline:
    """scikit-learn's solution under a penalty."""
    model = LogisticRegression(C=1 / l2, max_iter=10_000, tol=tol)
    return make_pipeline(ORACLES[normalise](), model).fit(values, labels)


def losses_on_val(
    normalise: str, train: tuple[Array, Array], val: tuple[Array, Array], grid: Iterable[float]
) -> dict[float, float]:
    """The loss on val with each penalty of a grid, until it has doubled."""
    losses: dict[float, float] = {}
    for l2 in grid:
        losses[l2] = log_loss(val[1], solved(normalise, l2, *train, tol=1e-4).predict_proba(val[0]))
        if losses[l2] > 2 * min(losses.values()):
            break
    return losses
