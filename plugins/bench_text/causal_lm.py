"""Objective `causal-lm`: guess each token from those before it (Radford et al. 2019, GPT-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from bench import Figure, Objective, Run, hookimpl
from bench.toolkit.self_supervised import SelfSupervised

if TYPE_CHECKING:
    from bench.toolkit.learner import Learner


class CausalLM(SelfSupervised):
    """Causal language modelling, for encoders in which no token sees later ones.

    Reports loss (nats), accuracy and perplexity over all tokens but the first of each text.
    """

    name: ClassVar[str] = "causal-lm"
    partner: ClassVar[Mapping[str, Any]] = {
        "name": "hf",
        "model": "gpt2",
        "config": {"n_embd": 32, "n_layer": 2, "n_head": 2},
    }
    modality: ClassVar[str] = "text"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("loss", "nats", "cross-entropy over each next token", "lower"),
        Figure("accuracy", doc="share of the next tokens that are guessed right", better="higher"),
        Figure("perplexity", doc="exponential of the loss", better="lower"),
        *SelfSupervised.figures,
    )

    def learner(self, run: Run) -> Learner:
        """Return what compares states with the table of tokens."""
        from .language_learners import CausalLearner

        return CausalLearner(run.encoder)


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [CausalLM]
