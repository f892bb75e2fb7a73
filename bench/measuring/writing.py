"""What is measured of a head that writes its predictions token by token (`toolkit.generation.WritingHead`).

How long it would go on by itself says nothing about its speed, and an untrained one goes on the longest.
So it writes a fixed number of tokens where it is timed, and reads the reference where arithmetic is counted.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from ..api import Batch, Run

TOKENS = 32
"""Tokens of a text that is timed, or as many as it may have."""


def of_length(run: Run, tokens: int) -> AbstractContextManager[int | None]:
    """Return a context in which predictions that are written have so many tokens; gives the number."""
    from ..toolkit.generation import writing_head

    head = writing_head(run)
    return nullcontext() if head is None else head.exactly(tokens)


def forward_pass(run: Run, batch: Batch) -> bool:
    """Predict of a batch; what would be written is read instead (teacher forcing). Tells whether it was."""
    import torch

    from ..toolkit.generation import writing_head
    from ..toolkit.training import evaluating

    if writing_head(run) is None:
        run.predict(batch)
        return False
    with torch.inference_mode(), evaluating(*run.modules()), run.autocast():
        run.loss(batch)
    return True
