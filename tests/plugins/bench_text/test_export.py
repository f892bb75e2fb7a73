"""Exported encoders load in transformers, and in bench as `hf/./FOLDER`, and give what they gave."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from torch.testing import assert_close

import bench
from bench_text.hf import HuggingFace
from bench_text.minilm import MiniLM, packaged
from tiny_models import SHAPES, TINY, WORDS, end_of_text, wordpiece

TEXTS = ["The cat sat on a mat.", "[SEP] is only text", "", "very " * 50]
IMAGES = TINY | {"image_size": 32, "patch_size": 8}


def exported(backbone: bench.Backbone, encoder: Any) -> str:
    """The Python that loads what was written into the folder `mine`, of the working directory."""
    folder = Path("mine").absolute()
    folder.mkdir()
    return backbone.export(encoder.eval(), folder)


def run(loading: str) -> dict[str, Any]:
    Path("loading.py").write_text(loading)
    return runpy.run_path("loading.py")


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def states(encoder: Any, text: str) -> torch.Tensor:
    arrays = {name: torch.from_numpy(a.astype(np.int64))[None] for name, a in encoder.processor(text).items()}
    with torch.no_grad():
        return encoder({**arrays, "mask": torch.ones_like(arrays["ids"], dtype=torch.bool)}).maps[0]


def check_text(backbone: bench.Backbone, encoder: Any, **settings: Any) -> None:
    """Both transformers and bench make the same of texts with the exported model as the encoder."""
    loaded = run(exported(backbone, encoder))
    again = HuggingFace(model="./mine", **settings).load().eval()
    assert again.state_dict().keys() == encoder.state_dict().keys()
    assert all(torch.equal(t, encoder.state_dict()[name]) for name, t in again.state_dict().items())
    for text in TEXTS:
        expected = states(encoder, text)
        assert_close(states(again, text), expected, rtol=0, atol=0)
        tokens = loaded["tokenizer"](
            text, truncation=True, max_length=encoder.processor.max_length, return_tensors="pt"
        )
        if tokens["input_ids"].numel():  # of an empty text bench makes one token where there would be none
            with torch.no_grad():
                assert_close(loaded["model"](**tokens).last_hidden_state, expected, rtol=0, atol=1e-6)
    assert loaded["states"].shape[-1] == encoder.spec.pooled


@pytest.mark.parametrize("kind", SHAPES)
def test_a_model_of_bytes(kind: str) -> None:
    backbone = HuggingFace(model=kind, config=SHAPES[kind])
    check_text(backbone, backbone.load())


@pytest.mark.parametrize("tokens", [wordpiece, end_of_text])
def test_a_model_with_a_tokenizer_of_its_own(save: Callable[..., Path], tokens: Callable[[], Any]) -> None:
    tokenizer = tokens()
    folder = save(transformers.BertModel(transformers.BertConfig(vocab_size=300, **TINY)), tokenizer)
    backbone = HuggingFace(model=str(folder), weights="none", max_length=16)
    check_text(backbone, backbone.load(), max_length=16)


def test_a_model_with_another_tokenizer(save: Callable[..., Path]) -> None:
    words = save(wordpiece())
    backbone = HuggingFace(model="bert", config=TINY, tokenizer=str(words))
    encoder = backbone.load()
    assert encoder.model.config.vocab_size == 5 + len(WORDS)
    check_text(backbone, encoder)


def test_the_pooling_is_told() -> None:
    backbone = HuggingFace(model="bert", config=TINY, pooling="first", max_length=64)
    loading = exported(backbone, backbone.load())
    assert "truncation=True, max_length=64," in loading
    assert loading.endswith("# The pooled features are the first of these.")


def test_half_a_model_is_refused() -> None:
    shape = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2}
    backbone = HuggingFace(model="t5", config=shape)
    with pytest.raises(
        bench.UnsuitableError, match=r"^hf/t5: cannot be exported without the decoder"
    ) as caught:
        exported(backbone, backbone.load())
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(packaged() is None, reason="needs the package of the extra `minilm`")
def test_minilm() -> None:
    backbone = MiniLM(weights="none", max_length=32)
    check_text(backbone, backbone.load(), max_length=32)


@pytest.mark.parametrize("processor", ["ours", "squeezed", "cropped"])
def test_an_image_model(save: Callable[..., Path], processor: str) -> None:
    if processor == "ours":
        backbone = HuggingFace(model="vit", config=IMAGES)
    else:
        size = {"height": 32, "width": 32}
        cropped = {"size": {"shortest_edge": 40}, "do_center_crop": True, "crop_size": size}
        theirs = transformers.ViTImageProcessor(
            **(cropped if processor == "cropped" else {"size": size}), image_std=[0.2, 0.3, 0.4], resample=3
        )
        model = transformers.ViTForImageClassification(transformers.ViTConfig(**IMAGES))
        backbone = HuggingFace(model=str(save(model, theirs)))
    encoder = backbone.load()
    loaded = run(exported(backbone, encoder))
    again = HuggingFace(model="./mine").load().eval()
    assert again.processor == encoder.processor
    assert again.state_dict().keys() == encoder.state_dict().keys()
    assert all(torch.equal(t, encoder.state_dict()[name]) for name, t in again.state_dict().items())
    image = Image.effect_mandelbrot((50, 44), (-2, -1, 1, 1), 80).convert("RGB")
    pixels = torch.from_numpy(encoder.processor(image)["pixels"])[None]
    values = (pixels / 255 - encoder.mean) / encoder.std
    theirs = loaded["processor"](image, return_tensors="pt")["pixel_values"]
    assert (
        theirs - values
    ).abs().mean() < 0.02  # Pillow scales bytes, torchvision smooths a little otherwise
    with torch.no_grad():
        states = loaded["model"](values).last_hidden_state
        assert_close(states[:, 0], encoder({"pixels": pixels}).pooled, rtol=0, atol=1e-6)
