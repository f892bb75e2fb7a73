"""Objective `next-sentence`: does one text follow another? (Devlin et al. 2018, BERT)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bench import Figure, Objective, Run, hookimpl
from bench.toolkit.self_supervised import SelfSupervised

if TYPE_CHECKING:
    from bench.toolkit.learner import Learner


class NextSentence(SelfSupervised):
    """Next-sentence prediction: half of the pairs are one text cut in two, half are from two documents.

    It needs running text: several sentences an example. Reports loss and accuracy over the pairs.
    """

    name: ClassVar[str] = "next-sentence"
    modality: ClassVar[str] = "text"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("nsp_accuracy", doc="share of the pairs that are classified right", better="higher"),
        Figure("nsp_loss", "nats", "cross-entropy over the pairs", "lower"),
        *SelfSupervised.figures,
    )

    def indivisible(self) -> str | None:
        """Return that pairs are made of different texts of a batch."""
        return f"objective '{self.name}' pairs the texts of a batch with each other"

    def learner(self, run: Run) -> Learner:
        """Return pairing and head."""
        from .language_learners import PairLearner

        return PairLearner(run.encoder)


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [NextSentence]
