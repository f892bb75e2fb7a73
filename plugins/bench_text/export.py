"""Writing trained encoders as folders that `from_pretrained` reads, of transformers and of `hf/./FOLDER`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import transformers
from PIL import Image

from bench import Encoder, UnsuitableError
from bench.toolkit.images import ImageEncoder, ImageProcessor

from .byte_tokenizer import CLS, MASK, PAD, SEP, byte_tokenizer
from .checkpoint import Checkpoint, reading
from .sentence_export import kind_of, write_recipe
from .text_encoder import TextEncoder, pretrained_tokenizer

POOLED = {
    "mean": "the mean",
    "first": "the first",
    "last": "the last",
    "max": "the largest values",
    "mean-sqrt-len": "the sum, over the root of their number,",
    "weighted-mean": "the mean, the nth of which weighs n,",
}


def export_text_encoder(
    encoder: Encoder, checkpoint: Checkpoint, folder: Path, tokenizer: str | None = None
) -> str:
    """Write config, tokenizer and weights; return Python that loads them.

    `checkpoint` and `tokenizer` are those that the encoder was loaded from. Raises UnsuitableError for
    half a model, the encoder of one with a decoder: transformers would make the whole one.
    """
    text_encoder = cast(TextEncoder, encoder)
    if checkpoint.config().is_encoder_decoder:
        raise UnsuitableError(
            f"{checkpoint.title}: cannot be exported without the decoder it was trained with"
        )
    model: Any = text_encoder.model
    if tokenizer is None and checkpoint.shape is not None:
        tokens: Any = _byte_tokenizer(types=getattr(model.config, "type_vocab_size", 0) > 1)
    else:
        tokens = pretrained_tokenizer(checkpoint, tokenizer)
    with reading(checkpoint.title):
        model.save_pretrained(folder)
        tokens.save_pretrained(folder)
    if text_encoder.recipe.written:
        write_recipe(text_encoder, folder)
    length = text_encoder.processor.max_length
    return (
        "from transformers import AutoModel, AutoTokenizer\n\n"
        f"tokenizer = AutoTokenizer.from_pretrained({folder.name!r})\n"
        f"model = AutoModel.from_pretrained({folder.name!r}).eval()\n"
        f'inputs = tokenizer("a text", truncation=True, max_length={length}, return_tensors="pt")\n'
        "states = model(**inputs).last_hidden_state  # [1, tokens, width]\n"
        f"# The pooled features are {_pooled(text_encoder)}."
    )


def _pooled(encoder: TextEncoder) -> str:
    """Tell what is made of the states of tokens."""
    poolings = " and ".join(f"{POOLED[pooling]} of these" for pooling in encoder.recipe.poolings)
    layers = ", ".join(kind_of(layer) for layer in encoder.layers)
    return f"{poolings}, through {layers}, as sentence-transformers makes them" if layers else poolings


def export_image_encoder(encoder: Encoder, checkpoint: Checkpoint, folder: Path) -> str:
    """Write config, image processor and weights; return Python that loads them."""
    image_encoder = cast(ImageEncoder, encoder)
    trunk: Any = image_encoder.trunk
    with reading(checkpoint.title):
        trunk.save_pretrained(folder)
        _image_processor(image_encoder.processor).save_pretrained(folder)
    return (
        "from transformers import AutoImageProcessor, AutoModel\n\n"
        f"processor = AutoImageProcessor.from_pretrained({folder.name!r})\n"
        f"model = AutoModel.from_pretrained({folder.name!r}).eval()"
    )


def _byte_tokenizer(types: bool) -> Any:
    """Return our tokenizer of bytes as one of transformers; `types` if the model tells pairs apart."""
    fast: Any = transformers.PreTrainedTokenizerFast
    return fast(
        tokenizer_object=byte_tokenizer(),
        pad_token=PAD,
        cls_token=CLS,
        sep_token=SEP,
        mask_token=MASK,
        split_special_tokens=True,
        model_input_names=["input_ids", *(["token_type_ids"] if types else []), "attention_mask"],
    )


def _image_processor(ours: ImageProcessor) -> Any:
    """Return the image processor of transformers that does the same; ViT's has all settings."""
    height, width = ours.resize
    crop_height, crop_width = ours.size
    # Ours covers `resize` when it keeps proportions, which transformers says by the shorter side.
    covers = ours.fit == "cover"
    size = {"shortest_edge": min(ours.resize)} if covers else {"height": height, "width": width}
    return transformers.ViTImageProcessor(
        size=size,
        resample=Image.Resampling[ours.interpolation.upper()],
        do_center_crop=True,
        crop_size={"height": crop_height, "width": crop_width},
        image_mean=list(ours.mean),
        image_std=list(ours.std),
    )
