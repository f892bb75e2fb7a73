"""The heads that a checkpoint of transformers may bring along: for whole texts, for tokens, for spans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import torch
import transformers
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutputWithPoolingAndCrossAttentions as BaseOutput

from bench import Features, NativePart
from bench.toolkit.checkpoint import Checkpoint

from .padding import by_length, reads_padding, same
from .short_text import example, states_of

ENDS = (("start",), ("end",))
"""What the two outputs of a finder of spans are."""


@dataclass(frozen=True)
class Kind:
    """A kind of head.

    role: its part's (`bench.NativePart`). suffix: what the names of its architectures hold. auto: the name of
    the class of transformers that reads it. read: what of its output are the logits.
    """

    role: str
    suffix: str
    auto: str
    read: Callable[[Any], Tensor]


def _logits(output: Any) -> Tensor:
    logits: Tensor = output.logits
    return logits


def _ends(output: Any) -> Tensor:
    return torch.stack([output.start_logits, output.end_logits], dim=-1)


SPANS = "spans"
KINDS = (
    Kind("classifier", "ForSequenceClassification", "AutoModelForSequenceClassification", _logits),
    Kind("tagger", "ForTokenClassification", "AutoModelForTokenClassification", _logits),
    Kind(SPANS, "ForQuestionAnswering", "AutoModelForQuestionAnswering", _ends),
)


def native_parts(checkpoint: Checkpoint, config: Any, tokens: Sequence[int]) -> Sequence[NativePart]:
    """Return the head that a checkpoint has, if it does; `tokens` are those of any text."""
    if checkpoint.untrained or config.is_encoder_decoder:
        return ()
    names = config.architectures or ()
    return [
        _part(checkpoint, config, kind, tokens)
        for kind in KINDS
        if any(kind.suffix in name for name in names)
    ]


def _part(checkpoint: Checkpoint, config: Any, kind: Kind, tokens: Sequence[int]) -> NativePart:
    build = partial(_head, checkpoint, kind, tokens)
    if kind.role == SPANS:
        return NativePart(kind.role, len(ENDS), build, ENDS)
    return NativePart(kind.role, config.num_labels, build, checkpoint.class_names(config))


def _head(checkpoint: Checkpoint, kind: Kind, tokens: Sequence[int]) -> nn.Module | None:
    """Read a checkpoint's head, which few runs need; None if its base model cannot be separated.

    ALBERT's cannot be from a classifier, as a part of its pooler is in the forward of its base model, nor
    CANINE's, which reads other states than the last: so what comes of a text is compared with what the whole
    model makes of it.
    """
    config = checkpoint.config()
    config.use_cache = False
    model = checkpoint.model(getattr(transformers, kind.auto), config).model.eval()
    text = example(tokens)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        states = states_of(model.base_model, text)
        expected = kind.read(model(input_ids=text["ids"], attention_mask=text["mask"].long()))
        native = StatesHead(model, kind.read)
        return native if native.agrees(states, expected) else None


class StatesHead(nn.Module):
    """A transformers model with a head, over hidden states that were computed before.

    How a head gets from states to logits differs from model to model, so the model's own `forward` does it;
    only the base model in it, which would compute the states, is replaced. One that reads padding (XLNet's
    classifier takes the last state, as padding comes first there) is given texts of one length at a time.
    Looks at the last of `Features.maps`, and the mask.
    """

    def __init__(self, model: Any, read: Callable[[Any], Tensor]) -> None:
        super().__init__()
        pooler = getattr(model.base_model, "pooler", None)
        setattr(model, model.base_model_prefix, GivenStates(pooler))
        model.config.pad_token_id = 0  # GPT-2 and kin look for the last token that is not padding
        self.model = model
        self.read = read
        self.reads_padding = False

    def agrees(self, states: Tensor, logits: Tensor) -> bool:
        """Tell if these come of states `[1, L, C]`; find out if the head reads padding, too."""
        text = {"states": states, "mask": torch.ones(states.shape[:2], dtype=torch.bool)}
        try:
            if not same(self._logits(text), logits):
                return False
            self.reads_padding = reads_padding(self._logits, text)
        except Exception:  # whatever a head stumbles over that lacks its base model
            return False
        return True

    def forward(self, features: Features) -> Tensor:
        """Return the logits, `[N, outputs]` of whole texts, `[N, L, outputs]` of tokens."""
        inputs = {"states": features.maps[-1], "mask": cast(Tensor, features.mask)}
        return by_length(self._logits, inputs) if self.reads_padding else self._logits(inputs)

    def _logits(self, inputs: Mapping[str, Tensor]) -> Tensor:
        tokens = inputs["mask"].long()  # stand-ins: padding is 0, any other token is 1
        output = self.model(
            input_ids=tokens, inputs_embeds=inputs["states"], attention_mask=tokens, return_dict=True
        )
        return self.read(output)


class GivenStates(nn.Module):
    """Stands in for a base model: what it is given as embeddings are the last hidden states."""

    def __init__(self, pooler: nn.Module | None) -> None:
        super().__init__()
        self.pooler = pooler

    @property
    def decoder(self) -> GivenStates:
        """What OPT's head, and others', take for their base model."""
        return self

    def forward(self, *_: Any, inputs_embeds: Tensor, **__: Any) -> BaseOutput:
        """Return the states, and what the base model's pooler makes of them."""
        pooled = self.pooler(inputs_embeds) if self.pooler is not None else None
        return GivenOutput(last_hidden_state=inputs_embeds, pooler_output=pooled)


class GivenOutput(BaseOutput):
    """An output that has nothing more: None for whatever else heads pass on, such as XLNet's `mems`."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)
