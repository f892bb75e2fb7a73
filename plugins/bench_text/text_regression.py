"""The task `text-regression`: a number for a text, or for a pair of texts, such as how alike they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

import bench
from bench.toolkit.regression import SPEARMAN, Regression

if TYPE_CHECKING:
    from torch import nn


class TextRegression(Regression):
    """A number for a text, or for a pair of texts.

    A pair is read as one input, in which each text sees the other (`pairs: cross`); or each text becomes a
    vector by itself (`pairs: bi`; Reimers and Gurevych 2019), and the number comes of their cosine. As it is,
    a backbone's prediction for a pair is the cosine. In training this becomes a weighted one, which begins as
    the plain cosine: 0 stands for the lowest number in train, 1 for the highest.
    """

    name: ClassVar[str] = "text-regression"
    modality: ClassVar[str] = "text"
    primary: ClassVar[bench.Figure] = SPEARMAN
    columns: ClassVar[Mapping[str, Sequence[str | tuple[str, ...]]]] = {
        "text": (("sentence1", "sentence2"), ("text1", "text2"), "sentence"),
        "label": ("score", "similarity_score", "similarity"),
    }

    pairs: Literal["cross", "bi"] = Field(
        "cross", description="a pair of texts is one input (cross), or each text becomes a vector (bi)"
    )

    def prepare(self, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        """Return the tokens, with `pairs: bi` of both texts end to end, and the number.

        Raises UnsuitableError for what should be a pair of texts and is none.
        """
        if self.pairs == "cross":
            return bench.Sample(processor(example.input), self.targets(example))
        from bench.toolkit.windows import end_to_end

        if not isinstance(example.input, tuple):
            raise bench.UnsuitableError("is one text, and `pairs: bi` compares two; name two columns")
        return bench.Sample(end_to_end([*map(processor, example.input)]), self.targets(example))

    def collate(self, samples: Sequence[bench.Sample]) -> bench.Batch:
        """Return inputs `ids` and `mask` (and `types`), `[N, L]`, and numbers `[N]`; with `bi`, `[2N, L]`."""
        import torch

        from bench.toolkit.texts import collate_tokens
        from bench.toolkit.windows import collate_windows

        numbers = [float(sample.targets["number"]) for sample in samples if sample.targets]
        targets = {"number": torch.tensor(numbers)} if numbers else {}
        if self.pairs == "cross":
            return bench.Batch(collate_tokens(samples), targets, range(len(samples)))
        inputs, rows = collate_windows(samples)
        return bench.Batch(inputs, targets, range(len(samples)), rows=rows)

    def head(self, encoder: bench.Encoder, info: bench.DatasetInfo) -> nn.Module:
        """Return a linear layer over the pooled features, or with `bi` a weighted cosine."""
        return super().head(encoder, info) if self.pairs == "cross" else self._cosine(encoder)

    def native_head(self, encoder: bench.Encoder, info: bench.DatasetInfo) -> nn.Module | None:
        """Return what a cross-encoder brings along; with `bi` the cosine, which any encoder has."""
        return super().native_head(encoder, info) if self.pairs == "cross" else self._cosine(encoder)

    def _cosine(self, encoder: bench.Encoder) -> nn.Module:
        from .cosine_head import CosineHead

        return CosineHead(encoder.spec.pooled)


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [TextRegression]
