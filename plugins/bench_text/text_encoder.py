"""The live side of text backbones: tokenizer, encoder, and the classifier a checkpoint may bring along."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import transformers
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutputWithPoolingAndCrossAttentions as BaseOutput

from bench import Features, FeatureSpec, NativePart, WeightsError
from bench.toolkit.blocks import blocks_of
from bench.toolkit.texts import Pooling, TextProcessor, TokenEncoder, pool

from .byte_tokenizer import CLS_ID, PAD_ID, SEP_ID, byte_tokenizer
from .checkpoint import Checkpoint, reading


class TextEncoder(TokenEncoder):
    """A transformer over tokens.

    The only map of its features is the last hidden state, `[N, L, C]`; `pooled` is made of it.
    """

    def __init__(
        self,
        model: Any,
        width: int,
        processor: TextProcessor,
        pooling: Pooling,
        native: Sequence[NativePart] = (),
    ) -> None:
        super().__init__()
        self.model = model
        self.spec = FeatureSpec(width, channels=(width,), strides=(1,))
        self.processor = processor
        self.pooling = pooling
        self.native = native

    def forward(self, inputs: Mapping[str, Tensor]) -> Features:
        """Encode `{"ids": int64 [N, L], "mask": bool [N, L]}`, with `types` where the model has them."""
        mask = inputs["mask"]
        types = {"token_type_ids": inputs["types"]} if "types" in inputs else {}
        output = self.model(input_ids=inputs["ids"], attention_mask=mask.long(), **types)
        states = output.last_hidden_state
        return Features(pool(states, mask, self.pooling), (states,), mask)

    def blocks(self) -> Sequence[nn.Module]:
        """Return embeddings and layers."""
        return blocks_of(self.model)

    def token_embedding(self) -> nn.Embedding:
        """Return the table of the tokens' input vectors."""
        return cast(nn.Embedding, self.model.get_input_embeddings())


def load_text_encoder(
    checkpoint: Checkpoint, pooling: Pooling, max_length: int, tokenizer: str | None = None
) -> TextEncoder:
    """Return an encoder with its tokenizer; `tokenizer` is a hub id or folder in place of the model's own.

    Raises WeightsError if anything is missing or does not fit.
    """
    config = checkpoint.config()
    shape = checkpoint.shape
    if tokenizer is None and shape is not None:
        tokens = BYTES
        config.update({"pad_token_id": PAD_ID, "bos_token_id": CLS_ID, "eos_token_id": SEP_ID} | dict(shape))
    else:
        tokens = _pretrained_tokens(checkpoint, tokenizer)
    size = tokens.tokenizer.get_vocab_size()
    if shape is not None and "vocab_size" not in shape:
        config.vocab_size = size
    chosen = tokenizer is not None or shape is not None  # otherwise both are of one checkpoint
    if chosen and size > config.vocab_size:
        raise WeightsError(
            f"{checkpoint.title}: the tokenizer has {size} tokens, "
            f"but the model's vocab_size is {config.vocab_size}"
        )
    model, notes = _bare_model(checkpoint, config)
    processor = TextProcessor(
        tokens.tokenizer,
        min(max_length, tokens.limit, _positions(model)),
        types=tokens.types and getattr(config, "type_vocab_size", 0) > 1,
        blank=tokens.blank,
    )
    encoder = TextEncoder(model, config.hidden_size, processor, pooling, _native(checkpoint, config))
    encoder.notes = notes
    return encoder


@dataclass(frozen=True)
class Tokens:
    """A tokenizer, the most tokens it may give, that of an empty text, and whether it tells pairs apart."""

    tokenizer: Tokenizer
    limit: int = sys.maxsize
    blank: int = PAD_ID
    types: bool = True


BYTES = Tokens(byte_tokenizer())


