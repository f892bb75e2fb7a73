"""The live side of `hf` for images and texts: the two towers of CLIP, SigLIP and kin."""

from __future__ import annotations

import copy
import hashlib
import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from tokenizers import AddedToken, Tokenizer, processors
from torch import Tensor, nn
from torch.nn.functional import normalize, pad

from bench import Features, FeatureSpec, NativePart, WeightsError
from bench.toolkit.blocks import blocks_of
from bench.toolkit.checkpoint import Checkpoint, reading
from bench.toolkit.image_size import Fit, ImageSize
from bench.toolkit.image_text import SIMILARITY, Similarity
from bench.toolkit.images import ImageEncoder, ImageProcessor
from bench.toolkit.texts import TextProcessor

from .byte_tokenizer import CLS, CLS_ID, PAD_ID, byte_tokenizer
from .image_encoder import processor_of
from .padding import same
from .text_encoder import MAX_LENGTH, Tokens, tokens_for

READ_PADDING = frozenset({"siglip"})
"""Types of models that were trained on texts of one length, whose padding they read like any token."""

TRIED = ("The cat sat on the mat.", "a dog")

END = "[END]"


@dataclass(frozen=True)
class ImageTextProcessor(ImageProcessor):
    """Turns an image into `pixels`, as any `ImageProcessor`, and a text into `ids`, int32 `[L]`.

    A pair of an image and a text becomes both.
    """

    texts: TextProcessor = field(kw_only=True)

    @cached_property
    def digest(self) -> str:
        """The sha256 of all that decides the pixels and the tokens."""
        own = ImageProcessor(**_settings(self))
        return hashlib.sha256(f"{own.digest} {self.texts.digest}".encode()).hexdigest()

    def __call__(self, raw: Any) -> dict[str, Any]:
        """Return the arrays for an image, a text or a pair of these."""
        if isinstance(raw, str):
            return self.texts(raw)
        if isinstance(raw, Image.Image):
            return super().__call__(raw)
        image, text = raw
        return {**super().__call__(image), **self.texts(text)}


def _settings(processor: ImageProcessor) -> dict[str, Any]:
    return {each.name: getattr(processor, each.name) for each in fields(ImageProcessor)}


