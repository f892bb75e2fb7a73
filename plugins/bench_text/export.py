"""Writing trained encoders as folders that `from_pretrained` reads, of transformers and of `hf/./FOLDER`."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
import transformers
from PIL import Image
from torch import nn

from bench import Classifier, Encoder, UnsuitableError
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
from bench.toolkit.images import ImageEncoder, ImageProcessor
from bench.toolkit.training import evaluating

from .byte_tokenizer import CLS, MASK, PAD, SEP, byte_tokenizer
from .image_encoder import pooled
from .sentence_export import kind_of, write_recipe
from .sentence_folder import Normalize
from .text_encoder import TextEncoder, pretrained_tokenizer

POOLED = {
    "mean": "the mean",
    "first": "the first",
    "last": "the last",
    "max": "the largest values",
    "mean-sqrt-len": "the sum, over the root of their number,",
    "weighted-mean": "the mean, the nth of which weighs n,",
}
PLACES = "torch.arange(1, states.shape[1] + 1)"
POOLING = {
    "mean": "states.mean(dim=1)",
    "first": "states[:, 0]",
    "last": "states[:, -1]",
    "max": "states.amax(dim=1)",
    "mean-sqrt-len": "states.sum(dim=1) / states.shape[1] ** 0.5",
    "weighted-mean": f"(states * {PLACES}[:, None]).sum(dim=1) / {PLACES}.sum()",
}
"""How a script pools the states of one text, which has no padding."""

TOLERANCE = 1e-4
"""How far logits may be from ours, relative to the largest: further away it is another arithmetic."""

LOAD = "from safetensors.torch import load_file"
NAMED = "classes = [model.config.id2label[number] for number in range(len(model.config.id2label))]"


def export_text_encoder(
    encoder: Encoder,
    checkpoint: Checkpoint,
    folder: Path,
    tokenizer: str | None = None,
    classifier: Classifier | None = None,
) -> str:
    """Write config, tokenizer and weights; return Python that loads them.

    A classifier is a file of its own: those of transformers are not linear in the pooled states.

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
    if classifier is not None:
        model.config.id2label = dict(enumerate(classifier.classes))
        model.config.label2id = {name: number for number, name in enumerate(classifier.classes)}
        write_head(classifier, folder)
    with reading(checkpoint.title):
        model.save_pretrained(folder)
        tokens.save_pretrained(folder)
    if text_encoder.recipe.written:
        write_recipe(text_encoder, folder)
    return _python_of_texts(text_encoder, folder, classified=classifier is not None)


def _python_of_texts(encoder: TextEncoder, folder: Path, *, classified: bool) -> str:
    length, recipe = encoder.processor.max_length, encoder.recipe
    loading = [
        f"tokenizer = AutoTokenizer.from_pretrained({folder.name!r})",
        f"model = AutoModel.from_pretrained({folder.name!r}).eval()",
    ]
    text = f'{recipe.prompt!r} + "a text"' if recipe.prompt else '"a text"'
    text = f"({text}).lower()" if recipe.lowercase else text
    inputs = f'inputs = tokenizer({text}, truncation=True, max_length={length}, return_tensors="pt")'
    states = "states = model(**inputs).last_hidden_state  # [1, tokens, width]"
    imports = ["from transformers import AutoModel, AutoTokenizer"]
    if not classified:
        return script(imports, *loading, inputs, states, f"# The pooled features are {_pooled(encoder)}.")
    return script(
        ["import torch", LOAD, *imports],
        *loading,
        reading_head(folder),
        NAMED,
        "",
        inputs,
        "with torch.inference_mode():",
        f"    {states}",
        f"    pooled = {_pooling(encoder)}  # in a batch: of those where inputs['attention_mask'] is 1",
        f"    {HEAD_LOGITS}  # no classifier of transformers is linear in these",
        SHOWN,
    )


def _pooled(encoder: TextEncoder) -> str:
    """Tell what is made of the states of tokens."""
    poolings = " and ".join(f"{POOLED[pooling]} of these" for pooling in encoder.recipe.poolings)
    layers = ", ".join(kind_of(layer) for layer in encoder.layers)
    return f"{poolings}, through {layers}, as sentence-transformers makes them" if layers else poolings


