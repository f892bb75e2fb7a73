"""The decoder that an encoder-decoder of transformers (T5, BART, Marian) brings along."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers.modeling_outputs import BaseModelOutput

from bench import Features, NativePart
from bench.toolkit.checkpoint import Checkpoint, reading
from bench.toolkit.generation import IGNORED, Decoder, Ids
from bench.toolkit.texts import PairFormat


def decoder_parts(checkpoint: Checkpoint, config: Any, tokenizer: Tokenizer) -> Sequence[NativePart]:
    """Return the decoder of a checkpoint, if it is one that writes texts; of a shape, an untrained one."""
    architecture: Any = transformers.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING.get(type(config), None)
    if not config.is_encoder_decoder or architecture is None:
        return ()
    if checkpoint.shape is None and architecture.__name__ not in (config.architectures or ()):
        return ()
    build = partial(_decoder, checkpoint, copy.deepcopy(config), tokenizer)
    return (NativePart("decoder", config.vocab_size, build, None),)


def _decoder(checkpoint: Checkpoint, config: Any, tokenizer: Tokenizer) -> NativeDecoder:
    """Read a checkpoint's decoder, which few runs need, and how it is meant to write."""
    config.use_cache = True
    model = checkpoint.model(transformers.AutoModelForSeq2SeqLM, config).model
    if checkpoint.shape is None:
        with reading(checkpoint.title):
            model.generation_config = _generation(checkpoint, config)
    return NativeDecoder(model, PairFormat.of(tokenizer))


def _generation(checkpoint: Checkpoint, config: Any) -> Any:
    try:
        return transformers.GenerationConfig.from_pretrained(checkpoint.source, **checkpoint.origin)
    except OSError:  # older checkpoints say it in their config
        return transformers.GenerationConfig.from_model_config(config)


class NativeDecoder(Decoder):
    """A model of transformers that writes about states which were computed before.

    Its own `forward` and `generate` do all, as its generation config says (number of beams, forced tokens,
    penalties); only its encoder, which would compute the states, is taken out. It has a table of tokens of
    its own, even where the encoder has the same: trained together, they part.
    """

    def __init__(self, model: Any, around: PairFormat) -> None:
        super().__init__()
        encoder = model.get_encoder()
        place = next(name for name, module in model.named_modules() if module is encoder)
        model.set_submodule(place, NoEncoder())
        settings = model.generation_config
        if settings.decoder_start_token_id is None:
            starts = (
                getattr(model.config, name, None) for name in ("decoder_start_token_id", "pad_token_id")
            )
            settings.decoder_start_token_id = next(start for start in starts if start is not None)
        settings.max_length = None  # the task says how long texts may be
        self.model = model
        self.before, self.after = around.before, around.after

    def forward(self, features: Features, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits `[N, U, V]` and the tokens wanted: the text as its tokenizer gives it."""
        wanted = pad(ids.masked_fill(~mask, IGNORED), (len(self.before), len(self.after)), value=IGNORED)
        wanted[:, : len(self.before)] = wanted.new_tensor(self.before)
        ends = len(self.before) + mask.sum(dim=1, keepdim=True)
        for place, token in enumerate(self.after):
            wanted.scatter_(1, ends + place, token)
        start = self.model.generation_config.decoder_start_token_id
        given = pad(wanted[:, :-1], (1, 0), value=start)
        # What stands behind the end of a text is seen by nothing that counts.
        given = given.masked_fill(given == IGNORED, start)
        logits = self.model(**self._seen(features), decoder_input_ids=given).logits
        return logits, wanted

    def generate(
        self, features: Features, limit: int, beams: int | None, *, exact: bool = False
    ) -> list[Ids]:
        """Return the tokens of N texts; as the generation config says, but for the number of beams."""
        chosen = {} if beams is None else {"num_beams": beams}
        least = {"min_new_tokens": limit} if exact else {}
        settings = self.model.generation_config
        written = self.model.generate(
            **self._seen(features),
            generation_config=settings,
            max_new_tokens=limit,
            do_sample=False,
            **chosen,
            **least,
        )
        ends = settings.eos_token_id
        stops = {*ends} if isinstance(ends, list) else {ends}
        return [_until(row, stops) for row in written[:, 1:].tolist()]

    def _seen(self, features: Features) -> dict[str, Any]:
        states = features.maps[-1]
        seen = torch.ones(states.shape[:2], device=states.device) if features.mask is None else features.mask
        outputs = BaseModelOutput(last_hidden_state=states)
        return {"encoder_outputs": outputs, "attention_mask": seen.long()}


class NoEncoder(nn.Module):
    """Stands where the encoder was, of which `generate` asks what it would read."""

    main_input_name = "input_ids"


def _until(ids: Ids, stops: set[int]) -> Ids:
    """Return the tokens before the first that ends a text."""
    return ids[: next((place for place, token in enumerate(ids) if token in stops), len(ids))]
