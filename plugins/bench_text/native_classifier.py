"""The classifier of whole texts that a checkpoint of transformers may bring along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import torch
import transformers
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutputWithPoolingAndCrossAttentions as BaseOutput

from bench import Features, NativePart

from .checkpoint import Checkpoint
from .padding import by_length, reads_padding, same
from .short_text import example, states_of


def native_parts(checkpoint: Checkpoint, config: Any, tokens: Sequence[int]) -> Sequence[NativePart]:
    """Return the classifier that a checkpoint has, if it does; `tokens` are those of any text."""
    if checkpoint.untrained:
        return ()
    classifies = any(name.endswith("ForSequenceClassification") for name in config.architectures or ())
    if not classifies or config.is_encoder_decoder:
        return ()
    build = partial(_sequence_classifier, checkpoint, tokens)
    return (NativePart("classifier", config.num_labels, build, checkpoint.class_names(config)),)


def _sequence_classifier(checkpoint: Checkpoint, tokens: Sequence[int]) -> nn.Module | None:
    """Read a checkpoint's classifier, which few runs need; None if its base model cannot be separated.

    ALBERT's cannot, as a part of its pooler is in the forward of its base model, nor CANINE's, which reads
    other states than the last: so what comes of a text is compared with what the whole model makes of it.
    """
    auto: Any = transformers.AutoModelForSequenceClassification
    config = checkpoint.config()
    config.use_cache = False
    classifier = checkpoint.model(auto, config).model.eval()
    text = example(tokens)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        states = states_of(classifier.base_model, text)
        expected = classifier(input_ids=text["ids"], attention_mask=text["mask"].long()).logits
        native = SequenceClassifier(classifier)
        return native if native.agrees(states, expected) else None


class SequenceClassifier(nn.Module):
    """A transformers sequence classifier over hidden states that were computed before.

    How a classifier gets from states to logits differs from model to model, so its own `forward` does it;
    only the base model in it, which would compute the states, is replaced. One that reads padding (XLNet's
    takes the last state, as padding comes first there) is given texts of one length at a time. Reads the
    last of `Features.maps`, and the mask.
    """

    def __init__(self, classifier: Any) -> None:
        super().__init__()
        pooler = getattr(classifier.base_model, "pooler", None)
        setattr(classifier, classifier.base_model_prefix, GivenStates(pooler))
        classifier.config.pad_token_id = 0  # GPT-2 and kin look for the last token that is not padding
        self.classifier = classifier
        self.reads_padding = False

    def agrees(self, states: Tensor, logits: Tensor) -> bool:
        """Tell if these come of states `[1, L, C]`; find out if the classifier reads padding, too."""
        text = {"states": states, "mask": torch.ones(states.shape[:2], dtype=torch.bool)}
        try:
            if not same(self._logits(text), logits):
                return False
            self.reads_padding = reads_padding(self._logits, text)
        except Exception:  # whatever a classifier stumbles over that lacks its base model
            return False
        return True

    def forward(self, features: Features) -> Tensor:
        """Return the logits `[N, C]`."""
        inputs = {"states": features.maps[-1], "mask": cast(Tensor, features.mask)}
        return by_length(self._logits, inputs) if self.reads_padding else self._logits(inputs)

    def _logits(self, inputs: Mapping[str, Tensor]) -> Tensor:
        tokens = inputs["mask"].long()  # stand-ins: padding is 0, any other token is 1
        output = self.classifier(
            input_ids=tokens, inputs_embeds=inputs["states"], attention_mask=tokens, return_dict=True
        )
        logits: Tensor = output.logits
        return logits


class GivenStates(nn.Module):
    """Stands in for a base model: what it is given as embeddings are the last hidden states."""

    def __init__(self, pooler: nn.Module | None) -> None:
        super().__init__()
        self.pooler = pooler

    def forward(self, *_: Any, inputs_embeds: Tensor, **__: Any) -> BaseOutput:
        """Return the states, and what the base model's pooler makes of them."""
        pooled = self.pooler(inputs_embeds) if self.pooler is not None else None
        return GivenOutput(last_hidden_state=inputs_embeds, pooler_output=pooled)


class GivenOutput(BaseOutput):
    """An output that has nothing more: None for whatever else classifiers pass on, such as XLNet's `mems`."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)
