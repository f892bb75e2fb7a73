"""Images are reduced and enlarged as Pillow does it, and figures are those of torchmetrics."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchmetrics.image import PeakSignalNoiseRatio, StructuralSimilarityIndexMeasure

from bench import DatasetInfo, Example, Features, FeatureSpec, UnsuitableError
from bench.toolkit.image_size import Fit
from bench.toolkit.images import ImageProcessor
from bench_vision.enlarging import Enlarger, Resample
from bench_vision.likeness import Likeness
from bench_vision.resampling import Resampling
from bench_vision.super_resolution import SuperResolution
from commandline import run_suite

INFO = DatasetInfo({})
SPEC = FeatureSpec(8, (3, 6, 5), (2, 4, 8))


def photograph(height: int, width: int, seed: int = 0, noise: float = 6) -> Image.Image:
    """Soft colours with an edge and some noise, as photographs have."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    colours = np.stack([90 + 80 * np.sin(x / 7), 60 + y, 200 * (x + 2 * y > height)], axis=-1)
    return Image.fromarray((colours + random.normal(0, noise, colours.shape)).clip(0, 255).astype(np.uint8))


def processor(height: int = 24, width: int = 32, fit: Fit = "stretch") -> ImageProcessor:
    return ImageProcessor((height, width), (height, width), fit)


