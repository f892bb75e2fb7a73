"""Exported weights load in the library that they are named for, and give what the encoder gives."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn
from torch.testing import assert_close

import bench
from bench.toolkit.heads import LinearHead
from bench_vision.cifar import Cifar
from bench_vision.efficientnet_lite import EfficientNetLite
from bench_vision.timm_models import Timm
from bench_vision.torchvision_models import Torchvision
from families import TIMM
from snippets import logits_of

TORCHVISION = [
    ("googlenet", 32),
    ("mobilenet_v3_small", 32),
    ("resnet18", 32),
    ("squeezenet1_1", 32),
    ("swin_t", 32),
    ("vit_b_32", 64),
]
CASES: list[tuple[type[bench.Backbone], dict[str, Any]]] = [
    *((Timm, {"model": model, "image_size": size}) for model, size in TIMM),
    *((Torchvision, {"model": model, "image_size": size}) for model, size in TORCHVISION),
    (Cifar, {"model": "resnet20"}),
    (Cifar, {"model": "resnet32", "image_size": 16}),
    (EfficientNetLite, {"model": "lite0", "image_size": 32}),
]


def trained(backbone: bench.Backbone, seed: int = 0) -> Any:
    """An encoder whose parameters and batch statistics are not those it is born with."""
    torch.manual_seed(seed)
    encoder = backbone.load()
    with torch.no_grad():
        for module in encoder.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(std=0.1)
                module.running_var.uniform_(0.5, 2)
    return encoder.eval()


def exported(backbone: bench.Backbone, encoder: Any, folder: Path) -> str:
    folder.mkdir()
    return backbone.export(encoder, folder)


@pytest.mark.parametrize(("cls", "settings"), CASES, ids=lambda case: str(case))
@torch.inference_mode()
def test_the_python_of_the_card_gives_the_same_features(
    cls: type[bench.Backbone], settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = cls(weights="none", **settings)
    encoder = trained(backbone)
    loading = exported(backbone, encoder, tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    Path("loading.py").write_text(loading)
    model = runpy.run_path("loading.py")["model"]
    # In the memory format of the encoder's, so that the arithmetic is the same.
    model.to(memory_format=torch.channels_last)
    batch = torch.randint(0, 256, (2, 3, *encoder.processor.size), dtype=torch.uint8)
    images = (batch / 255 - encoder.mean) / encoder.std
    assert str(round(encoder.mean.flatten()[0].item(), 6)) in loading
    features = encoder.encode(images)
    assert_close(model(images), features.pooled, rtol=0, atol=0)

    again = cls(weights=str(tmp_path / "mine"), **settings).load()
    assert again.state_dict().keys() == encoder.state_dict().keys()
    for name, tensor in encoder.state_dict().items():
        assert_close(again.state_dict()[name], tensor, rtol=0, atol=0)
    if settings["model"] != "googlenet":  # weights in a file are taken for published ones: `drop_auxiliary`
        assert_close(again.eval()({"pixels": batch}).pooled, encoder({"pixels": batch}).pooled)


def test_inception_s_own_normalisation_is_told(tmp_path: Path) -> None:
    untrained = Torchvision(model="googlenet", weights="none", image_size=32)
    exported(untrained, untrained.load(), tmp_path / "one")
    backbone = Torchvision(model="googlenet", weights=str(tmp_path / "one"), image_size=32)
    assert "transform_input=True" in exported(backbone, backbone.load(), tmp_path / "two")


def test_the_tag_of_the_weights_is_told(tmp_path: Path) -> None:
    model = timm.create_model("test_resnet")
    save_file(model.state_dict(), tmp_path / "w.safetensors")
    backbone = Timm(model="test_resnet.r160_in1k", weights=str(tmp_path / "w.safetensors"))
    loading = exported(backbone, backbone.load(), tmp_path / "mine")
    assert "timm.create_model('test_resnet.r160_in1k', num_classes=0, checkpoint_path='mine/" in loading


def test_a_model_that_timm_makes_otherwise_without_a_classifier(tmp_path: Path) -> None:
    backbone = Timm(model="efficientvit_m0", weights="none")
    with pytest.raises(bench.UnsuitableError, match="other parameters without a classifier") as caught:
        exported(backbone, backbone.load(), tmp_path / "mine")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "mine").iterdir()) == []


def test_cifar_weights_have_the_names_of_published_ones(shared_data: Path, tmp_path: Path) -> None:
    published = shared_data / "weights" / "resnet20.safetensors"
    backbone = Cifar(model="resnet20", weights=str(published))
    exported(backbone, backbone.load(), tmp_path / "mine")
    ours = load_file(tmp_path / "mine" / "model.safetensors")
    theirs = {name: tensor for name, tensor in load_file(published).items() if not name.startswith("linear.")}
    counts = {name for name in ours if name.endswith("num_batches_tracked")}  # older files lack them
    assert ours.keys() - counts == theirs.keys()
    assert all(torch.equal(ours[name], tensor) for name, tensor in theirs.items())


# --- with a classifier ---------------------------------------------------------------------------

PICTURE = (97, 75)
"""Width and height: odd, so that scaling and cutting must be right."""


def picture() -> Image.Image:
    rows, columns = np.mgrid[: PICTURE[1], : PICTURE[0]]
    waves = [np.sin(rows / 5 + phase) * np.cos(columns / 7 - phase) for phase in range(3)]
    return Image.fromarray((127.5 + 127.5 * np.stack(waves, -1)).astype(np.uint8))


def classifier(width: int, count: int = 3) -> tuple[LinearHead, bench.Classifier]:
    """A trained head that standardises its features, and the layer that it amounts to."""
    torch.manual_seed(1)
    head = LinearHead(width, count).eval()
    head.calibrate([bench.Features(torch.randn(20, width) * torch.rand(width) + 3)], "standardise")
    return head, bench.Classifier(head.as_linear(), tuple(f"class {n}, 'π'" for n in range(count)))


@torch.inference_mode()
def logits(encoder: Any, head: LinearHead) -> torch.Tensor:
    return head(encoder({"pixels": torch.from_numpy(encoder.processor(picture())["pixels"])[None]}))


def check_logits(found: torch.Tensor, expected: torch.Tensor) -> None:
    assert_close(found, expected, rtol=1e-5, atol=1e-5 * float(expected.abs().max()))


APART = ("deit_tiny_distilled_patch16_224", "squeezenet1_1")
"""Two classifiers, and one that is a convolution before the features are pooled."""


def exported_whole(backbone: Any, encoder: Any, layer: bench.Classifier, folder: Path) -> str:
    """The Python that loads an encoder with its classifier, in the library's own place if it has one."""
    mine = folder / "mine"
    mine.mkdir(parents=True)
    python = backbone.export(encoder, mine, layer)
    assert (mine / "head.safetensors").exists() == (backbone.model in APART)
    picture().save(folder / "image.png")
    return python


