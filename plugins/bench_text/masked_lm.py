"""Objective `masked-lm`: guess hidden tokens from those on both sides (Devlin et al. 2018, BERT)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from bench import Figure, Objective, Run, hookimpl
from bench.toolkit.self_supervised import SelfSupervised

if TYPE_CHECKING:
    from bench.toolkit.learner import Learner


class MaskedLM(SelfSupervised):
    """Masked language modelling: of the tokens chosen 80 % are masked, 10 % exchanged, 10 % left as they are.

    Reports loss (nats), accuracy and perplexity over the tokens chosen.
    """

    name: ClassVar[str] = "masked-lm"
    modality: ClassVar[str] = "text"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("masked_loss", "nats", "cross-entropy over the tokens chosen", "lower"),
        Figure("masked_accuracy", doc="share of the tokens chosen that are guessed right", better="higher"),
        Figure("perplexity", doc="exponential of the loss", better="lower"),
        *SelfSupervised.figures,
    )

    probability: float = Field(0.15, gt=0, lt=1, description="share of the tokens that are to be guessed")
    whole_words: bool = Field(False, description="choose all tokens of a word, or none")

    def learner(self, run: Run) -> Learner:
        """Return masking and head."""
        from .language_learners import MaskedLearner

        return MaskedLearner(run.encoder, self.probability, self.whole_words)


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [MaskedLM]
