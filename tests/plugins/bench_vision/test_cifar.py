from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError
from safetensors.torch import save_file

from bench import DatasetInfo, WeightsError
from bench_vision.cifar import SHIPPED, Cifar
from bench_vision.cifar_network import CifarResNet, shortcut
from bench_vision.image_classification import ImageClassification
from bench_vision.resnet_cifar import CLASSES

TASK = ImageClassification()
CIFAR10 = DatasetInfo({}, CLASSES)
FILES = [("resnet20", "resnet20-12fca82f.th"), ("resnet32", "resnet32-d509ac18.th")]


def size(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("depth", "parameters"),
    # 20 and 32 as counted by the publisher of the shared weights; the others in millions in the paper.
    [(20, 269_722), (32, 464_154), (44, 0.66e6), (56, 0.85e6), (110, 1.73e6)],
)
def test_parameters_as_published(depth, parameters):
    exact = isinstance(parameters, int)
    assert size(CifarResNet(depth)) == pytest.approx(parameters, abs=0 if exact else 5e3)


def test_depth_counts_layers_with_weights():
    layers = [m for m in CifarResNet(20).modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(layers) == 20


def test_shortcut_takes_every_second_pixel_and_pads_channels_on_both_sides():
    maps = torch.arange(2 * 4 * 4).view(1, 2, 4, 4)
    expected = torch.zeros(1, 4, 2, 2, dtype=maps.dtype)
    expected[0, 1] = torch.tensor([[0, 2], [8, 10]])
    expected[0, 2] = torch.tensor([[16, 18], [24, 26]])
    assert torch.equal(shortcut(maps, stride=2, more=2), expected)
    assert torch.equal(shortcut(maps, stride=1, more=0), maps)


def test_features_and_their_spec():
    encoder = Cifar(model="resnet20", weights="none", image_size=16).load().eval()
    features = encoder({"pixels": torch.randint(0, 256, (2, 3, 16, 16), dtype=torch.uint8)})
    *_, last = features.maps
    assert last.shape == (2, encoder.spec.channels[-1], 16 // encoder.spec.strides[-1], 4)
    assert torch.equal(features.pooled, last.mean(dim=(2, 3)))
    assert encoder.spec.pooled == 64
    assert size(encoder) == 269_722 - 650  # the linear layer is the head's


def test_the_processor_leaves_images_of_32_pixels_as_they_are():
    processor = Cifar(model="resnet20", weights="none").load().processor
    image = Image.effect_noise((32, 32), 60)
    assert (processor(image)["pixels"][0] == np.asarray(image)).all()
    assert processor(image.resize((50, 40)))["pixels"].shape == (3, 32, 32)


@pytest.mark.parametrize(("model", "file"), FILES)
def test_both_formats_of_the_shared_weights_give_equal_logits(shared_data, model, file):
    inputs = {"pixels": torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)}
    logits = []
    for name in (file, f"{model}.safetensors"):
        encoder = Cifar(model=model, weights=str(shared_data / "weights" / name)).load().eval()
        logits.append(TASK.native_head(encoder, CIFAR10)(encoder(inputs)))
    assert torch.equal(*logits)


@pytest.mark.parametrize(("model", "right"), [("resnet20", 20), ("resnet32", 19)])
def test_real_images_are_recognised_as_published(shared_data, model, right):
    encoder = Cifar(model=model, weights=str(shared_data / "weights" / f"{model}.safetensors")).load().eval()
    files = sorted((shared_data / "cifar10-png20" / "test").glob("*/*.png"))
    present = tuple(sorted({file.parent.name for file in files}))
    assert len(present) == 8
    pixels = [torch.from_numpy(encoder.processor(Image.open(file))["pixels"]) for file in files]
    with torch.inference_mode():
        logits = TASK.native_head(encoder, DatasetInfo({}, present))(encoder({"pixels": torch.stack(pixels)}))
    found = [present[index] for index in logits.argmax(dim=1)]
    assert sum(name == file.parent.name for name, file in zip(found, files, strict=True)) == right


def test_trained_weights_know_their_classes_and_no_others(tmp_path):
    save_file(CifarResNet(20).state_dict(), tmp_path / "w.safetensors")
    encoder = Cifar(model="resnet20", weights=str(tmp_path)).load()
    assert TASK.native_head(encoder, DatasetInfo({}, ("Truck", "cat"))).rows == [9, 3]
    assert TASK.native_head(encoder, DatasetInfo({}, tuple("0123456789"))) is None
    assert TASK.native_head(encoder, DatasetInfo({}, ())) is None


def test_untrained_it_has_a_head_for_any_ten_classes():
    encoder = Cifar(model="resnet20", weights="none").load()
    assert TASK.native_head(encoder, DatasetInfo({}, tuple("0123456789"))).rows == list(range(10))
    assert TASK.native_head(encoder, DatasetInfo({}, tuple("01234"))) is None


def test_weights_for_other_classes_load_without_their_head(tmp_path):
    state = CifarResNet(20).state_dict() | {
        "linear.weight": torch.zeros(100, 64),
        "linear.bias": torch.zeros(100),
    }
    save_file(state, tmp_path / "w.safetensors")
    encoder = Cifar(model="resnet20", weights=str(tmp_path / "w.safetensors")).load()
    assert torch.equal(encoder.trunk.conv1.weight, state["conv1.weight"])
    assert TASK.native_head(encoder, CIFAR10) is None


def test_weights_of_another_depth_are_refused_by_key_names(shared_data):
    backbone = Cifar(model="resnet20", weights=str(shared_data / "weights" / "resnet32.safetensors"))
    with pytest.raises(WeightsError, match=r"^cifar/resnet20: .* unexpected layer1\.3\.bn1\.bias,"):
        backbone.load()


def test_most_come_without_weights():
    with pytest.raises(ValidationError, match=r"no weights 'default' come with cifar/resnet32; give a file"):
        Cifar(model="resnet32")
    with pytest.raises(ValidationError, match="'some_tag' is neither 'default' nor 'none'"):
        Cifar(model="resnet20", weights="some_tag")


def test_shipped_weights_are_known_by_their_content(tmp_path, monkeypatch):
    file = tmp_path / "resnet20.safetensors"
    monkeypatch.setitem(SHIPPED, "resnet20", file)
    backbone = Cifar(model="resnet20")
    with pytest.raises(WeightsError, match=r"resnet20\.safetensors: no such weights file"):
        backbone.load()
    save_file(CifarResNet(20).state_dict(), file)
    assert backbone.identity() == Cifar(model="resnet20", weights=str(file)).identity()
    assert TASK.native_head(backbone.load(), CIFAR10).rows == list(range(10))


def test_shipped_weights_may_be_without_a_classifier(tmp_path, monkeypatch):
    state = CifarResNet(20).state_dict()
    save_file({name: state[name] for name in state if "linear" not in name}, tmp_path / "w.safetensors")
    monkeypatch.setitem(SHIPPED, "resnet20", tmp_path / "w.safetensors")
    assert TASK.native_head(Cifar(model="resnet20").load(), CIFAR10) is None


def test_untrained_weights_come_from_the_global_generator():
    states = []
    for _ in range(2):
        torch.manual_seed(7)
        states.append(Cifar(model="resnet20", weights="none").load().state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_the_identity_holds_the_content_of_the_file(tmp_path):
    (tmp_path / "w.th").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    assert Cifar(model="resnet20", weights=str(tmp_path / "w.th")).identity() == {
        "name": "cifar",
        "model": "resnet20",
        "weights": f"sha256:{digest}",
        "image_size": None,
    }
