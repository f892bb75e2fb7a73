"""A model of transformers as a value: what planning knows of one that nobody has loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from bench import Encoder, WeightsError
from bench.toolkit.hub_backbone import HubBackbone


class Reader(HubBackbone):
    name: ClassVar[str] = "reader"

    def modalities(self) -> frozenset[str]:
        return frozenset({"text"})

    def load(self) -> Encoder:
        raise NotImplementedError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    return tmp_path


def test_its_config_is_known_by_folder_and_by_shape(folder: Path) -> None:
    assert Reader(model=str(folder)).known_config() == {"model_type": "bert"}
    assert Reader(model="gpt2", config={"n_embd": 8}).known_config() == {"model_type": "gpt2", "n_embd": 8}
    assert Reader(model="nobody/nothing").known_config() is None


@pytest.mark.parametrize(
    ("settings", "message", "field"),
    [
        ({"model": "bret", "config": {}}, "no type of model 'bret'; did you mean 'bert'", "model"),
        ({"model": "./nowhere"}, "no such folder", "model"),
        ({"model": "a b"}, "no such folder, and no hub id either", "model"),
        ({"model": "a/b", "weights": "./nowhere.safetensors"}, "no such weights file", "weights"),
    ],
)
def test_what_is_wrong_is_one_line(settings: dict[str, object], message: str, field: str) -> None:
    with pytest.raises(WeightsError, match=message) as caught:
        Reader.model_validate(settings).check()
    assert caught.value.field == field
    assert "\n" not in str(caught.value)


def test_a_folder_must_hold_weights_if_these_are_wanted(folder: Path) -> None:
    Reader(model=str(folder), weights="none").check()
    with pytest.raises(WeightsError, match="holds neither model"):
        Reader(model=str(folder)).check()
    with pytest.raises(WeightsError, match="holds neither model") as caught:
        Reader(model="a/b", weights=str(folder)).check()
    assert caught.value.field == "weights"


def test_its_identity_is_the_content(folder: Path) -> None:
    before = Reader(model=str(folder)).identity()
    assert before["model"].startswith("sha256:")
    (folder / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    assert Reader(model=str(folder)).identity() != before
    assert Reader(model="a/b").identity()["model"] == "a/b"


def test_where_the_live_model_comes_from(folder: Path) -> None:
    found = Reader(model=str(folder), weights="none", revision="v1").checkpoint()
    assert (found.title, found.source, found.revision) == (f"reader/{folder}", str(folder), "v1")
    assert found.untrained
