"""The live side of text backbones: tokenizer and encoder."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import torch
import transformers
from tokenizers import Tokenizer, normalizers
from torch import Tensor, nn

from bench import Features, FeatureSpec, NativePart, WeightsError
from bench.toolkit.blocks import blocks_of
from bench.toolkit.checkpoint import Checkpoint, reading
from bench.toolkit.likelihood import LANGUAGE_MODEL
from bench.toolkit.pooling import Pooling, pool
from bench.toolkit.texts import TextProcessor, TokenEncoder

from .byte_tokenizer import CLS_ID, PAD_ID, SEP_ID, byte_tokenizer
from .causal_decoder import Memory, remember
from .native_decoder import decoder_parts
from .native_heads import native_parts
from .native_lm import language_model_parts
from .padding import by_length
from .sentence_folder import Recipe, read_recipe
from .short_text import Trial, states_of, try_out
from .siglip_tokenizer import siglip_tokenizer

MAX_LENGTH = 128
"""Tokens of a text, if nobody says how many."""


class TextEncoder(TokenEncoder):
    """A transformer over tokens.

    The only map of its features is the last hidden state, `[N, L, C]`; `pooled` is made of it, as a recipe
    says. To a model that reads padding, texts of one length are shown at a time. One that can write about a
    text by itself keeps the `memory` of it, where that is read.
    """

    def __init__(
        self,
        model: Any,
        processor: TextProcessor,
        recipe: Recipe,
        native: Sequence[NativePart] = (),
        *,
        trial: Trial,
        memory: Memory,
    ) -> None:
        super().__init__()
        self.model = model
        width = model.config.hidden_size
        self.spec = FeatureSpec(recipe.width, channels=(width,), strides=(1,))
        self.processor = processor
        self.recipe = recipe
        self.layers = nn.Sequential(*recipe.layers)
        self.native = native
        self.trial = trial
        self.memory = memory

    def forward(self, inputs: Mapping[str, Tensor]) -> Features:
        """Encode `{"ids": int64 [N, L], "mask": bool [N, L]}`, with `types` where the model has them."""
        mask = inputs["mask"]
        compute = partial(states_of, self.model)
        memory: tuple[Tensor, ...] = ()
        if "memory" in self.reads and self.writes:
            states, memory = remember(self.model, inputs)
        elif self.trial.shortest > 1 or self.trial.reads_padding:
            states = by_length(compute, inputs, self.trial.shortest)
        else:
            states = compute(inputs)
        pooled = torch.cat([pool(states, mask, pooling) for pooling in self.recipe.poolings], dim=1)
        return Features(self.layers(pooled), (states,), mask, memory=memory)

    @property
    def writes(self) -> bool:
        """Whether it is a causal language model that reads on from what it keeps of a text."""
        return any(part.role == LANGUAGE_MODEL for part in self.native) and self.memory.works

    def blocks(self) -> Sequence[nn.Module]:
        """Return embeddings and layers, and what follows the pooling."""
        own = [self.layers] if any(True for _ in self.layers.parameters()) else []
        return [*blocks_of(self.model), *own]

    def token_embedding(self) -> nn.Embedding:
        """Return the table of the tokens' input vectors."""
        return cast(nn.Embedding, self.model.get_input_embeddings())


def load_text_encoder(
    checkpoint: Checkpoint,
    pooling: Pooling | None = None,
    max_length: int | None = None,
    tokenizer: str | None = None,
) -> TextEncoder:
    """Return an encoder with its tokenizer; `tokenizer` is a hub id or folder in place of the model's own.

    Without `pooling`, it is what the folder of a sentence encoder says, or the mean. A text has at most
    `max_length` tokens (by default what such a folder says, otherwise `MAX_LENGTH`), and at most as many as
    tokenizer, config and tables of positions have room for.

    Raises WeightsError if anything is missing or does not fit, UnsuitableError if it cannot be read so.
    """
    config = checkpoint.config()
    tokens = tokens_for(checkpoint, config, tokenizer, BYTES, checkpoint.shape)
    model, notes = _bare_model(checkpoint, config)
    recipe = _recipe(checkpoint, model.config.hidden_size, pooling)
    trial = try_out(model, tokens.example(), checkpoint.title)
    length = _length(recipe, tokens, trial, max_length)
    memory = Memory(model, tokens.example())
    native = (
        *native_parts(checkpoint, config, tokens.example()),
        *language_model_parts(checkpoint, config, memory, trial.longest),
        *decoder_parts(checkpoint, config, tokens.tokenizer),
    )
    processor = _processor(tokens, recipe, config, length)
    encoder = TextEncoder(model, processor, recipe, native, trial=trial, memory=memory)
    encoder.notes = (*notes, *_shortened(max_length, length))
    return encoder


def _recipe(checkpoint: Checkpoint, width: int, pooling: Pooling | None) -> Recipe:
    """Return how states of this width are pooled: as asked for, as the folder says, or by their mean."""
    said = None if pooling else read_recipe(checkpoint, width)
    return said or Recipe([pooling or "mean"], [], width)


