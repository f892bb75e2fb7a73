from __future__ import annotations

import json

import pytest

from bench import WeightsError
from bench_audio.speech import TINY, Speech


def test_a_type_that_reads_no_sound():
    with pytest.raises(WeightsError, match="'bert' are not read as sound; those of hubert, ") as caught:
        Speech(model="bert", config={}).check()
    assert caught.value.field == "model"


def test_a_type_that_there_is_not():
    with pytest.raises(WeightsError, match="transformers has no type of model 'wav2vec9'"):
        Speech(model="wav2vec9", config={}).check()


def test_a_folder_of_another_kind(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vit"}))
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(WeightsError):
        Speech(model=str(tmp_path)).check()
    with pytest.raises(WeightsError, match="'vit' are not read as sound"):
        Speech(model=str(tmp_path), weights="none").check()


def test_a_setting_that_the_config_does_not_have():
    with pytest.raises(WeightsError, match="its config has no 'hidden_sizes'"):
        Speech(model="wav2vec2", config={"hidden_sizes": 3}).load()


def test_what_is_known_when_planning(tmp_path):
    untrained = Speech(model="wav2vec2", config=TINY)
    assert untrained.modalities() == {"audio"}
    assert untrained.native_roles() == frozenset()
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"]})
    )
    assert Speech(model=str(tmp_path)).native_roles() == {"transcriber"}
    assert Speech(model="nobody/nothing").native_roles() is None
    assert Speech(model=str(tmp_path)).identity()["model"].startswith("sha256:")
