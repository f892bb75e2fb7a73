"""The task `summarisation`: what a text says, in short, judged by ROUGE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

import bench
from bench.toolkit.additive import Additive
from bench.toolkit.rouge import rouge
from bench.toolkit.text_to_text import TextToText, references_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMES = {"rouge1": "words", "rouge2": "pairs of words", "rougeL": "the longest common subsequence of words"}


class Summarisation(TextToText):
    """What a text says, in short; learnt from the first reference, judged by the nearest."""

    name: ClassVar[str] = "summarisation"
    figures: ClassVar[tuple[bench.Figure, ...]] = tuple(
        bench.Figure(
            name,
            doc=f"F1 of {what}, mean over examples, as rouge-score's; stemmed, unless `stemmed` says no",
            better="higher",
            mean_of=name.lower(),
        )
        for name, what in NAMES.items()
    )
    primary: ClassVar[bench.Figure] = figures[-1]
    columns: ClassVar[Mapping[str, Sequence[str | tuple[str, ...]]]] = {
        "text": ("document", "article", "text"),
        "label": ("references", "summary", "highlights", "target"),
    }

    stemmed: bool = Field(True, description="compare words by their (English) stems")
    nearest: Literal["rouge1", "rouge2", "rougeL"] | None = Field(
        None,
        description="the figure that says which of several references is the nearest; by default each figure "
        "takes the one for which it is highest itself, as rouge-score's `score_multi`",
    )

    def metrics(self, info: bench.DatasetInfo) -> bench.Metrics:
        """Return ROUGE-1, ROUGE-2 and ROUGE-L."""
        return Rouge(stemmed=self.stemmed, nearest=self.nearest)


class Rouge(Additive):
    """Means of each example's F1 of words, pairs of words and longest common subsequences."""

    def __init__(self, *, stemmed: bool, nearest: str | None) -> None:
        self.score = partial(rouge, stemmed=stemmed, nearest=nearest)

    def statistics(self, predictions: bench.Predictions, targets: bench.Targets) -> Mapping[str, Any]:
        """Return the three figures of each example, float64 `[N]`, and the texts."""
        import torch

        texts = predictions["text"]
        found = [
            self.score(text, references)
            for text, references in zip(texts, references_of(targets), strict=True)
        ]
        figures = {
            name.lower(): torch.tensor([each[name] for each in found], dtype=torch.float64) for name in NAMES
        }
        return {"text": texts, **figures}

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return the three means."""
        return {name: float(sums[name.lower()]) / count for name in NAMES} if count else {}


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [Summarisation]
