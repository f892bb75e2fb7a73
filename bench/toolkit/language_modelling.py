"""What authors of language-modelling tasks reuse: windows over a text, their likelihood, and its figures.

The task's value is used when planning, so torch is imported inside the verbs only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import Field

from ..api import (
    Backbone,
    Batch,
    DatasetInfo,
    Encoder,
    Example,
    Features,
    Figure,
    Metrics,
    Predictions,
    Processor,
    Sample,
    Targets,
    Task,
)
from ..errors import UnsuitableError
from .additive import Additive
from .likelihood import ASKED, LANGUAGE_MODEL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from .alignment import Window
    from .texts import TextProcessor

NEED = "is no causal language model, which has a head that tells the next token"


class LanguageModelling(Task):
    """How well a causal language model foresees a text, token by token.

    A text is cut into windows of as many tokens as the backbone takes. Windows overlap by `stride` tokens,
    and each token is judged once: in the first window that it is in, so with at least as many tokens before
    it, once there are so many. The very first token of a text is judged only if the tokenizer puts one of
    its own before it; the bytes of one that is not judged do not count. What the tokenizer adds is never
    judged.
    """

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "perplexity",
            doc="exponential of the loss, each token judged once, in windows that overlap by `stride` "
            "tokens, by default half a window",
            better="lower",
        ),
        Figure("bits_per_byte", "bits", "the loss of a text in bits, by its bytes in UTF-8", "lower"),
        Figure("loss", "nats", "mean cross-entropy of a token, given those before it", "lower"),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "document"
    reads: ClassVar[frozenset[str]] = frozenset({"maps"})
    by_class: ClassVar[bool] = False
    asks: ClassVar[frozenset[str]] = frozenset({ASKED})

    stride: int | None = Field(
        None, ge=1, description="tokens that windows share with the one before; by default half a window"
    )

    def skip(self, backbone: Backbone) -> str | None:
        """Return that a backbone is no causal language model, where that is known."""
        roles = backbone.native_roles()
        return None if roles is None or LANGUAGE_MODEL in roles else f"{backbone.spelled()} {NEED}"

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the windows; targets are `asked`, and the `bytes` of the tokens that are judged.

        Raises UnsuitableError for a text without tokens, and a stride that leaves no room.
        """
        import numpy as np

        from .likelihood import ask
        from .windows import pack

        text, tokens = cast(str, example.input), cast("TextProcessor", processor)
        stride = tokens.max_length // 2 if self.stride is None else self.stride
        if stride > tokens.max_length - MARGIN:
            raise UnsuitableError(
                f"a stride of {stride} leaves no room in windows of {tokens.max_length} tokens"
            )
        windows = tokens.windows(text, stride)
        if not len(windows[0].ids):
            raise UnsuitableError("the tokenizer makes no token of the text")
        judged = [_judged(window, stride if number else 0) for number, window in enumerate(windows)]
        asked = np.concatenate([ask(window.ids, own) for window, own in zip(windows, judged, strict=True)])
        scored = text[_unjudged(windows[0], judged[0]) :]
        size = np.array(len(scored.encode(errors="surrogatepass")), dtype=np.int64)
        return Sample(pack(windows, types=tokens.types), {ASKED: asked, "bytes": size})

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return windows as rows, `[R, L]`; targets are `asked`, `[N, longest]`, and `bytes`, `[N]`."""
        import torch

        from .likelihood import collate_asked
        from .windows import collate_windows

        inputs, rows = collate_windows(samples)
        sizes = torch.tensor([int(sample.targets["bytes"]) for sample in samples])
        asked = collate_asked([cast("NDArray[Any]", sample.targets[ASKED]) for sample in samples])
        return Batch(inputs, {ASKED: asked, "bytes": sizes}, range(len(samples)), rows=rows)

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return the encoder's own head, to learn on. Raises UnsuitableError if it has none."""
        from .likelihood import language_model

        head = language_model(encoder)
        if head is None:
            raise UnsuitableError(f"the backbone {NEED}")
        return head

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the encoder's own head; None if it is no causal language model."""
        from .likelihood import language_model

        return language_model(encoder)

    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the mean cross-entropy of the tokens that are judged."""
        from .likelihood import NOTHING, log_likelihoods

        count = (targets[ASKED] != NOTHING).sum().clamp(min=1)
        loss: Tensor = -log_likelihoods(head, features).sum() / count
        return loss

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return how surprising each text is: `surprisal` (nats), float64 `[N]`, of so many `tokens`."""
        from .likelihood import NOTHING, by_example, log_likelihoods

        surprisal = -log_likelihoods(head, features).double().sum(dim=1)
        tokens = (features.asked[ASKED] != NOTHING).sum(dim=1)
        return {"surprisal": by_example(surprisal, features.rows), "tokens": tokens}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the perplexity of each text, None of one in which nothing is judged, and its tokens."""
        both = zip(predictions["surprisal"].tolist(), predictions["tokens"].tolist(), strict=True)
        return [
            {"perplexity": math.exp(surprisal / tokens) if tokens else None, "tokens": tokens}
            for surprisal, tokens in both
        ]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return perplexity, bits per byte and loss."""
        return Likelihood()


MARGIN = 4
"""Tokens by which windows must move on at least, those of the tokenizer's own included."""


class Likelihood(Additive):
    """Perplexity, bits per byte and loss of texts; none where no token is judged."""

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Tensor]:
        """Return, of each text, `surprisal` (nats), judged `tokens`, and their `bytes`, `[N]` each."""
        return {**predictions, "bytes": targets["bytes"]}

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return the figures of all tokens and bytes."""
        surprisal, tokens, size = (float(sums[name]) for name in ("surprisal", "tokens", "bytes"))
        if not tokens or not size:
            return {}
        return {
            "perplexity": math.exp(min(surprisal / tokens, LARGEST)),
            "bits_per_byte": surprisal / math.log(2) / size,
            "loss": surprisal / tokens,
        }


LARGEST = 700.0
"""A loss whose exponential is still a number."""


def _judged(window: Window, known: int) -> NDArray[np.bool_]:
    """Return which tokens of a window are judged: those of the text that no window before it has."""
    own = window.text >= 0
    judged: NDArray[np.bool_] = own & (own.cumsum() > known)
    return judged


def _unjudged(window: Window, judged: NDArray[np.bool_]) -> int:
    """Return how many characters at the beginning of a text are of a token that nothing stands before."""
    return int(window.end[0]) if judged[0] else 0