class ImageTextEncoder(ImageEncoder):
    """Two towers that give vectors in one space; `pooled` are what the model compares by their cosines.

    Texts are padded as the model was trained: to `text_length` where it reads padding, otherwise masked.
    """

    processor: ImageTextProcessor

    def __init__(self, model: Any, processor: ImageTextProcessor, padding: int, text_length: int) -> None:
        super().__init__(model, processor, FeatureSpec(0))
        self.padding = padding
        self.text_length = text_length

    def forward(self, inputs: Mapping[str, Tensor]) -> Features:
        """Return the vectors of images, of texts, or of both in their order (`bench.toolkit.image_text`)."""
        found = [super().forward(inputs).pooled] if "pixels" in inputs else []
        if "ids" in inputs:
            found.append(self._encode_texts(inputs["ids"], inputs["mask"]))
        vectors = torch.cat(found)
        return Features(vectors[inputs["order"]] if "order" in inputs else vectors)

    def encode(self, images: Tensor) -> Features:
        """Return the vectors of normalised images `[N, 3, H, W]`."""
        model: Any = self.trunk
        vectors: Tensor = model.get_image_features(images, **stretching(model)).pooler_output
        return Features(vectors)

    def _encode_texts(self, ids: Tensor, mask: Tensor) -> Tensor:
        model: Any = self.trunk
        vectors: Tensor = model.get_text_features(**self.tokens(ids, mask)).pooler_output
        return vectors

    def tokens(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Return what the model reads of texts `[T, L]`, `mask` being true at tokens."""
        ids = ids.masked_fill(~mask, self.padding)
        if self.text_length:
            return {"input_ids": pad(ids, (0, self.text_length - ids.shape[1]), value=self.padding)}
        return {"input_ids": ids, "attention_mask": mask.long()}

    def blocks(self) -> Sequence[nn.Module]:
        """Return blocks with layers of both towers each, the last of both together."""
        return _side_by_side(self.trunk)


def load_image_text_encoder(
    checkpoint: Checkpoint,
    image_size: ImageSize | None = None,
    fit: Fit | None = None,
    max_length: int | None = None,
    tokenizer: str | None = None,
) -> ImageTextEncoder:
    """Return an encoder with its processor, and what it compares images and texts with.

    Raises WeightsError if anything is missing or does not fit, or the model compares in another way.
    """
    config = checkpoint.config()
    shape = None if checkpoint.shape is None else checkpoint.shape.get("text_config") or {}
    tokens = tokens_for(checkpoint, config.text_config, tokenizer, byte_tokens(), shape)
    positions = config.text_config.max_position_embeddings
    length = min(max_length or MAX_LENGTH, positions, tokens.limit)
    images = processor_of(checkpoint, getattr(config, "vision_config", config), image_size).fitted(fit)
    processor = ImageTextProcessor(
        **_settings(images), texts=TextProcessor(tokens.tokenizer, length, blank=tokens.blank)
    )
    loaded = checkpoint.model(transformers.AutoModel, config)
    if checkpoint.untrained:
        _begin(loaded.model)
    padding = tokens.ends.get("pad_token_id", tokens.blank)
    reads_padding = config.model_type in READ_PADDING
    encoder = ImageTextEncoder(loaded.model, processor, padding, positions if reads_padding else 0)
    encoder.notes = loaded.notes
    similarity = _similarity(loaded.model)
    encoder.spec = FeatureSpec(_width_by_trial(encoder, similarity, checkpoint.title))
    encoder.native = (
        NativePart(SIMILARITY, 1, lambda: copy.deepcopy(_similarity(encoder.trunk)), classes=None),
    )
    return encoder


def byte_tokens() -> Tokens:
    """Return bytes as tokens, with a last one of its own: where a text ends, its number is the highest.

    CLIP takes the state of that token for the text's, and some of its kin find it so.
    """
    tokenizer: Tokenizer = byte_tokenizer()
    tokenizer.add_special_tokens([AddedToken(END, special=True)])
    end = tokenizer.get_vocab_size() - 1
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{CLS} $A {END}", special_tokens=[(CLS, CLS_ID), (END, end)]
    )
    ends = {"pad_token_id": PAD_ID, "bos_token_id": CLS_ID, "eos_token_id": end}
    return Tokens(tokenizer, blank=end, ends=ends)


@torch.no_grad()
def _begin(model: Any) -> None:
    """Let a SigLIP begin with the scale and bias of its paper; with zeros it would hardly learn."""
    if hasattr(model, "logit_bias"):
        model.logit_scale.fill_(math.log(10))
        model.logit_bias.fill_(-10)


def _similarity(model: Any) -> Similarity:
    """Return how a model compares: by a scale, or what it divides by (ALIGN)."""
    divisor = getattr(model, "temperature", None)
    scale = model.logit_scale if divisor is None else -divisor.detach().log()
    return Similarity(scale, getattr(model, "logit_bias", None))


def stretching(model: Any) -> dict[str, bool]:
    """Return the argument that models need for images they have no positions for, where they take it."""
    stretches = "interpolate_pos_encoding" in inspect.signature(model.get_image_features).parameters
    return {"interpolate_pos_encoding": True} if stretches else {}


@torch.no_grad()
def _width_by_trial(encoder: ImageTextEncoder, similarity: Similarity, title: str) -> int:
    """Return the width of vectors; raises WeightsError unless these give the logits of the whole model."""
    encoder.eval()
    model: Any = encoder.trunk
    random = torch.Generator().manual_seed(0)
    images = torch.rand(1, 3, *encoder.processor.size, generator=random)
    rows = [encoder.processor.texts(text)["ids"] for text in TRIED]
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.from_numpy(row.astype(np.int64))
        mask[at, : len(row)] = True
    with reading(title):
        expected = model(**encoder.tokens(ids, mask), pixel_values=images, **stretching(model))
        vectors, texts = encoder.encode(images).pooled, encoder({"ids": ids, "mask": mask}).pooled
    found = similarity(normalize(vectors, dim=1), normalize(texts, dim=1))
    logits = expected.logits_per_image
    # Those of an untrained, deep network may vanish, so that it divides by nothing.
    if logits.isfinite().all() and not same(found, logits):
        raise WeightsError(f"{title}: compares images and texts in another way than by the cosines it gives")
    return vectors.shape[1]


def _side_by_side(model: nn.Module) -> list[nn.Module]:
    """Return the blocks of two towers, each with one of its own, from the deepest on; and the rest last."""
    towers = [child for name, child in model.named_children() if name in ("vision_model", "text_model")]
    depths = [reversed(blocks_of(tower)) for tower in towers]
    held = {id(parameter) for tower in towers for parameter in tower.parameters()}
    pairs = [nn.ModuleList([block for block in pair if block is not None]) for pair in zip_longest(*depths)]
    pairs.reverse()
    last = nn.ParameterList([each for each in model.parameters() if id(each) not in held])
    pairs[-1].append(last)
    return list(pairs)
