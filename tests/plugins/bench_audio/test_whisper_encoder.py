"""Whisper gives what transformers gives, of sounds with silence behind them and without."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import transformers

from bench import UnsuitableError
from bench.toolkit.sounds import FULL_SCALE, Sound
from bench_audio.speech import Speech
from sounds import batch_of, demand_that_company_does_not_matter, noise
from tiny_whisper import CONFIG

SECOND = 16_000
SOUNDS = [Sound(noise(count, count), SECOND) for count in (100, 2_000, 7_777, SECOND)]


def loaded(shortest: float, **changes: Any) -> Any:
    torch.manual_seed(0)
    return Speech(model="whisper", config={**CONFIG, **changes}, shortest=shortest).load().eval()


def theirs(encoder: Any, sound: Sound, bands: int = 80) -> torch.Tensor:
    """The states that transformers has of a sound and the silence after it, `[T, C]`."""
    config = encoder.trunk.config
    model = transformers.WhisperModel(config).get_encoder().eval()
    model.load_state_dict(encoder.trunk.state_dict())
    prepare = transformers.WhisperFeatureExtractor(chunk_length=1, feature_size=bands)
    samples = encoder.processor(sound)["samples"].astype(np.float32) / FULL_SCALE
    spectra = prepare(samples, sampling_rate=SECOND, return_tensors="pt").input_features
    with torch.no_grad():
        return model(spectra).last_hidden_state[0]


@pytest.mark.parametrize("bands", [80, 128])
def test_whole_windows_are_those_of_transformers(bands):
    encoder = loaded(30, num_mel_bins=bands)
    with torch.no_grad():
        features = encoder(batch_of(encoder, SOUNDS))
    assert features.mask.all()
    assert features.mask.shape == (4, 50)
    for row, sound in enumerate(SOUNDS):
        expected = theirs(encoder, sound, bands)
        torch.testing.assert_close(features.maps[0][row], expected, rtol=1e-4, atol=1e-4)
        own = max(1, -(-(len(sound.samples) // 160) // 2))
        torch.testing.assert_close(features.pooled[row], expected[:own].mean(dim=0), rtol=1e-4, atol=1e-4)


def test_a_sound_that_fills_the_window_is_that_of_transformers():
    encoder = loaded(0)
    with torch.no_grad():
        features = encoder(batch_of(encoder, SOUNDS))
    torch.testing.assert_close(features.maps[0][-1], theirs(encoder, SOUNDS[-1]), rtol=1e-4, atol=1e-4)


def test_a_sound_is_cut_to_its_length():
    encoder = loaded(0)
    features = demand_that_company_does_not_matter(encoder, SOUNDS)
    assert features.mask.sum(dim=1).tolist() == [1, 6, 24, 50]
    assert encoder.spec.strides == (320,)


def test_a_sound_alone_is_that_of_a_model_with_as_many_positions():
    """An independent way to cut: transformers' model itself, with a shorter table of positions."""
    encoder = loaded(0)
    sound = Sound(noise(320 * 20, 5), SECOND)
    with torch.no_grad():
        found = encoder(batch_of(encoder, [sound])).maps[0][0]
    config = transformers.WhisperConfig(**{**CONFIG, "max_source_positions": 20})
    model = transformers.WhisperModel(config).get_encoder().eval()
    state = encoder.trunk.state_dict()
    model.load_state_dict({**state, "embed_positions.weight": state["embed_positions.weight"][:20]})
    samples = encoder.processor(sound)["samples"].astype(np.float32) / FULL_SCALE
    prepare = transformers.WhisperFeatureExtractor()
    spectra = prepare(samples, sampling_rate=SECOND, padding=False, return_tensors="pt").input_features
    with torch.no_grad():
        torch.testing.assert_close(found, model(spectra).last_hidden_state[0], rtol=1e-4, atol=1e-4)


def test_silence_follows_what_is_short():
    encoder = loaded(0.5)
    silent = [
        Sound(np.pad(sound.samples, (0, max(0, 8_000 - len(sound.samples)))), SECOND) for sound in SOUNDS
    ]
    with torch.no_grad():
        found, expected = encoder(batch_of(encoder, SOUNDS)), loaded(0)(batch_of(encoder, silent))
    assert found.mask.sum(dim=1).tolist() == [25, 25, 25, 50]
    torch.testing.assert_close(found.maps[0], expected.maps[0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found.pooled[1], found.maps[0][1, :6].mean(dim=0), rtol=1e-4, atol=1e-4)


def test_what_is_longer_than_the_window_is_cut():
    encoder = loaded(0)
    made = encoder.processor(Sound(noise(2 * SECOND), SECOND))
    assert len(made["samples"]) == SECOND
    assert made.remark == "cut to 1 s"


def test_positions_do_not_learn():
    encoder = loaded(0)
    assert "trunk.embed_positions.weight" in encoder.state_dict()
    assert "trunk.embed_positions.weight" not in dict(encoder.named_parameters())


def test_a_folder(tmp_path):
    model = transformers.WhisperForConditionalGeneration(transformers.WhisperConfig(**CONFIG))
    model.save_pretrained(tmp_path)
    transformers.WhisperFeatureExtractor(chunk_length=1).save_pretrained(tmp_path)
    backbone = Speech(model=str(tmp_path))
    backbone.check()
    encoder = backbone.load()
    assert torch.equal(encoder.trunk.conv1.weight, model.model.encoder.conv1.weight)
    assert [part.role for part in encoder.native] == ["transcriber"]
    transformers.WhisperFeatureExtractor(dither=0.1).save_pretrained(tmp_path)
    with pytest.raises(UnsuitableError, match="asks for noise"):
        backbone.load()
