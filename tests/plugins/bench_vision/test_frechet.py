from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from bench import WeightsError
from bench_vision.frechet import Judge, frechet_distance


def samples(count, width, seed):
    random = np.random.default_rng(seed)
    return torch.from_numpy(random.normal(size=(count, width)) @ random.normal(size=(width, width)))


def by_scipy(first, second):
    first, second = first.numpy(), second.numpy()
    covariances = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = sqrtm(covariances[0] @ covariances[1]).real
    apart = np.sum((first.mean(0) - second.mean(0)) ** 2)
    return apart + np.trace(covariances[0] + covariances[1] - 2 * root)


def test_it_is_the_formula_with_a_matrix_square_root():
    first, second = samples(300, 6, seed=0), samples(200, 6, seed=1) + 0.5
    assert frechet_distance(first, second) == pytest.approx(by_scipy(first, second), rel=1e-9)


def test_of_gaussians_along_axes_it_is_known_in_closed_form():
    """|m - n|^2 plus the squared differences of the standard deviations."""
    random = torch.Generator().manual_seed(0)
    draws = torch.randn(200_000, 2, generator=random, dtype=torch.float64)
    first, second = draws * torch.tensor([1.0, 2.0]) + 3, draws.flip(0) * torch.tensor([4.0, 0.5])
    assert frechet_distance(first, second) == pytest.approx(2 * 3**2 + 3**2 + 1.5**2, rel=0.01)


def test_it_is_zero_for_itself_alike_in_both_directions_and_works_with_fewer_examples_than_features():
    first, second = samples(10, 30, seed=0).float(), samples(12, 30, seed=1).float()
    assert frechet_distance(first, first) == pytest.approx(0, abs=1e-4)
    assert frechet_distance(first, second) == pytest.approx(frechet_distance(second, first))
    assert frechet_distance(first, second) > 10


def test_an_untrained_judge_is_always_the_same_and_leaves_the_random_numbers_alone():
    pixels = torch.randint(0, 256, (2, 3, 20, 40), dtype=torch.uint8)
    torch.manual_seed(5)
    first = Judge("none")(pixels)
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(1), drawn)
    assert torch.equal(Judge("none")(pixels), first)
    assert first.shape == (2, 64)


def test_images_of_another_size_are_judged_at_32_pixels():
    judge = Judge("none")
    small = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    large = small.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert (judge(large) - judge(small)).norm() < 0.5 * judge(small).norm()


def test_noise_is_further_from_real_images_than_they_are_from_each_other(shared_data):
    from PIL import Image

    files = sorted((shared_data / "cifar10-folder" / "test").glob("*/*.jpg"))
    images = [np.asarray(Image.open(file).convert("RGB")).transpose(2, 0, 1) for file in files]
    pixels = torch.from_numpy(np.stack(images))
    noise = torch.randint(0, 256, pixels[::2].shape, dtype=torch.uint8)
    judge = Judge(str(shared_data / "weights" / "resnet20.safetensors"))
    even, odd, none = judge(pixels[::2]), judge(pixels[1::2]), judge(noise)
    assert frechet_distance(even, none) > 5 * frechet_distance(even, odd)


def test_a_judge_without_its_weights_says_so(tmp_path):
    with pytest.raises(WeightsError, match="no such weights file"):
        Judge(str(tmp_path / "missing.safetensors"))
