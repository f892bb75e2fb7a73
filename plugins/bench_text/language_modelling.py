"""The task `language-modelling`: how well causal language models foresee running text."""

from __future__ import annotations

from typing import ClassVar

import bench
from bench.toolkit.language_modelling import LanguageModelling


class TextLanguageModelling(LanguageModelling):
    """Perplexity and bits per byte of a causal language model with its own head, on each token of a text.

    It is for models as they are (`evaluate`), and for training them on with that head (`fine-tune`). The
    objective `causal-lm` is another thing: it trains any causal encoder, on texts of any task, with a head
    that is new and thrown away, and its perplexity counts within what fits into the encoder at once.
    """

    name: ClassVar[str] = "language-modelling"
    modality: ClassVar[str] = "text"


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [TextLanguageModelling]
