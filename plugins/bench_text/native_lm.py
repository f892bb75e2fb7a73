"""The head of causal language models of transformers, by which they tell the token that follows each.

It is a part for itself, and that of a decoder which writes about texts.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from bench import NativePart
from bench.toolkit.checkpoint import Checkpoint
from bench.toolkit.likelihood import LANGUAGE_MODEL

from .causal_decoder import CausalDecoder, Memory
from .native_heads import StatesHead
from .padding import same
from .short_text import example, states_of

ARCHITECTURES = ("ForCausalLM", "LMHeadModel")
"""How the names of architectures with such a head end."""


def language_model_parts(
    checkpoint: Checkpoint, config: Any, memory: Memory, longest: int
) -> Sequence[NativePart]:
    """Return the head of a causal language model, if a checkpoint or type of model has one, and a decoder.

    `memory` is that of the encoder's model, to whose table of tokens the head is tied where the config says
    so. A text may have `longest` tokens.
    """
    if config.is_encoder_decoder or not _has_head(checkpoint, config):
        return ()
    build = partial(_head, checkpoint, copy.deepcopy(config), memory.body, memory.tokens)
    write = partial(_decoder, build, memory, longest)
    return tuple(
        NativePart(role, config.vocab_size, made, None)
        for role, made in ((LANGUAGE_MODEL, build), ("decoder", write))
    )


def _has_head(checkpoint: Checkpoint, config: Any) -> bool:
    if checkpoint.shape is not None:
        return type(config) in transformers.MODEL_FOR_CAUSAL_LM_MAPPING
    return any(name.endswith(ARCHITECTURES) for name in config.architectures or ())


def _head(checkpoint: Checkpoint, config: Any, model: Any, tokens: Sequence[int]) -> nn.Module | None:
    """Read the head, which few runs need.

    None if tokens see later ones, as in BERT, or the base model cannot be separated from the head.
    """
    whole = checkpoint.model(transformers.AutoModelForCausalLM, config).model.eval()
    text = example(tokens)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        states = states_of(whole.base_model, text)
        if _sees_later(whole.base_model, text, states):
            return None
        expected = whole(input_ids=text["ids"], attention_mask=text["mask"].long()).logits
        output = whole.get_output_embeddings()
        tied = output.weight is whole.get_input_embeddings().weight
        head = StatesHead(whole, _logits)
        if not head.agrees(states, expected):
            return None
    if tied:
        output.weight = model.get_input_embeddings().weight
    return head


def _decoder(build: Callable[[], nn.Module | None], memory: Memory, longest: int) -> nn.Module | None:
    """Return what writes by the model's own head; None if it has none, or cannot read on, or never ends."""
    end = memory.body.config.eos_token_id
    end = end[0] if isinstance(end, list) else end
    head = build() if end is not None and memory.works else None
    room = None if longest == sys.maxsize else longest
    return None if head is None else CausalDecoder(memory.body, head, end, room)


def _logits(output: Any) -> Tensor:
    logits: Tensor = output.logits
    return logits


def _sees_later(base: Any, text: Mapping[str, Tensor], states: Tensor) -> bool:
    """Tell whether the states of a text's other tokens change with its last token."""
    changed = text["ids"].clone()
    changed[:, -1] = changed[:, 0] + 1 if changed[0, -1] == changed[0, 0] else changed[:, 0]
    return not same(states_of(base, {**text, "ids": changed})[:, :-1], states[:, :-1])
