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
from bench_text.hf import HuggingFace
from bench_text.postcards import Postcards
from bench_text.token_classification import WordTagging
from tiny_models import TINY

ORACLES = {"none": FunctionTransformer, "standardise": StandardScaler, "l2": Normalizer}
"""What scikit-learn calls the ways to normalise."""


def hard(objective: bench.Objective, splits: Sequence[bench.Split] = bench.SPLITS, **parts: object) -> Cell:
    """Five classes that a linear model of the features keeps apart, if not perfectly."""
    points = fakes.Points(classes=tuple("abcde"), size=400, spread=0.5, splits=splits)
    return fakes.cell(objective, backbone=fakes.Layers(width="32"), dataset=points, **parts)


def tagged(objective: bench.Objective, **parts: object) -> Cell:
    """Words to be tagged; some are cut off."""
    tiny = HuggingFace(model="bert", config=TINY, max_length=64)
    return fakes.cell(objective, **{"backbone": tiny, "dataset": Postcards(), "task": WordTagging(), **parts})


def features(run: LiveRun, *splits: bench.Split) -> tuple[Array, Array]:
    """The pooled features of all examples of some splits, and their labels."""
    batches = [whole(run, split) for split in splits]
    with torch.inference_mode():
        pooled = [run.encoder(batch.inputs).pooled.double().numpy() for batch in batches]
    return np.concatenate(pooled), np.concatenate([batch.targets["label"].numpy() for batch in batches])


def token_features(run: LiveRun, split: bench.Split) -> tuple[Array, Array, Array]:
    """The states of the first tokens of words, the tags of these words, and the states of all tokens."""
    batch = whole(run, split)
    with torch.inference_mode():
        features = run.encoder(batch.inputs)
    states = features.maps[-1].double().numpy()
    texts, words = np.nonzero(batch.targets["first"].numpy() >= 0)
    first, tags = (batch.targets[name].numpy()[texts, words] for name in ("first", "tags"))
    return states[texts, first], tags, states[features.mask.numpy()]


def of_first_tokens(run: LiveRun, split: bench.Split) -> Array:
    """What the head makes probable for each word, by its first token."""
    batch = whole(run, split)
    texts, words = np.nonzero(batch.targets["first"].numpy() >= 0)
    first = batch.targets["first"].numpy()[texts, words]
    return run.predict(batch)["logits"].softmax(dim=2).numpy()[texts, first]


def whole(run: LiveRun, split: bench.Split) -> bench.Batch:
    """All examples of a split."""
    return run.data(split).take(range(len(run.data(split))))


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
