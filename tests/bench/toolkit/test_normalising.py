"""Normalising features, by scikit-learn's reckoning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import probes
import trials
from bench import Features
from bench.toolkit.heads import LinearHead
from bench.toolkit.normalising import NormalisingHead, calibrate


def sampled(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0)) * 3 + 100


@pytest.mark.parametrize("normalise", probes.ORACLES)
@settings(deadline=None)
@given(values=arrays.arrays(np.float32, (12, 3), elements=st.integers(-1000, 1000).map(float)))
def test_features_are_normalised_as_by_scikit_learn(normalise: str, values: np.ndarray) -> None:
    head = NormalisingHead(3)
    train, test = Features(torch.from_numpy(values[:8])), Features(torch.from_numpy(values[8:]))
    head.calibrate([Features(train.pooled[:5]), Features(train.pooled[5:])], normalise)
    oracle = probes.ORACLES[normalise]().fit(values[:8].astype(np.float64))
    for features in (train, test):
        changing = train.pooled.std(0) > 0 if normalise == "standardise" else slice(None)
        expected = oracle.transform(features.pooled.double().numpy())
        found = head.normalised(features).numpy()
        np.testing.assert_allclose(found[:, changing], expected[:, changing], rtol=1e-4, atol=1e-4)


def test_what_never_changes_says_nothing_and_is_not_divided_by_nought() -> None:
    pooled = sampled(50, 4)
    pooled[:, 3] = 7.0
    head = NormalisingHead(4)
    head.calibrate([Features(pooled)], "standardise")
    assert torch.equal(head.normalised(Features(pooled + 5))[:, 3], torch.zeros(50))


def test_an_example_without_features_has_no_norm_to_be_divided_by() -> None:
    head = NormalisingHead(4)
    head.calibrate([], "l2")
    assert torch.equal(head.normalised(Features(torch.zeros(1, 4))), torch.zeros(1, 4))


@pytest.mark.parametrize("first", probes.ORACLES)
@pytest.mark.parametrize("second", probes.ORACLES)
def test_what_it_was_calibrated_for_last_holds_and_is_part_of_its_state(first: str, second: str) -> None:
    features = [Features(sampled(20, 4))]
    twice, once, restored = LinearHead(4, 2), LinearHead(4, 2), LinearHead(4, 2)
    twice.calibrate(features, first)
    twice.calibrate(features, second)
    once.calibrate(features, second)
    restored.load_state_dict(twice.state_dict())
    assert torch.equal(twice.normalised(features[0]), once.normalised(features[0]))
    assert torch.equal(twice(features[0]), restored(features[0]))


def test_an_uncalibrated_head_is_a_linear_layer() -> None:
    head, pooled = LinearHead(4, 2), torch.randn(3, 4)
    assert torch.equal(head(Features(pooled)), head.linear(pooled))


@pytest.mark.parametrize("cache_limit", [None, 0], ids=["kept", "through the encoder"])
def test_a_head_is_calibrated_on_the_features_it_will_see(tmp_path: Path, cache_limit: int | None) -> None:
    run = trials.live(tmp_path, cache_limit=cache_limit)
    assert calibrate(run, "standardise", *(trials.drain(run.encode(split)) for split in ("train", "val")))
    with torch.no_grad():
        inputs = [run.data(split).take(range(60)).inputs for split in ("train", "val")]
        pooled = torch.cat([run.encoder(part).pooled for part in inputs])
    torch.testing.assert_close(run.head.mean, pooled.mean(0))
    live = pooled.std(0, correction=0) > 0
    torch.testing.assert_close(run.head.scale[live], 1 / pooled.std(0, correction=0)[live])


def test_a_head_that_does_not_ask_is_shown_nothing(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    run.head = torch.nn.Linear(8, 3)
    before = run.head.weight.clone()
    assert not calibrate(run, "standardise", run.data("train"))
    assert torch.equal(run.head.weight, before)
