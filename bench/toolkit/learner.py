"""The live side of self-supervised objectives: a loss that needs no labels, and its held-out value."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..api import Batch, Encoder, Run, Split, Step, Steps
from .training import evaluating

HELD_OUT_SEED = 0
"""Noise and masks of held-out figures are the same for every cell, so that they differ in the model alone."""


class Learner(nn.Module):
    """What stands on an encoder while it learns without labels: a decoder, a language head, a projector.

    The encoder is handed to each call and must not be kept as a submodule: it is trained, saved and
    counted on its own. Random draws come from `random`, a CPU generator.
    """

    @abstractmethod
    def loss(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Tensor:
        """Return the mean loss of a training batch, a scalar; targets of the batch are not looked at."""
        raise NotImplementedError

    @abstractmethod
    def scores(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Mapping[str, Tensor]:
        """Return figures of quality by name, each a vector with one value per example, token, pair, ...

        The held-out figure is the mean over all values of a split.
        """
        raise NotImplementedError

    def summary(self, means: Mapping[str, float]) -> Mapping[str, float]:
        """Return what is reported, given the means: by default the means themselves."""
        return means


def held_out(run: Run, split: Split, learner: Learner) -> Steps[Mapping[str, float]]:
    """Return a learner's figures over a split, without gradients and with the same noise for every cell."""
    sums: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    random = torch.Generator().manual_seed(HELD_OUT_SEED)
    with run.phase("evaluate"), evaluating(run.encoder, learner):
        for batch in run.data(split).batches():
            with torch.inference_mode(), run.autocast():
                scores = learner.scores(run.encoder, batch, random)
            for name, values in scores.items():
                sums[name] += float(values.double().sum())
                counts[name] += values.numel()
            yield Step(batch.size)
    return learner.summary({name: sums[name] / counts[name] for name in sums if counts[name]})