def _pooling(encoder: TextEncoder) -> str:
    """Return Python that makes the pooled features of one text's states."""
    each = [POOLING[pooling] for pooling in encoder.recipe.poolings]
    pooling = each[0] if len(each) == 1 else f"torch.cat([{', '.join(each)}], dim=1)"
    for layer in encoder.layers:
        if not isinstance(layer, Normalize):
            raise UnsuitableError(
                f"the pooled features pass a {kind_of(layer)} layer of sentence-transformers, so that the "
                "classifier cannot be exported without it; export the encoder alone"
            )
        pooling = f"torch.nn.functional.normalize({pooling})"
    return pooling


def export_image_encoder(
    encoder: Encoder, checkpoint: Checkpoint, folder: Path, classifier: Classifier | None = None
) -> str:
    """Write config, image processor and weights, the classifier's too; return Python that loads them."""
    image_encoder = cast(ImageEncoder, encoder)
    trunk: Any = image_encoder.trunk
    whole = None if classifier is None else _whole(image_encoder, classifier)
    if classifier is not None and whole is None:
        write_head(classifier, folder)
    with reading(checkpoint.title):
        (trunk if whole is None else whole).save_pretrained(folder)
        hub_image_processor(image_encoder.processor).save_pretrained(folder)
    if classifier is None:
        return script(
            ["from transformers import AutoImageProcessor, AutoModel"],
            f"processor = AutoImageProcessor.from_pretrained({folder.name!r})",
            f"model = AutoModel.from_pretrained({folder.name!r}).eval()",
        )
    call = f"model(**inputs{_stretching(trunk, image_encoder.processor)}).logits"
    if whole is not None:
        return _python_of_images(folder, [], [NAMED], [f"    logits = {call}"])
    return _python_of_images(
        folder,
        [*READING, "from torch import nn", LOAD],
        ["model.classifier = nn.Identity()", reading_head(folder), reading_classes(folder)],
        [f"    pooled = {call}.flatten(1)", f"    {HEAD_LOGITS}"],
    )


def _python_of_images(
    folder: Path, imports: Sequence[str], lines: Sequence[str], computed: Sequence[str]
) -> str:
    return script(
        [
            "import torch",
            "from PIL import Image",
            "from transformers import AutoImageProcessor, AutoModelForImageClassification",
            *imports,
        ],
        f'processor = AutoImageProcessor.from_pretrained({folder.name!r}, backend="pil")',
        f"model = AutoModelForImageClassification.from_pretrained({folder.name!r}).eval()",
        *lines,
        "",
        'image = Image.open("image.png").convert("RGB")',
        'inputs = processor(image, return_tensors="pt")',
        "with torch.inference_mode():",
        *computed,
        SHOWN,
    )


def _stretching(trunk: Any, processor: ImageProcessor) -> str:
    """Return the argument that vision transformers need for images they have no positions for."""
    side = getattr(trunk.config, "image_size", None)
    fits = side is None or tuple(processor.size) in ((side, side), side)
    stretches = "interpolate_pos_encoding" in inspect.signature(trunk.forward).parameters
    return ", interpolate_pos_encoding=True" if stretches and not fits else ""


def _whole(encoder: ImageEncoder, classifier: Classifier) -> Any:
    """Return transformers' model with trunk and classifier; None if it would compute something else."""
    trunk: Any = encoder.trunk
    config = copy.deepcopy(trunk.config)
    config.id2label = dict(enumerate(classifier.classes))
    config.label2id = {name: number for number, name in enumerate(classifier.classes)}
    model = type(trunk)(config)
    linear = [name for name, module in model.classifier.named_modules() if isinstance(module, nn.Linear)]
    if len(linear) != 1:
        return None
    place = ".".join(filter(None, ("classifier", *linear)))
    state = {
        **trunk.state_dict(),
        **{f"{place}.{name}": tensor for name, tensor in classifier.layer.state_dict().items()},
    }
    own = model.state_dict()
    if state.keys() != own.keys() or any(state[name].shape != own[name].shape for name in own):
        return None
    model.load_state_dict(state)
    return model if _agrees(model, encoder, classifier) else None


@torch.no_grad()
def _agrees(model: Any, encoder: ImageEncoder, classifier: Classifier) -> bool:
    """Tell whether a model gives the same logits of noise as encoder and classifier do."""
    random = torch.Generator().manual_seed(0)
    images = torch.randn(2, 3, *encoder.processor.size, generator=random)
    with evaluating(model, encoder, classifier.layer):
        expected, found = classifier.layer(encoder.encode(images).pooled), pooled(model, images)
    return bool((found - expected).abs().max() <= TOLERANCE * expected.abs().max())


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


def hub_image_processor(ours: ImageProcessor) -> Any:
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