@pytest.mark.parametrize(("cls", "settings"), [case for case in CASES if case[0] is not Cifar], ids=str)
def test_the_python_of_the_card_gives_the_same_logits(
    cls: type[bench.Backbone],
    settings: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    backbone = cls(weights="none", **settings)
    encoder = trained(backbone)
    head, layer = classifier(encoder.spec.pooled)
    python = exported_whole(backbone, encoder, layer, tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("loading.py").write_text(python)
    found = runpy.run_path("loading.py")
    check_logits(found["logits"], logits(encoder, head))
    assert list(found["classes"]) == list(layer.classes)
    assert "class 2, 'π'" in capsys.readouterr().out
    again = backbone.load_exported(tmp_path / "mine").eval()
    if settings["model"] != "googlenet":  # weights in a file are taken for published ones: `drop_auxiliary`
        check_logits(logits(again, head), logits(encoder, head))


def test_it_does_so_without_bench(tmp_path: Path) -> None:
    cases: list[tuple[type[bench.Backbone], dict[str, Any]]] = [
        *(case for case in CASES if case[0] is Cifar),
        (Timm, {"model": "test_vit", "image_size": 64}),
        (Timm, {"model": "deit_tiny_distilled_patch16_224", "image_size": 32}),
        (Torchvision, {"model": "resnet18", "image_size": 32}),
    ]
    snippets, expected = {}, []
    for cls, settings in cases:
        backbone = cls(weights="none", **settings)
        encoder = trained(backbone)
        head, layer = classifier(encoder.spec.pooled)
        folder = tmp_path / str(settings["model"])
        snippets[folder] = exported_whole(backbone, encoder, layer, folder)
        expected.append(logits(encoder, head))
    for found, wanted in zip(logits_of(snippets), expected, strict=True):
        check_logits(torch.tensor(found), wanted)
