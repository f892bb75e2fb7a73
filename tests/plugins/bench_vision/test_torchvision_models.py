from __future__ import annotations

import copy
import warnings

import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file
from torchvision.models import (
    ResNet50_Weights,
    get_model,
    get_model_weights,
    list_models,
)

from bench import DatasetInfo, UnsuitableError, WeightsError
from bench.toolkit.images import ImageProcessor
from bench_vision.image_classification import ImageClassification
from bench_vision.torchvision_encoder import processor_of
from bench_vision.torchvision_models import Torchvision

TASK = ImageClassification()
THOUSAND = DatasetInfo({}, tuple(f"class {number}" for number in range(1000)))
FAMILIES = [
    ("convnext_tiny", 32, 768),
    ("densenet121", 32, 1024),
    ("efficientnet_b0", 32, 1280),
    ("googlenet", 32, 1024),
    ("inception_v3", 75, 2048),
    ("mnasnet0_5", 32, 1280),
    ("mobilenet_v2", 32, 1280),
    ("mobilenet_v3_small", 32, 1024),
    ("regnet_y_400mf", 32, 440),
    ("resnet18", 32, 512),
    ("shufflenet_v2_x0_5", 32, 1024),
    ("swin_t", 32, 768),
    ("vit_b_32", 64, 768),
]


def pixels(side, count=2):
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8)


def close(one, other):
    """Tell if tensors agree, given that untrained networks have outputs of any magnitude."""
    return (one - other).abs().max() <= 1e-4 * other.abs().max()


def original(model, size):
    """Return torchvision's own model with the weights that seed 0 gives, in evaluation."""
    torch.manual_seed(0)
    options = {"image_size": size} if model.startswith("vit") else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return get_model(model, weights=None, **options).eval()


@pytest.mark.parametrize(("model", "size", "width"), FAMILIES)
@torch.inference_mode()
def test_the_native_head_on_the_features_is_the_original_model(model, size, width):
    torch.manual_seed(0)
    encoder = Torchvision(model=model, weights="none", image_size=size).load().eval()
    batch = pixels(size)
    features = encoder({"pixels": batch})
    assert features.pooled.shape == (2, width)
    assert encoder.spec.pooled == width
    logits = TASK.native_head(encoder, THOUSAND)(features)
    expected = original(model, size)((batch / 255 - encoder.mean) / encoder.std)
    assert close(logits, expected)


@torch.inference_mode()
def test_squeezenet_classifies_before_it_pools():
    torch.manual_seed(0)
    encoder = Torchvision(model="squeezenet1_1", weights="none", image_size=32).load().eval()
    batch = pixels(32)
    expected = original("squeezenet1_1", 32).features((batch / 255 - encoder.mean) / encoder.std)
    assert close(encoder({"pixels": batch}).pooled, expected.relu().mean(dim=(2, 3)))
    assert TASK.native_head(encoder, THOUSAND) is None


@pytest.mark.parametrize("model", ["googlenet", "inception_v3"])
def test_training_needs_no_auxiliary_classifiers(model):
    encoder = Torchvision(model=model, weights="none", image_size=75).load()
    assert encoder.training
    assert encoder({"pixels": pixels(75)}).pooled.requires_grad
    assert not any(name.startswith(("trunk.aux", "trunk.Aux")) for name, _ in encoder.named_parameters())


@pytest.mark.parametrize("size", [(427, 640), (231, 231), (333, 401)])
def test_the_processor_is_torchvisions_evaluation_of_all_its_weights(size):
    image = Image.effect_mandelbrot(size, (-2, -1, 1, 1), 80).convert("RGB")
    every = [entry for name in list_models(module=torchvision.models) for entry in get_model_weights(name)]
    ways = {repr(weights.transforms()): weights for weights in every}
    assert len(every) > 100
    for weights in ways.values():
        processor = processor_of(weights, None)
        ours = torch.from_numpy(processor(image)["pixels"]) / 255
        mean, std = (torch.tensor(values).view(3, 1, 1) for values in (processor.mean, processor.std))
        assert torch.allclose((ours - mean) / std, weights.transforms()(image), atol=1e-5), weights


def test_another_image_size_keeps_the_share_that_is_cut_out():
    assert processor_of(ResNet50_Weights.IMAGENET1K_V1, 112) == ImageProcessor((112, 112), (128, 128))


def test_weights_from_a_file_bring_the_names_of_imagenet(tmp_path):
    theirs = original("mobilenet_v3_small", None)
    save_file(theirs.state_dict(), tmp_path / "w.safetensors")
    encoder = Torchvision(model="mobilenet_v3_small", weights=str(tmp_path), image_size=32).load().eval()
    head = TASK.native_head(encoder, DatasetInfo({}, ("goldfish", "Great_White_Shark")))
    assert head.rows == [1, 2]
    batch = pixels(32)
    logits = theirs((batch / 255 - encoder.mean) / encoder.std)[:, 1:3]
    assert close(head(encoder({"pixels": batch})), logits)
    categories = get_model_weights("mobilenet_v3_small").DEFAULT.meta["categories"]
    assert TASK.native_head(encoder, DatasetInfo({}, tuple(categories))).rows == list(range(1000))


