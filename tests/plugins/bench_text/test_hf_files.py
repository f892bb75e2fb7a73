"""What planning can tell of a folder of transformers; folders are those that transformers itself writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from bench import WeightsError
from bench.toolkit.hf_files import model_types
from bench_text.hf import HuggingFace
from tiny_models import TINY


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model with a classifier, under the current directory."""
    monkeypatch.chdir(tmp_path)
    return saved(tmp_path / "model")


def saved(folder: Path, shard_size: str = "1GB", **settings: Any) -> Path:
    config = transformers.BertConfig(**TINY, vocab_size=50, **settings)
    transformers.BertForSequenceClassification(config).save_pretrained(folder, max_shard_size=shard_size)
    return folder


def fault(**settings: Any) -> tuple[str, str | None]:
    with pytest.raises(WeightsError) as caught:
        HuggingFace(**settings).check()
    return str(caught.value), caught.value.field


def test_all_types_of_model_are_known_and_no_others() -> None:
    assert model_types() == set(CONFIG_MAPPING.keys())


def test_a_folder_that_transformers_wrote_is_fine(folder: Path, tmp_path: Path) -> None:
    HuggingFace(model="./model").check()
    HuggingFace(model="model").check()
    HuggingFace(model=str(folder), weights=str(folder / "model.safetensors")).check()
    HuggingFace(model="bert", config={}).check()
    HuggingFace(model="google-bert/bert-base-uncased", weights=str(folder)).check()
    parts = saved(tmp_path / "parts", shard_size="10KB")
    assert len(list(parts.glob("*.safetensors"))) > 1
    HuggingFace(model=str(parts)).check()
    next(parts.glob("*.safetensors")).unlink()
    message, _ = fault(model=str(parts))
    assert "is missing, which model.safetensors.index.json names" in message


def test_what_is_missing_in_a_folder(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    assert "bytes long in place of" in fault(model="./model")[0]
    weights.unlink()
    assert fault(model="./model") == (
        "hf/./model: model holds neither model.safetensors nor pytorch_model.bin",
        "model",
    )
    HuggingFace(model="./model", weights="none").check()
    config = folder / "config.json"
    config.write_text(json.dumps({"model_type": "brt"}))
    assert fault(model="./model") == (
        "hf/./model: transformers has no type of model 'brt'; did you mean 'bert'?",
        "model",
    )
    config.write_text("{")
    assert fault(model="./model")[0] == "hf/./model: model holds no config.json of transformers"
    (folder / "modules.json").write_text("[]")
    HuggingFace(model="./model").check()  # a sentence encoder has them elsewhere


def test_what_there_is_not(folder: Path) -> None:
    assert fault(model="./modl") == ("hf/./modl: no such folder; did you mean 'model'?", "model")
    assert fault(model="a/b/c") == ("hf/a/b/c: no such folder, and no hub id either: 'a/b/c'", "model")
    assert fault(model="bret", config={})[0].endswith("no type of model 'bret'; did you mean 'bert'?")
    assert fault(model="./model", tokenizer="~/nothing/here")[1] == "tokenizer"
    assert fault(model="./model", weights="mine.pt") == ("mine.pt: no such weights file", "weights")


@pytest.mark.parametrize(
    ("settings", "classes", "known"),
    [
        ({}, None, None),
        ({"num_labels": 3}, None, frozenset()),
        ({"id2label": {0: "cat", 1: "dog, hound"}}, None, {"cat", "dog, hound", "dog", "hound"}),
        ({"num_labels": 3}, ("a", "b", "c"), {"a", "b", "c"}),
    ],
)
def test_the_classes_it_may_know(
    tmp_path: Path, settings: Any, classes: tuple[str, ...] | None, known: set[str] | None
) -> None:
    saved(tmp_path / "model", **settings)
    assert HuggingFace(model=str(tmp_path / "model"), classes=classes).class_names() == known
    assert HuggingFace(model=str(tmp_path / "model"), weights="none").class_names() is None


def test_nothing_is_known_where_a_config_leaves_to_its_type_what_the_classes_are(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
    assert HuggingFace(model="./model").class_names() is None


def test_nothing_is_known_of_a_model_on_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    backbone = HuggingFace(model="google-bert/bert-base-uncased")
    backbone.check()
    assert (backbone.class_names(), HuggingFace.choices()) == (None, [])


def test_models_in_the_hubs_cache_are_suggested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    snapshot = tmp_path / "models--google-bert--bert-base-uncased" / "snapshots" / "0a6aa"
    snapshot.mkdir(parents=True)
    assert HuggingFace.choices() == []
    (snapshot / "config.json").write_text("{}")
    assert HuggingFace.choices() == ["google-bert/bert-base-uncased"]


def test_it_takes_neither_transformers_nor_torch(folder: Path) -> None:
    code = (
        "from bench_text.hf import HuggingFace; b = HuggingFace(model='./model'); b.check(); "
        "b.class_names(); "
        "import sys; assert not {'torch', 'transformers', 'numpy', 'safetensors'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
