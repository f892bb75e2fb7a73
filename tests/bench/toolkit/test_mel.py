"""Log-mel spectrograms are those of transformers' feature extractor of Whisper."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import WhisperFeatureExtractor
from transformers.audio_utils import mel_filter_bank

from bench.toolkit.mel import LogMel, hertz, mel_filters, mels, mirror
from sounds import noise

# Of 128 bands, some of the lowest are narrower than what a window of 400 samples tells apart.
pytestmark = pytest.mark.filterwarnings("ignore:At least one mel filter")


@pytest.mark.parametrize(
    ("rate", "bands", "window"), [(16_000, 80, 400), (16_000, 128, 400), (8_000, 64, 200), (22_050, 40, 1024)]
)
def test_filters_are_those_of_transformers(rate, bands, window):
    expected = mel_filter_bank(1 + window // 2, bands, 0.0, rate / 2, rate, norm="slaney", mel_scale="slaney")
    np.testing.assert_allclose(mel_filters(rate, bands, window), expected.T, atol=1e-12)


def test_the_scale_and_back():
    frequencies = np.array([0.0, 100.0, 999.9, 1000.0, 1000.1, 8000.0])
    np.testing.assert_allclose(hertz(mels(frequencies)), frequencies, atol=1e-9)
    assert mels(np.array(1000.0)) == pytest.approx(15)


@settings(deadline=None, max_examples=30)
@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    edge=st.integers(0, 6),
)
def test_mirroring_is_that_of_numpy(lengths, edge):
    waves = torch.zeros(len(lengths), max(lengths))
    for row, length in enumerate(lengths):
        waves[row, :length] = torch.from_numpy(noise(length, row))
    mirrored = mirror(waves, torch.tensor(lengths), edge)
    for row, length in enumerate(lengths):
        if length > edge:
            expected = np.pad(waves[row, :length].numpy(), edge, mode="reflect")
            assert np.array_equal(mirrored[row, : length + 2 * edge].numpy(), expected)


def whisper_scaled(spectra: torch.Tensor) -> torch.Tensor:
    """What Whisper makes of the logarithms."""
    return (torch.maximum(spectra, spectra.max() - 8) + 4) / 4


@pytest.mark.parametrize("settings_", [
    {},
    {"feature_size": 128},
    {"n_fft": 512, "hop_length": 128},
    {"sampling_rate": 16_000, "hop_length": 320},
])  # fmt: skip
@pytest.mark.parametrize("count", [400, 401, 1600, 7_777])
def test_spectra_are_those_of_transformers(settings_, count):
    theirs = WhisperFeatureExtractor(**settings_)
    wave = noise(count)
    expected = theirs(wave, sampling_rate=16_000, padding=False, truncation=False)["input_features"][0]
    ours = LogMel(16_000, theirs.feature_size, theirs.n_fft, theirs.hop_length)
    spectra, frames = ours(torch.from_numpy(wave)[None], torch.tensor([count]))
    assert frames.tolist() == [expected.shape[1]]
    np.testing.assert_allclose(whisper_scaled(spectra[0]), expected, atol=2e-5)


def test_spectra_do_not_depend_on_company():
    mel = LogMel(16_000, 80, 400, 160)
    waves = [torch.from_numpy(noise(count, count)) for count in (90, 161, 300, 2_000, 5_001)]
    lengths = torch.tensor([len(wave) for wave in waves])
    together, frames = mel(torch.nn.utils.rnn.pad_sequence(waves, batch_first=True), lengths)
    assert frames.tolist() == [1, 1, 1, 12, 31]
    for row, wave in enumerate(waves):
        alone, _ = mel(wave[None], lengths[row : row + 1])
        torch.testing.assert_close(together[row, :, : frames[row]], alone[0])


def test_half_precision_is_not_taken():
    mel, wave = LogMel(16_000, 80, 400, 160), torch.from_numpy(noise(2_000))[None]
    expected, _ = mel(wave, torch.tensor([2_000]))
    with torch.autocast("cpu", torch.bfloat16):
        found, _ = mel(wave, torch.tensor([2_000]))
    assert torch.equal(found, expected)


def test_silence_is_the_floor():
    spectra, _ = LogMel(8_000, 16, 200, 80)(torch.zeros(1, 800), torch.tensor([800]))
    assert torch.equal(spectra, torch.full_like(spectra, -10))