def features(small: Tensor) -> Features:
    height, width = small.shape[2:]
    maps = [
        torch.randn(len(small), channels, -(-height // stride), -(-width // stride))
        for channels, stride in zip(SPEC.channels, SPEC.strides, strict=True)
    ]
    return Features(torch.empty(0), tuple(maps), asked={"small": small}, size=(height, width))


def encoder(spec: FeatureSpec = SPEC) -> Any:
    class Encoder:
        pass

    made: Any = Encoder()
    made.spec, made.native = spec, ()
    return made


def pixels(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_images_that_fit_are_reduced_as_they_are(scale: Any) -> None:
    image = photograph(24 * scale, 32 * scale)
    sample = SuperResolution(scale=scale).prepare(Example(image, image), processor())
    np.testing.assert_array_equal(sample.targets["image"], pixels(image))
    small = pixels(image.resize((32, 24), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(sample.targets["small"], small)
    np.testing.assert_array_equal(sample.inputs["pixels"], small)
    assert sample.inputs.remark == ""  # type: ignore[attr-defined]


def test_a_new_input_is_the_small_image() -> None:
    image = photograph(24, 32)
    sample = SuperResolution().prepare(Example(image, None), processor())
    assert sample.targets.keys() == {"small"}
    np.testing.assert_array_equal(sample.targets["small"], pixels(image))


def test_what_is_made_of_other_images_is_said() -> None:
    image = photograph(40, 40)
    sample: Any = SuperResolution().prepare(Example(image, image), processor(fit="cover"))
    assert sample.targets["image"].shape == (3, 48, 64)
    assert sample.inputs.remark.startswith("enlarged before they were reduced")
    assert "cut at their sides" in sample.inputs.remark
    with pytest.raises(UnsuitableError, match="put into a frame"):
        SuperResolution().prepare(Example(image, image), processor(fit="contain"))
    with pytest.raises(UnsuitableError, match="changes images that have its very size"):
        SuperResolution().prepare(Example(image, image), ImageProcessor((24, 24), (28, 28)))


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("method", ["bicubic", "bilinear"])
def test_enlarging_is_that_of_pillow(scale: int, method: Any) -> None:
    # Pillow rounds and bounds after each of two passes: away from the bounds that is one level at most.
    image = photograph(24, 32).point(lambda value: 60 + value // 2)
    enlarged = Resample(scale, method)(Features(torch.empty(0), asked={"small": pixels(image)[None]}))
    theirs = image.resize((32 * scale, 24 * scale), Image.Resampling[method.upper()])
    found = (255 * enlarged[0]).round().clamp(0, 255)
    assert (found - pixels(theirs)).abs().max() <= 1
    assert (found != pixels(theirs)).float().mean() < 0.3


@pytest.mark.parametrize("scale", [2, 4])
def test_an_untrained_head_is_bicubic_and_learns_details(scale: Any) -> None:
    torch.manual_seed(0)
    image = photograph(24 * scale, 32 * scale, noise=0)
    task = SuperResolution(scale=scale, width=8, depth=1)
    batch = task.collate([task.prepare(Example(image, image), processor())])
    seen, targets = features(batch.targets["small"]), batch.targets
    head = task.head(encoder(), INFO)
    torch.testing.assert_close(head(seen), Resample(scale, "bicubic")(seen))
    optimiser = torch.optim.Adam(head.parameters(), lr=3e-3)
    first = float(task.loss(head, seen, targets).detach())
    for _ in range(40):
        loss = task.loss(head, seen, targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.9 * first
    assert all(parameter.grad is not None for parameter in head.parameters())
    found = task.predict(head, seen)["pixels"]
    assert (found.dtype, found.shape) == (torch.uint8, (1, 3, 24 * scale, 32 * scale))


def test_numbers_that_are_not_finite_are_not_hidden_by_bytes() -> None:
    class Diverged(torch.nn.Module):
        def forward(self, features: Features) -> torch.Tensor:
            return torch.full((2, 3, 4, 4), torch.nan)

    seen = features(torch.zeros(2, 3, 2, 2, dtype=torch.uint8))
    assert SuperResolution().predict(Diverged(), seen)["brightness"].isnan().all()


def test_only_maps_near_the_pixels_are_read() -> None:
    assert SuperResolution().levels(FeatureSpec(8, (1, 2, 3, 4, 5), (2, 4, 8, 16, 32))) == (0, 1, 2)
    assert SuperResolution().levels(FeatureSpec(8, (4,), (16,))) == (0,)
    torch.manual_seed(0)
    patches = FeatureSpec(8, (4,), (16,))
    seen = Features(
        torch.empty(0),
        (torch.randn(2, 4, 2, 2),),
        asked={"small": torch.zeros(2, 3, 24, 32, dtype=torch.uint8)},
    )
    assert Enlarger(patches, (0,), 3, 8, 1)(seen).shape == (2, 3, 72, 96)


def test_random_parts_stay_pairs() -> None:
    task = SuperResolution(crop=10, augmentation=("flip",))
    # Pixels tell where they are, and four large ones are as bright as the small one that they are.
    small = np.add.outer(3 * np.arange(24), 4 * np.arange(32)).astype(np.uint8)
    image = Image.fromarray(small.repeat(2, 0).repeat(2, 1)).convert("RGB")
    sample = task.prepare(Example(image, image), processor())
    sample.targets["small"][:] = sample.inputs["pixels"][:] = small  # type: ignore[index]
    batch = task.augment(task.collate([sample] * 16), torch.Generator().manual_seed(1))
    assert batch.inputs["pixels"].shape == (16, 3, 10, 10)
    assert torch.equal(batch.inputs["pixels"], batch.targets["small"])
    assert torch.equal(
        batch.targets["small"].repeat_interleave(2, 2).repeat_interleave(2, 3), batch.targets["image"]
    )
    corners = batch.targets["small"][:, 0, 0, :2].int()
    assert len(corners[:, 0].unique()) > 8
    assert set((corners[:, 1] - corners[:, 0]).tolist()) == {-4, 4}
    with pytest.raises(UnsuitableError, match="crop: 25 is more than a side"):
        SuperResolution(crop=25).augment(task.collate([sample]), torch.Generator())


def test_figures_are_those_of_torchmetrics() -> None:
    random = torch.Generator().manual_seed(0)
    wanted = torch.stack([pixels(photograph(40, 48, seed)) for seed in range(6)])
    noise = torch.linspace(1, 30, 6).view(-1, 1, 1, 1) * torch.randn(wanted.shape, generator=random)
    found = (wanted + noise).round().clamp(0, 255).to(torch.uint8)
    kept = {
        name: values.numpy()
        for name, values in Likeness().statistics({"pixels": found}, {"image": wanted}).items()
    }
    psnr, ssim = PeakSignalNoiseRatio(data_range=255.0), StructuralSimilarityIndexMeasure(data_range=255.0)
    for part in (slice(0, 4), slice(4, 6)):
        psnr.update(found[part].float(), wanted[part].float())
        ssim.update(found[part].float(), wanted[part].float())
    figures = Likeness().compute(kept)
    assert figures["psnr"] == pytest.approx(float(psnr.compute()), abs=1e-4)
    assert figures["ssim"] == pytest.approx(float(ssim.compute()), abs=2e-4)
    assert Likeness().compute(kept, np.zeros(6)) == {}
    same = {
        name: values.numpy()
        for name, values in Likeness().statistics({"pixels": wanted}, {"image": wanted}).items()
    }
    assert Likeness().compute(same) == pytest.approx({"psnr": 100, "ssim": 1})


def test_people_get_an_image() -> None:
    image = photograph(8, 12)
    (shown,) = SuperResolution().postprocess({"pixels": pixels(image)[None]}, INFO, [image], processor())
    kind, content = shown["image"].split(",")
    assert kind == "data:image/png;base64"
    np.testing.assert_array_equal(Image.open(io.BytesIO(base64.b64decode(content))), image)


def test_backbones_without_an_enlarger_have_no_head_of_their_own() -> None:
    assert SuperResolution().native_head(encoder(), INFO) is None
    head = SuperResolution(scale=3).native_head(Resampling(method="bicubic", image_size=8).load(), INFO)
    assert isinstance(head, Resample)
    assert (head.scale, head.method) == (3, "bicubic")


SUITE = """
defaults: {batch_size: 8, precision: fp32, threads: 1}
limits: {train_examples: 32, val_examples: 8, test_examples: 8}
matrix:
  dataset:
    name: digit-scenes
    task: {name: super-resolution, width: 8, depth: 1, crop: 16, augmentation: [flip]}
  backbone: {name: cifar/resnet20, weights: none, image_size: [24, 36], fit: stretch}
  objective: [{name: fine-tune, epochs: 1}, {name: feature-extract, epochs: 1}]
include:
  - backbone: {name: resampling/bicubic, image_size: [24, 36]}
    objective: [evaluate, {name: fine-tune, epochs: 1}]
    dataset: {name: digit-scenes, task: {name: super-resolution, width: 8, depth: 1}}
"""


def test_a_suite_runs_from_end_to_end(tmp_path: Path) -> None:
    records = run_suite(SUITE, tmp_path)
    assert [record.status for record in records] == ["done"] * 4
    for record in records:
        assert 0 < record.quality["test"]["psnr"] < 40
        assert -1 < record.quality["test"]["ssim"] < 1
    (baseline,) = (record for record in records if record.labels["objective"] == "evaluate")
    assert 28 < baseline.quality["test"]["psnr"] < 29
