"""Objective `bert`: masked tokens and next sentences at once, as BERT was trained (Devlin et al. 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bench import Figure, Objective, Run, hookimpl

from .masked_lm import MaskedLM
from .next_sentence import NextSentence

if TYPE_CHECKING:
    from bench.toolkit.learner import Learner


class Bert(MaskedLM):
    """The sum of two losses on the same pairs: what the hidden tokens were, and if the second text follows.

    Reports the figures of `masked-lm` and of `next-sentence`.
    """

    name: ClassVar[str] = "bert"
    figures: ClassVar[tuple[Figure, ...]] = tuple(dict.fromkeys((*MaskedLM.figures, *NextSentence.figures)))

    def indivisible(self) -> str | None:
        """Return that pairs are made of different texts of a batch."""
        return f"objective '{self.name}' pairs the texts of a batch with each other"

    def learner(self, run: Run) -> Learner:
        """Return pairing, masking, and both heads."""
        from .language_learners import BertLearner

        return BertLearner(run.encoder, self.probability, self.whole_words)


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [Bert]