def _bare_model(checkpoint: Checkpoint, config: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the model without what `TextEncoder` does not use (pooler, cache, decoder), and notes on it."""
    config.use_cache = False
    with reading(checkpoint.title):
        architecture = transformers.MODEL_MAPPING.get(type(config), None)
    accepted = inspect.signature(architecture).parameters if inspect.isclass(architecture) else ()
    options: dict[str, Any] = {"add_pooling_layer": False} if "add_pooling_layer" in accepted else {}
    loaded = checkpoint.model(transformers.AutoModel, config, **options)
    model = loaded.model
    if model.main_input_name != "input_ids":
        raise WeightsError(
            f"{checkpoint.title}: '{config.model_type}' models read {model.main_input_name}, and are "
            "neither encoders of text nor among the image classifiers this backbone knows"
        )
    return (model.get_encoder() if config.is_encoder_decoder else model), loaded.notes


def pretrained_tokenizer(checkpoint: Checkpoint, tokenizer: str | None) -> Any:
    """Return transformers' tokenizer of a checkpoint, or another in its place.

    Raises WeightsError where there is none, or one without a `tokenizer.json`.
    """
    origin = {"trust_remote_code": False} if tokenizer else checkpoint.origin
    with reading(f"{checkpoint.title}: tokenizer"):
        loaded = transformers.AutoTokenizer.from_pretrained(tokenizer or checkpoint.source, **origin)
    if not loaded.is_fast:
        raise WeightsError(
            f"{checkpoint.title}: its tokenizer has no tokenizer.json; give another with 'tokenizer:'"
        )
    # Without files transformers makes up a tokenizer that knows its special tokens only.
    if len(loaded) <= len(loaded.all_special_ids):
        raise WeightsError(f"{checkpoint.title}: has no tokenizer files; name one with 'tokenizer:'")
    return loaded


def _pretrained_tokens(checkpoint: Checkpoint, tokenizer: str | None) -> Tokens:
    loaded = pretrained_tokenizer(checkpoint, tokenizer)
    loaded.backend_tokenizer.enable_truncation(1, direction=loaded.truncation_side)  # the side is what counts
    ends = (loaded.eos_token_id, loaded.pad_token_id)
    return Tokens(
        loaded.backend_tokenizer,
        limit=loaded.model_max_length,
        blank=next((end for end in ends if end is not None), 0),
        types="token_type_ids" in loaded.model_input_names,
    )


def _positions(model: Any) -> int:
    """Return the longest text that a model has position embeddings for."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Embedding) and name.endswith(("position_embeddings", "wpe")):
            # RoBERTa and kin count from the one after padding's.
            unused = 0 if module.padding_idx is None else module.padding_idx + 1
            return module.num_embeddings - unused
    return getattr(model.config, "max_position_embeddings", None) or sys.maxsize


def _native(checkpoint: Checkpoint, config: Any) -> Sequence[NativePart]:
    """Return the classifier of whole texts that a checkpoint has, if it does."""
    if checkpoint.untrained:
        return ()
    classifies = any(name.endswith("ForSequenceClassification") for name in config.architectures or ())
    if not classifies or config.is_encoder_decoder:
        return ()
    build = partial(_sequence_classifier, checkpoint)
    return (NativePart("classifier", config.num_labels, build, checkpoint.class_names(config)),)


def _sequence_classifier(checkpoint: Checkpoint) -> nn.Module | None:
    """Read a checkpoint's classifier, which few runs need; None if its base model cannot be separated."""
    auto: Any = transformers.AutoModelForSequenceClassification
    classifier = checkpoint.model(auto, checkpoint.config()).model
    if isinstance(getattr(classifier.base_model, "pooler", None), nn.Linear):
        return None  # ALBERT: the rest of its pooler is in the forward of its base model
    return SequenceClassifier(classifier)


class SequenceClassifier(nn.Module):
    """A transformers sequence classifier over hidden states that were computed before.

    How a classifier gets from states to logits differs from model to model, so its own `forward` does it;
    only the base model in it, which would compute the states, is replaced. Reads the last of
    `Features.maps`, and the mask.
    """

    def __init__(self, classifier: Any) -> None:
        super().__init__()
        pooler = getattr(classifier.base_model, "pooler", None)
        setattr(classifier, classifier.base_model_prefix, GivenStates(pooler))
        classifier.config.pad_token_id = 0  # GPT-2 and kin look for the last token that is not padding
        self.classifier = classifier

    def forward(self, features: Features) -> Tensor:
        """Return the logits `[N, C]`."""
        # Stand-ins: padding is 0, any other token is 1.
        tokens = cast(Tensor, features.mask).long()
        output = self.classifier(
            input_ids=tokens, inputs_embeds=features.maps[-1], attention_mask=tokens, return_dict=True
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
        return BaseOutput(last_hidden_state=inputs_embeds, pooler_output=pooled)
