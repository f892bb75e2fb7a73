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
from bench.toolkit.heads import LinearHead
from bench.toolkit.image_text import text_vectors
from bench_text.bert_mini import BertMini
from bench_text.hf import HuggingFace
from bench_text.minilm import MiniLM, packaged
from snippets import logits_of
from tiny_models import SHAPES, TINY, WORDS, end_of_text, wordpiece
from two_towers import TWO_TOWERS

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


# --- with a classifier ---------------------------------------------------------------------------


def classifier(width: int) -> tuple[LinearHead, bench.Classifier]:
    """A trained head that standardises its features, and the layer that it amounts to."""
    torch.manual_seed(1)
    head = LinearHead(width, 3).eval()
    head.calibrate([bench.Features(torch.randn(20, width) * torch.rand(width) + 3)], "standardise")
    return head, bench.Classifier(head.as_linear(), ("sports", "the arts", "π"))


def check_logits(found: torch.Tensor, expected: torch.Tensor) -> None:
    assert_close(found, expected, rtol=1e-5, atol=1e-5 * float(expected.abs().max()))


@torch.inference_mode()
def logits(encoder: Any, head: LinearHead, raw: Any) -> torch.Tensor:
    arrays = {
        n: torch.from_numpy(a.astype(np.uint8 if n == "pixels" else np.int64))[None]
        for n, a in encoder.processor(raw).items()
    }
    mask = {} if "pixels" in arrays else {"mask": torch.ones_like(arrays["ids"], dtype=torch.bool)}
    return head(encoder({**arrays, **mask}))


def exported_whole(
    backbone: bench.Backbone, encoder: Any, layer: bench.Classifier, folder: Path | None = None
) -> str:
    """The Python that loads what was written into the folder `mine`, of the working directory or another."""
    mine = (folder or Path.cwd()) / "mine"
    mine.mkdir(parents=True)
    return backbone.export(encoder.eval(), mine, layer)


@pytest.mark.parametrize("pooling", ["mean", "first", "last"])
@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_a_classifier_of_texts(kind: str, pooling: str) -> None:
    backbone = HuggingFace(model=kind, config=SHAPES[kind], pooling=pooling)
    encoder = backbone.load().eval()
    head, layer = classifier(encoder.spec.pooled)
    loaded = run(exported_whole(backbone, encoder, layer))
    check_logits(loaded["logits"], logits(encoder, head, "a text"))
    assert loaded["classes"] == list(layer.classes)
    again = backbone.load_exported(Path("mine")).eval()
    check_logits(logits(again, head, "other words"), logits(encoder, head, "other words"))


def waves(width: int = 53, height: int = 44) -> Image.Image:
    rows, columns = np.mgrid[:height, :width]
    layers = [np.sin(rows / 5 + phase) * np.cos(columns / 7 - phase) for phase in range(3)]
    return Image.fromarray((127.5 + 127.5 * np.stack(layers, -1)).astype(np.uint8))


CONVNEXT = {"hidden_sizes": [8, 8, 16, 32], "depths": [1, 1, 1, 1]}
RESNET = {"embedding_size": 8, "hidden_sizes": [8, 16, 16, 32], "depths": [1, 1, 1, 1]}
IMAGE_MODELS = {"vit": IMAGES, "convnext": CONVNEXT, "resnet": RESNET}


@pytest.mark.parametrize("size", [32, 48])
@pytest.mark.parametrize("kind", IMAGE_MODELS)
def test_a_classifier_of_images(kind: str, size: int) -> None:
    backbone = HuggingFace(model=kind, config=IMAGE_MODELS[kind], image_size=size)
    encoder = backbone.load().eval()
    head, layer = classifier(encoder.spec.pooled)
    python = exported_whole(backbone, encoder, layer)
    waves().save("image.png")
    loaded = run(python)
    check_logits(loaded["logits"], logits(encoder, head, waves()))
    assert loaded["classes"] == list(layer.classes)
    assert not Path("mine/head.safetensors").exists()
    again = backbone.load_exported(Path("mine")).eval()
    check_logits(logits(again, head, waves()), logits(encoder, head, waves()))


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_a_model_of_images_and_texts(kind: str) -> None:
    backbone = HuggingFace(model=kind, config=TWO_TOWERS[kind])
    encoder = backbone.load().eval()
    head, layer = classifier(encoder.spec.pooled)
    python = exported_whole(backbone, encoder, layer)
    waves().save("image.png")
    check_logits(run(python)["logits"], logits(encoder, head, waves()))
    again = backbone.load_exported(Path("mine")).eval()
    check_logits(logits(again, head, waves()), logits(encoder, head, waves()))
    texts = ["a photo of a cat.", "dog"]
    assert_close(text_vectors(again, texts), text_vectors(encoder, texts))


def image_model(folder: Path, crop: bool) -> HuggingFace:
    size = {"height": 32, "width": 32}
    cropped = {"size": {"shortest_edge": 40}, "do_center_crop": True, "crop_size": size}
    theirs = transformers.ViTImageProcessor(**(cropped if crop else {"size": size}), resample=3)
    theirs.save_pretrained(folder)
    transformers.ViTForImageClassification(transformers.ViTConfig(**IMAGES)).save_pretrained(folder)
    return HuggingFace(model=str(folder))


def test_classifiers_without_bench(tmp_path: Path) -> None:
    cases: dict[str, tuple[bench.Backbone, Any]] = {
        "texts": (BertMini(max_length=16), "a text"),
        "cropped images": (image_model(tmp_path / "cropped", crop=True), waves()),
        "squeezed images": (image_model(tmp_path / "squeezed", crop=False), waves()),
    }
    snippets, expected = {}, []
    for name, (backbone, raw) in cases.items():
        encoder = backbone.load().eval()
        head, layer = classifier(encoder.spec.pooled)
        folder = tmp_path / name
        snippets[folder] = exported_whole(backbone, encoder, layer, folder)
        waves().save(folder / "image.png")
        expected.append(logits(encoder, head, raw))
        if name == "texts":
            again = backbone.load_exported(folder / "mine").eval()
            check_logits(logits(again, head, "other words"), logits(encoder, head, "other words"))
    for found, wanted in zip(logits_of(snippets), expected, strict=True):
        check_logits(torch.tensor(found), wanted)