def test_a_published_densenet_file_has_older_names(tmp_path):
    theirs = original("densenet121", None)
    older = {
        name.replace("norm1.", "norm.1.").replace("conv2.", "conv.2.")
        if "denselayer" in name
        else name: tensor
        for name, tensor in theirs.state_dict().items()
    }
    torch.save(older, tmp_path / "w.pth")
    encoder = Torchvision(model="densenet121", weights=str(tmp_path / "w.pth"), image_size=32).load()
    assert TASK.native_head(encoder, DatasetInfo({}, ("tench",))) is not None


def test_a_published_inception_file_has_auxiliary_classifiers(tmp_path):
    theirs = original("inception_v3", None)
    save_file(theirs.state_dict(), tmp_path / "w.safetensors")
    backbone = Torchvision(model="inception_v3", weights=str(tmp_path / "w.safetensors"), image_size=75)
    encoder = backbone.load().eval()
    theirs.transform_input = True
    batch = pixels(75)
    logits = theirs((batch / 255 - encoder.mean) / encoder.std)[:, :1]
    head = TASK.native_head(encoder, DatasetInfo({}, ("tench",)))
    assert close(head(encoder({"pixels": batch})), logits)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "resnet1"}, "there is no classification model 'resnet1'; did you mean 'resnet1"),
        ({"model": "fcn_resnet50"}, "there is no classification model 'fcn_resnet50'"),
        ({"model": "resnet50", "weights": "IMAGENET1K_V3"}, "did you mean 'IMAGENET1K_V2'"),
        ({"model": "resnet18", "weights": "gone.pth"}, r"gone\.pth: no such weights file"),
    ],
)
def test_weights_that_cannot_be_had(settings, message):
    with pytest.raises(WeightsError, match=message):
        Torchvision(**settings).load()


def test_no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(
        WeightsError,
        match=r"^torchvision/resnet18: the weights 'default' are neither in the cache nor reachable .*"
        r"torchvision has them at https://.*resnet18.*\.pth; give a file with 'weights: FILE'",
    ):
        Torchvision(model="resnet18").load()


@pytest.mark.parametrize(
    ("model", "size", "strides", "channels"),
    [
        ("resnet18", (64, 96), (2, 4, 8, 16, 32), (64, 64, 128, 256, 512)),
        ("mobilenet_v3_small", (64, 64), (2, 4, 8, 16, 32), (16, 16, 24, 48, 576)),
        ("vgg11", (32, 64), (1, 2, 4, 8, 16, 32), (64, 128, 256, 512, 512, 512)),
        ("swin_t", (64, 64), (4, 8, 16, 32), (96, 192, 384, 768)),
        ("vit_b_16", (224, 224), (16,), (768,)),
    ],
)
def test_maps_are_the_last_of_each_stride(model, size, strides, channels):
    encoder = Torchvision(model=model, weights="none", image_size=size).load().eval()
    assert (encoder.spec.strides, encoder.spec.channels) == (strides, channels)
    batch = {"pixels": torch.randint(256, (2, 3, *size), dtype=torch.uint8)}
    with torch.no_grad():
        alone = encoder(batch)
        encoder.levels = frozenset(range(len(strides)))
        features = copy.deepcopy(encoder)(batch)
    assert [map_.numel() > 0 for map_ in alone.maps] == [False] * (len(strides) - 1) + [True]
    assert torch.equal(alone.pooled, features.pooled)
    levels = zip(channels, strides, strict=True)
    shapes = [(2, count, size[0] // stride, size[1] // stride) for count, stride in levels]
    assert [tuple(map_.shape) for map_ in features.maps] == shapes
    assert all(tap.latest is None for tap in encoder.taps)


def test_the_deepest_map_of_a_residual_network_is_what_is_pooled():
    encoder = Torchvision(model="resnet18", weights="none", image_size=64).load().eval()
    with torch.no_grad():
        features = encoder({"pixels": pixels(64)})
    assert close(features.maps[-1].mean(dim=(2, 3)), features.pooled)


def test_sizes_that_a_model_cannot_take():
    with pytest.raises(UnsuitableError, match=r"these weights are for one image size .*leave out"):
        Torchvision(model="vit_b_16", image_size=64).load()
    with pytest.raises(UnsuitableError, match="cannot take images of 16 x 16 pixels"):
        Torchvision(model="alexnet", weights="none", image_size=16).load()
