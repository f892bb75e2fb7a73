"""Writing trained encoders of images and texts as folders that `from_pretrained` and `hf/./FOLDER` read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import transformers

from bench import Classifier, Encoder
from bench.toolkit.checkpoint import Checkpoint, reading
from bench.toolkit.exporting import (
    HEAD_LOGITS,
    READING,
    SHOWN,
    reading_classes,
    reading_head,
    script,
    write_head,
)

from .byte_tokenizer import CLS, PAD
from .export import LOAD, hub_image_processor
from .image_text_encoder import END, ImageTextEncoder, byte_tokens, stretching
from .text_encoder import pretrained_tokenizer


def export_image_text_encoder(
    encoder: Encoder,
    checkpoint: Checkpoint,
    folder: Path,
    tokenizer: str | None = None,
    classifier: Classifier | None = None,
) -> str:
    """Write config, tokenizer, image processor and weights of both towers; return Python that loads them.

    A classifier is a file of its own. `checkpoint` and `tokenizer` are those the encoder was loaded from.
    """
    own = cast(ImageTextEncoder, encoder)
    model: Any = own.trunk
    if tokenizer is None and checkpoint.shape is not None:
        tokens = _byte_tokenizer()
    else:
        tokens = pretrained_tokenizer(checkpoint, tokenizer)
    with reading(checkpoint.title):
        model.save_pretrained(folder)
        tokens.save_pretrained(folder)
        hub_image_processor(own.processor).save_pretrained(folder)
    loading = [
        f'processor = AutoImageProcessor.from_pretrained({folder.name!r}, backend="pil")',
        f"model = AutoModel.from_pretrained({folder.name!r}).eval()",
    ]
    if classifier is None:
        loading.append(f"tokenizer = AutoTokenizer.from_pretrained({folder.name!r})")
        return script(["from transformers import AutoImageProcessor, AutoModel, AutoTokenizer"], *loading)
    write_head(classifier, folder)
    options = "".join(f", {name}={value}" for name, value in stretching(model).items())
    return script(
        [
            "import torch",
            *READING,
            "from PIL import Image",
            LOAD,
            "from transformers import AutoImageProcessor, AutoModel",
        ],
        *loading,
        reading_head(folder),
        reading_classes(folder),
        "",
        'image = Image.open("image.png").convert("RGB")',
        'inputs = processor(image, return_tensors="pt")',
        "with torch.inference_mode():",
        f"    pooled = model.get_image_features(**inputs{options}).pooler_output",
        f"    {HEAD_LOGITS}",
        SHOWN,
    )


def _byte_tokenizer() -> Any:
    """Return our tokenizer of bytes as one of transformers."""
    fast: Any = transformers.PreTrainedTokenizerFast
    return fast(
        tokenizer_object=byte_tokens().tokenizer,
        pad_token=PAD,
        cls_token=CLS,
        eos_token=END,
        split_special_tokens=True,
        model_input_names=["input_ids", "attention_mask"],
    )
