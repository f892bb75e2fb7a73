"""The task `translation`: a text in another language, judged by BLEU and chrF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import bench
from bench.toolkit.additive import Additive
from bench.toolkit.bleu import bleu, bleu_counts
from bench.toolkit.chrf import chrf, chrf_counts
from bench.toolkit.text_to_text import TextToText, references_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNTS = ("lengths", "word_matches", "word_ngrams")
"""Statistics of an example that BLEU is made of."""


class Translation(TextToText):
    """What a text says, in another language; learnt from the first reference, judged by all."""

    name: ClassVar[str] = "translation"
    primary: ClassVar[bench.Figure] = bench.Figure(
        "bleu",
        doc="BLEU of the whole split, 0 to 100, as sacrebleu's case:mixed|eff:no|tok:13a|smooth:exp",
        better="higher",
    )
    figures: ClassVar[tuple[bench.Figure, ...]] = (
        primary,
        bench.Figure(
            "chrf",
            doc="chrF of the whole split, 0 to 100, as sacrebleu's case:mixed|eff:yes|nc:6|nw:0|space:no",
            better="higher",
        ),
    )
    columns: ClassVar[Mapping[str, Sequence[str | tuple[str, ...]]]] = {
        "text": ("source", "src", "en"),
        "label": ("translation", "target", "tgt", "de"),
    }

    def metrics(self, info: bench.DatasetInfo) -> bench.Metrics:
        """Return BLEU and chrF."""
        return Overlap()


class Overlap(Additive):
    """Matches of n-grams, of words for BLEU and of characters for chrF."""

    def statistics(self, predictions: bench.Predictions, targets: bench.Targets) -> Mapping[str, Any]:
        """Return the counts, int64 `[N, 2]`, `[N, 4]` twice and `[N, 3, 6]`, and the texts."""
        import torch

        texts = predictions["text"]
        pairs = list(zip(texts, references_of(targets), strict=True))
        counted = zip(*(bleu_counts(*pair) for pair in pairs), strict=True)
        return {
            "text": texts,
            **{name: torch.tensor(rows) for name, rows in zip(COUNTS, counted, strict=True)},
            "character_ngrams": torch.tensor([chrf_counts(*pair) for pair in pairs]),
        }

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return both figures of sums of the counts."""
        return {
            "bleu": bleu(*(sums[name].tolist() for name in COUNTS)),
            "chrf": chrf(*sums["character_ngrams"].tolist()),
        }


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [Translation]
