from __future__ import annotations

import subprocess
import sys

import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.data import ImageNetInfo, create_transform, resolve_data_config
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from bench import DatasetInfo, UnsuitableError, WeightsError
from bench.toolkit.heads import LinearHead
from bench_vision.image_classification import ImageClassification
from bench_vision.timm_encoder import processor_of
from bench_vision.timm_models import Timm
from families import TIMM

TASK = ImageClassification()
THOUSAND = DatasetInfo({}, tuple(f"class {number}" for number in range(1000)))


def pixels(side, count=2):
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8)


def close(one, other):
    """Tell if tensors agree, given that untrained networks have outputs of any magnitude."""
    return (one - other).abs().max() <= 1e-4 * other.abs().max()


def twin(model, size):
    """Return an encoder and timm's own model with the same random weights, both in evaluation."""
    torch.manual_seed(0)
    encoder = Timm(model=model, weights="none", image_size=size).load()
    torch.manual_seed(0)
    try:
        theirs = timm.create_model(model, img_size=size)
    except TypeError:
        theirs = timm.create_model(model)
    return encoder.eval(), theirs.eval()


@pytest.mark.parametrize(("model", "size"), TIMM)
@torch.inference_mode()
def test_features_are_what_timms_head_reads(model, size):
    encoder, theirs = twin(model, size)
    batch = pixels(size)
    features = encoder({"pixels": batch})
    images = (batch / 255 - encoder.mean) / encoder.std
    expected = theirs.forward_head(theirs.forward_features(images), pre_logits=True)
    assert close(features.pooled, expected)
    assert features.pooled.shape == (2, encoder.spec.pooled)
    *_, last = features.maps
    stride = encoder.spec.strides[-1]
    assert last.shape == (2, encoder.spec.channels[-1], size // stride, size // stride)
    head = TASK.native_head(encoder, THOUSAND)
    if model.startswith("deit"):
        assert head is None
    else:
        assert close(head.eval()(features), theirs(images))


def test_the_map_of_a_transformer_is_its_patches_in_rows():
    encoder, theirs = twin("test_vit", 64)
    batch = pixels(64)
    tokens = theirs.forward_features((batch / 255 - encoder.mean) / encoder.std)
    (last,) = encoder({"pixels": batch}).maps
    assert theirs.num_prefix_tokens == 1
    assert close(last[0, :, 2, 1], tokens[0, 1 + 2 * 4 + 1])


def test_the_map_of_a_model_with_channels_last_has_them_first():
    encoder, theirs = twin("swin_tiny_patch4_window7_224", 224)
    batch = pixels(224, count=1)
    expected = theirs.forward_features((batch / 255 - encoder.mean) / encoder.std)
    assert close(encoder({"pixels": batch}).maps[-1], expected.permute(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("model", "millions", "giga"),
    [
        ("resnet18", 11.69, 1.82),
        ("resnet50", 25.56, 4.11),
        ("mobilenetv3_small_100", 2.54, 0.06),
        ("vit_tiny_patch16_224", 5.72, 1.26),
    ],
)
def test_parameters_and_multiply_adds_as_published(model, millions, giga):
    encoder = Timm(model=model, weights="none").load().eval()
    head = LinearHead(encoder.spec.pooled, 1000)
    count = sum(parameter.numel() for module in (encoder, head) for parameter in module.parameters())
    assert count / 1e6 == pytest.approx(millions, rel=0.01)
    with torch.no_grad(), FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        head(encoder({"pixels": pixels(224, count=1)}))
    assert counter.get_total_flops() / 2e9 == pytest.approx(giga, rel=0.01, abs=0.005)


def test_parameters_of_vgg16_as_published():
    with torch.device("meta"):
        model = timm.create_model("vgg16")
    assert sum(parameter.numel() for parameter in model.parameters()) / 1e6 == pytest.approx(138.36, abs=0.01)


def evaluations():
    """All ways in which timm evaluates its weights, with one of the entries that it evaluates so."""
    found = {}
    for name in timm.list_pretrained():
        pretrained = timm.get_pretrained_cfg(name).to_dict()
        config = resolve_data_config(pretrained_cfg=pretrained, use_test_size=True)
        found.setdefault(repr(config), (name, pretrained, config))
    return found.values()


SIZES = ((427, 640), (231, 231))
PHOTOS = [Image.effect_mandelbrot(size, (-2, -1, 1, 1), 80).convert("RGB").rotate(7) for size in SIZES]


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda photo: f"{photo.width}x{photo.height}")
def test_the_processor_is_timms_evaluation_of_all_its_weights(photo):
    ways = list(evaluations())
    assert len(ways) > 100
    for name, pretrained, config in ways:
        processor = processor_of(pretrained, None)
        expected = create_transform(**config, normalize=False)(photo)
        assert torch.equal(torch.from_numpy(processor(photo)["pixels"]), expected), name
        assert (processor.mean, processor.std) == (tuple(config["mean"]), tuple(config["std"])), name


@pytest.mark.parametrize("size", [(60, 60), (45, 61), (70, 24)])
@pytest.mark.parametrize("crop_pct", [1.0, 0.8])
@pytest.mark.parametrize("mode", ["center", "squash", "border"])
def test_timms_crop_modes_of_any_shape(size, crop_pct, mode):
    photo = PHOTOS[0].resize((131, 90))
    mean = (0.5, 0.1, 0.9)
    theirs = create_transform((3, *size), crop_pct=crop_pct, crop_mode=mode, mean=mean, normalize=False)
    config = {"input_size": (3, *size), "crop_pct": crop_pct, "crop_mode": mode, "mean": mean}
    ours = processor_of({**config, "interpolation": "bilinear"}, None)
    assert (torch.from_numpy(ours(photo)["pixels"]) == theirs(photo)).all()


def test_weights_are_evaluated_at_their_test_size():
    pretrained = timm.get_pretrained_cfg("resnet50.a1_in1k").to_dict()
    assert (pretrained["input_size"], pretrained["test_input_size"]) == ((3, 224, 224), (3, 288, 288))
    processor = processor_of(pretrained, None)
    assert (processor.size, processor.resize) == ((288, 288), (288, 288))


def test_another_image_size_keeps_the_share_that_is_cut_out():
    processor = Timm(model="vgg11", weights="none", image_size=96).load().processor
    assert processor.size == (96, 96)
    assert processor.resize == (int(96 / 0.875),) * 2


@pytest.mark.parametrize(
    ("model", "size", "strides", "channels"),
    [
        ("resnet10t", (64, 96), (2, 4, 8, 16, 32), (64, 64, 128, 256, 512)),
        ("tf_efficientnet_lite0", (96, 128), (2, 4, 8, 16, 32), (16, 24, 40, 112, 1280)),
        ("test_vit", (64, 96), (16,), (64,)),
        ("swin_tiny_patch4_window7_224", (224, 224), (4, 8, 16, 32), (96, 192, 384, 768)),
    ],
)
def test_maps_are_those_of_features_only(model, size, strides, channels):
    encoder = Timm(model=model, weights="none", image_size=size).load().eval()
    assert (encoder.spec.strides, encoder.spec.channels) == (strides, channels)
    batch = {"pixels": torch.randint(256, (2, 3, *size), dtype=torch.uint8)}
    with torch.no_grad():
        alone = encoder(batch)
        encoder.levels = frozenset(range(len(strides)))
        features = encoder(batch)
    assert alone.size == features.size == size
    assert [map_.numel() > 0 for map_ in alone.maps] == [False] * (len(strides) - 1) + [True]
    assert torch.equal(alone.pooled, features.pooled)
    assert torch.equal(alone.maps[-1], features.maps[-1])
    levels = zip(channels, strides, strict=True)
    shapes = [(2, count, size[0] // stride, size[1] // stride) for count, stride in levels]
    assert [tuple(map_.shape) for map_ in features.maps] == shapes
    if model in ("resnet10t", "tf_efficientnet_lite0"):  # the parts of others have other names there
        theirs = timm.create_model(model, features_only=True).eval()
        theirs.load_state_dict(encoder.trunk.state_dict(), strict=False)
        with torch.no_grad():
            expected = theirs((batch["pixels"] / 255 - encoder.mean) / encoder.std)
        first = [
            map_ if map_.shape[1] == count else map_.permute(0, 3, 1, 2)
            for map_, count in zip(expected[:-1], channels[:-1], strict=True)
        ]
        assert all(map(close, features.maps[:-1], first))


def test_whole_images_come_to_a_size():
    encoder = Timm(model="vgg11", weights="none", image_size=(96, 128), fit="stretch").load()
    assert (encoder.processor.size, encoder.processor.resize) == ((96, 128), (96, 128))
    assert encoder.processor.fit == "stretch"
    cut = Timm(model="vgg11", weights="none", image_size=(96, 128)).load().processor
    assert cut.resize == (int(96 / 0.875), int(128 / 0.875))


def test_weights_from_a_file_bring_the_names_of_imagenet(tmp_path):
    theirs = timm.create_model("test_resnet").eval()
    save_file(theirs.state_dict(), tmp_path / "model.safetensors")
    encoder = Timm(model="test_resnet", weights=str(tmp_path)).load().eval()
    info = ImageNetInfo()
    names = ("Goldfish", "tench, Tinca tinca", info.index_to_label_name(5))
    head = TASK.native_head(encoder, DatasetInfo({}, names))
    assert head.rows == [1, 0, 5]
    assert TASK.native_head(encoder, THOUSAND) is None
    assert TASK.native_head(encoder, DatasetInfo({}, tuple(info.label_names()))).rows == list(range(1000))
    batch = pixels(160)
    logits = theirs((batch / 255 - encoder.mean) / encoder.std)[:, [1, 0, 5]]
    assert close(head(encoder({"pixels": batch})), logits)


def test_weights_for_other_classes_load_without_their_head(tmp_path):
    theirs = timm.create_model("test_vit", num_classes=7)
    torch.save({"state_dict": theirs.state_dict()}, tmp_path / "w.pth")
    encoder = Timm(model="test_vit", weights=str(tmp_path / "w.pth")).load()
    assert torch.equal(encoder.trunk.cls_token, theirs.cls_token)
    assert TASK.native_head(encoder, DatasetInfo({}, tuple("abcdefg"))) is None


def test_a_model_without_a_classifier():
    encoder = Timm(model="vit_small_patch14_dinov2", weights="none", image_size=28).load()
    assert TASK.native_head(encoder, THOUSAND) is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"model": "resnet18"},
            r"^timm/resnet18: the weights 'default' are neither in the cache nor reachable .*weights: none'$",
        ),
        ({"model": "resnet18", "weights": "a1_in1k"}, "the weights 'a1_in1k' are neither"),
        ({"model": "resnet81"}, "there is no model 'resnet81'; did you mean 'resnet18'"),
        ({"model": "hf-hub:somebody/model"}, "there is no model 'hf-hub:somebody/model'"),
        ({"model": "resnet18", "weights": "a1"}, "there is no weights tag 'a1'; did you mean 'a1_in1k'"),
        ({"model": "resnet18.tv_in2k"}, "there is no weights tag 'tv_in2k'; did you mean 'tv_in1k'"),
        ({"model": "coatnet_0_224"}, "timm has no weights for it"),
        ({"model": "test_vit", "weights": "missing.pth"}, "missing.pth: no such weights file"),
    ],
)
def test_weights_that_cannot_be_had(settings, message):
    with pytest.raises(WeightsError, match=message) as caught:
        Timm(**settings).load()
    assert "\n" not in str(caught.value)


def test_a_size_that_a_model_cannot_take():
    with pytest.raises(UnsuitableError, match=r"cannot take images of 8 x 8 pixels .*set another"):
        Timm(model="test_vit", weights="none", image_size=8).load()


def test_planning_with_it_imports_nothing_heavy():
    code = (
        "import sys; from bench_vision.timm_models import Timm;"
        "from bench_vision.torchvision_models import Torchvision; from bench_vision.cifar import Cifar;"
        "from bench_vision.image_classification import ImageClassification;"
        "[value.identity() for value in (Timm(model='x'), Torchvision(model='x'), Cifar(model='resnet20'))];"
        "print({'torch', 'numpy', 'timm', 'torchvision', 'PIL'} & set(sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "set()"