def _length(recipe: Recipe, tokens: Tokens, trial: Trial, wanted: int | None) -> int:
    """Return how many tokens a text has at most."""
    # A folder that says how long texts are overrules its tokenizer.
    room = trial.longest if recipe.max_length else min(trial.longest, tokens.limit)
    return min(wanted or recipe.max_length or (room if recipe.written else MAX_LENGTH), room)


def _processor(tokens: Tokens, recipe: Recipe, config: Any, length: int) -> TextProcessor:
    """Return what makes at most so many tokens of a text, as a recipe says."""
    return TextProcessor(
        lowercasing(tokens.tokenizer) if recipe.lowercase else tokens.tokenizer,
        length,
        types=tokens.types and getattr(config, "type_vocab_size", 0) > 1,
        blank=tokens.blank,
        prompt=recipe.prompt,
    )


def _shortened(wanted: int | None, length: int) -> Iterator[str]:
    """Give a note if texts have fewer tokens than was asked for."""
    if wanted and length < wanted:
        yield f"texts have {length} tokens at most, as there is no room for {wanted}"


@dataclass(frozen=True)
class Tokens:
    """A tokenizer, the most tokens it may give, that of an empty text, and whether it tells pairs apart.

    `ends` are the tokens that pad, begin and end texts, by what configs call them.
    """

    tokenizer: Tokenizer
    limit: int = sys.maxsize
    blank: int = PAD_ID
    types: bool = True
    ends: Mapping[str, int] = field(default_factory=dict)

    def example(self) -> Sequence[int]:
        """Return the tokens of a text, without special ones."""
        whole = copy.deepcopy(self.tokenizer)
        whole.no_truncation()
        return whole.encode("The cat sat on the mat.", add_special_tokens=False).ids or [self.blank]


BYTES = Tokens(
    byte_tokenizer(), ends={"pad_token_id": PAD_ID, "bos_token_id": CLS_ID, "eos_token_id": SEP_ID}
)


def tokens_for(
    checkpoint: Checkpoint,
    config: Any,
    tokenizer: str | None,
    own: Tokens,
    shape: Mapping[str, Any] | None,
) -> Tokens:
    """Return the tokens that a model reads: its own or, if it is given by its shape, `own`; or another's.

    `config` is that of what reads texts. If it is given by its `shape`, it learns of the tokens whatever the
    shape leaves open. Raises WeightsError if there are more tokens than the model has room for.
    """
    tokens = own if tokenizer is None and shape is not None else pretrained_tokens(checkpoint, tokenizer)
    size = tokens.tokenizer.get_vocab_size()
    if shape is not None:
        config.update({"vocab_size": size, **tokens.ends, **shape})
    chosen = tokenizer is not None or shape is not None  # otherwise both are of one checkpoint
    if chosen and size > config.vocab_size:
        raise WeightsError(
            f"{checkpoint.title}: the tokenizer has {size} tokens, "
            f"but the model's vocab_size is {config.vocab_size}"
        )
    return tokens


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
    source = tokenizer or checkpoint.source
    with reading(f"{checkpoint.title}: tokenizer"):
        loaded = siglip_tokenizer(source, origin) or transformers.AutoTokenizer.from_pretrained(
            source, **origin
        )
    if not loaded.is_fast:
        raise WeightsError(
            f"{checkpoint.title}: its tokenizer has no tokenizer.json; give another with 'tokenizer:'"
        )
    # Without files transformers makes up a tokenizer that knows its special tokens only.
    if len(loaded) <= len(loaded.all_special_ids):
        raise WeightsError(f"{checkpoint.title}: has no tokenizer files; name one with 'tokenizer:'")
    return loaded


def pretrained_tokens(checkpoint: Checkpoint, tokenizer: str | None) -> Tokens:
    """Return the tokens of a checkpoint, or of another tokenizer in place of its own."""
    loaded = pretrained_tokenizer(checkpoint, tokenizer)
    loaded.backend_tokenizer.enable_truncation(1, direction=loaded.truncation_side)  # the side is what counts
    ends = (loaded.eos_token_id, loaded.pad_token_id)
    return Tokens(
        loaded.backend_tokenizer,
        limit=int(limit) if (limit := loaded.model_max_length) and limit > 0 else sys.maxsize,
        blank=next((end for end in ends if end is not None), 0),
        types="token_type_ids" in loaded.model_input_names,
        ends=_ends(loaded),
    )


def _ends(tokenizer: Any) -> Mapping[str, int]:
    """Return the ids of the tokens around texts, whether they are called as in GPT-2 or as in BERT."""
    names = {"pad": ("pad",), "bos": ("bos", "cls"), "eos": ("eos", "sep")}
    known = {end: [getattr(tokenizer, f"{name}_token_id") for name in own] for end, own in names.items()}
    found = {end: next((id for id in ids if id is not None), None) for end, ids in known.items()}
    return {f"{end}_token_id": id for end, id in found.items() if id is not None}


def lowercasing(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer that puts texts in lower case first, whatever else it does."""
    lower = copy.deepcopy(tokenizer)
    lower.encode_special_tokens = tokenizer.encode_special_tokens  # copies forget it
    own = [tokenizer.normalizer] if tokenizer.normalizer else []
    lower.normalizer = normalizers.Sequence([normalizers.Lowercase(), *own])
    return lower
