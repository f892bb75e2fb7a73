"""Folders of sentence encoders give what sentence-transformers makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from numpy.testing import assert_allclose
from torch import nn

import bench
from bench_text.hf import HuggingFace
from bench_text.minilm import MiniLM, packaged
from bench_text.sentence_folder import ACTIVATIONS, FLAGS, POOLINGS
from bench_text.text_classification import TextClassification
from tiny_models import TINY, WORDS, wordpiece

sentence_transformers = pytest.importorskip("sentence_transformers")
modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")

TASK = TextClassification()
TEXTS = ["the cat sat on the mat", "dogs", "", "THE Cat was Good", "it was a very very good film " * 9]


def ours(backbone: bench.Backbone) -> Any:
    encoder = backbone.load().eval()
    samples = [TASK.prepare(bench.Example(text, 0), encoder.processor) for text in TEXTS]
    with torch.no_grad():
        pooled = encoder(TASK.collate(samples).inputs).pooled.numpy()
    assert pooled.shape[1] == encoder.spec.pooled
    held = [id(p) for block in encoder.blocks() for p in block.parameters()]
    assert sorted(held) == sorted(id(p) for p in encoder.parameters())
    return pooled


def theirs(folder: Path) -> Any:
    model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    return model.encode(TEXTS, batch_size=2, show_progress_bar=False)


def agree(folder: Path) -> None:
    assert_allclose(ours(HuggingFace(model=str(folder))), theirs(folder), rtol=0, atol=2e-6)


@pytest.fixture
def build(bert_folder: Path, tmp_path: Path) -> Callable[..., Path]:
    """Saves a sentence encoder with the layers that follow its transformer."""

    def saved(*layers: Any, **settings: Any) -> Path:
        transformer = modules.Transformer(str(bert_folder))
        model = sentence_transformers.SentenceTransformer(
            modules=[transformer, *layers], device="cpu", **settings
        )
        model.save_pretrained(str(tmp_path / "sentences"), create_model_card=False)
        return tmp_path / "sentences"

    return saved


def edit(file: Path, **settings: Any) -> None:
    """Change settings in a JSON file."""
    said = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(said | settings))


def test_all_of_their_poolings_have_a_name_here() -> None:
    assert set(POOLINGS) == set(modules.Pooling.POOLING_MODES)


@pytest.mark.parametrize("mode", POOLINGS)
def test_each_pooling(build: Callable[..., Path], mode: str) -> None:
    agree(build(modules.Pooling(32, pooling_mode=mode)))


@pytest.mark.parametrize("flags", [*([flag] for flag in FLAGS), list(FLAGS)[:3], list(FLAGS), []], ids=len)
def test_poolings_as_older_versions_write_them(build: Callable[..., Path], flags: list[str]) -> None:
    folder = build(modules.Pooling(32))
    settings = {flag: flag in flags for flag in FLAGS}
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": 32, **settings})
    )
    agree(folder)


def test_several_poolings_are_joined(build: Callable[..., Path]) -> None:
    agree(build(modules.Pooling(32, pooling_mode=("lasttoken", "cls", "max")), modules.Normalize()))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_dense_layers(build: Callable[..., Path], activation: str) -> None:
    dense = modules.Dense(32, 12, bias=activation != "Tanh", activation_function=getattr(nn, activation)())
    agree(build(modules.Pooling(32), dense, modules.Dense(12, 7), modules.Normalize()))


def test_dense_weights_of_older_versions(build: Callable[..., Path]) -> None:
    folder = build(modules.Pooling(32), modules.Dense(32, 12))
    state = modules.Dense(32, 12).state_dict()
    torch.save(state, folder / "2_Dense" / "pytorch_model.bin")
    (folder / "2_Dense" / "model.safetensors").unlink()
    agree(folder)


def test_layer_norm_and_dropout(build: Callable[..., Path]) -> None:
    norm = modules.LayerNorm(32)
    nn.init.normal_(norm.norm.weight)
    agree(build(modules.Pooling(32), norm, modules.Dropout(0.5)))


@pytest.mark.parametrize("length", [8, 20, 31])
def test_texts_are_as_long_as_it_says(build: Callable[..., Path], length: int) -> None:
    folder = build(modules.Pooling(32))
    edit(folder / "sentence_bert_config.json", max_seq_length=length)
    agree(folder)
    assert HuggingFace(model=str(folder)).load().processor.max_length == length


@pytest.mark.parametrize("length", [9, 30])
def test_or_as_the_user_says(build: Callable[..., Path], length: int) -> None:
    folder = build(modules.Pooling(32))
    edit(folder / "sentence_bert_config.json", max_seq_length=20)
    encoder = HuggingFace(model=str(folder), max_length=length).load()
    assert (encoder.processor.max_length, list(encoder.notes)) == (length, [])


def test_texts_are_never_longer_than_the_table_of_positions(build: Callable[..., Path]) -> None:
    folder = build(modules.Pooling(32))
    edit(folder / "sentence_bert_config.json", max_seq_length=500)
    assert HuggingFace(model=str(folder)).load().processor.max_length == 32
    encoder = HuggingFace(model=str(folder), max_length=40).load()
    assert encoder.processor.max_length == 32
    assert "texts have 32 tokens at most, as there is no room for 40" in encoder.notes


def test_lower_case(save: Callable[..., Path], tmp_path: Path) -> None:
    tokenizer = wordpiece()
    tokenizer.backend_tokenizer.normalizer = None
    config = transformers.BertConfig(vocab_size=5 + len(WORDS), max_position_embeddings=32, **TINY)
    transformer = modules.Transformer(str(save(transformers.BertModel(config), tokenizer)))
    folder = tmp_path / "sentences"
    sentence_transformers.SentenceTransformer(modules=[transformer, modules.Pooling(32)]).save(str(folder))
    cased = ours(HuggingFace(model=str(folder)))
    edit(folder / "sentence_bert_config.json", do_lower_case=True)
    agree(folder)
    assert not np.allclose(cased, ours(HuggingFace(model=str(folder))))


def test_the_prompt_that_is_set_by_default(build: Callable[..., Path]) -> None:
    prompts = {"query": "it was ", "other": "a mat "}
    folder = build(modules.Pooling(32), prompts=prompts)
    without = ours(HuggingFace(model=str(folder)))
    agree(folder)
    edit(folder / "config_sentence_transformers.json", default_prompt_name="query")
    agree(folder)
    assert not np.allclose(without, ours(HuggingFace(model=str(folder))))


def test_only_the_first_numbers(build: Callable[..., Path]) -> None:
    agree(build(modules.Pooling(32), modules.Dense(32, 12), truncate_dim=5))


def test_another_pooling_leaves_aside_what_the_folder_says(
    build: Callable[..., Path], bert_folder: Path
) -> None:
    folder = build(modules.Pooling(32, pooling_mode="cls"), modules.Dense(32, 12))
    plain = ours(HuggingFace(model=str(bert_folder), pooling="mean"))
    assert_allclose(ours(HuggingFace(model=str(folder), pooling="mean")), plain, rtol=0, atol=1e-6)


def test_untrained_layers_have_the_same_shape(build: Callable[..., Path]) -> None:
    folder = build(modules.Pooling(32), modules.Dense(32, 12))
    trained, untrained = (
        HuggingFace(model=str(folder), weights=weights).load().state_dict() for weights in ("default", "none")
    )
    assert {name: t.shape for name, t in trained.items()} == {name: t.shape for name, t in untrained.items()}
    assert not torch.equal(trained["layers.0.linear.weight"], untrained["layers.0.linear.weight"])


REFUSED = {
    "kind": (
        "modules.json",
        lambda said: [*said[:2], said[2] | {"type": "sentence_transformers.models.CNN"}],
    ),
    "package": ("modules.json", lambda said: [*said[:2], said[2] | {"type": "mine.Dense"}]),
    "outside": ("modules.json", lambda said: [*said[:2], said[2] | {"path": "../2_Dense"}]),
    "no pooling": ("modules.json", lambda said: [said[0], said[2]]),
    "pooling mode": ("1_Pooling/config.json", lambda said: said | {"pooling_mode": "median"}),
    "pooling flag": ("1_Pooling/config.json", lambda said: said | {"pooling_mode_median": True}),
    "activation": ("2_Dense/config.json", lambda said: said | {"activation_function": "mine.Swish"}),
    "no module": ("2_Dense/config.json", lambda said: said | {"activation_function": "torch.nn.Linear"}),
    "tokens": ("2_Dense/config.json", lambda said: said | {"module_input_name": "token_embeddings"}),
    "residual": ("2_Dense/config.json", lambda said: said | {"use_residual": True}),
}


@pytest.mark.parametrize(("file", "change"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused(
    build: Callable[..., Path], file: str, change: Callable[[Any], Any]
) -> None:
    folder = build(modules.Pooling(32), modules.Dense(32, 12))
    (folder / file).write_text(json.dumps(change(json.loads((folder / file).read_text()))))
    with pytest.raises(bench.UnsuitableError, match="does not understand; set 'pooling'") as caught:
        HuggingFace(model=str(folder)).load()
    assert str(caught.value).startswith("hf/")
    assert "\n" not in str(caught.value)


def test_missing_and_damaged_files(build: Callable[..., Path]) -> None:
    folder = build(modules.Pooling(32), modules.Dense(32, 12))
    (folder / "2_Dense" / "model.safetensors").unlink()
    with pytest.raises(bench.WeightsError, match="2_Dense holds no weights"):
        HuggingFace(model=str(folder)).load()
    (folder / "1_Pooling" / "config.json").write_text("{")
    with pytest.raises(bench.WeightsError, match="not readable as JSON"):
        HuggingFace(model=str(folder)).load()


@pytest.mark.parametrize("file", ["modules.json", "1_Pooling/config.json", "2_Dense/model.safetensors"])
def test_a_change_of_any_file_is_another_model(build: Callable[..., Path], file: str) -> None:
    folder = build(modules.Pooling(32), modules.Dense(32, 12))
    before = HuggingFace(model=str(folder)).identity()
    with (folder / file).open("ab") as stream:
        stream.write(b" ")
    assert HuggingFace(model=str(folder)).identity() != before


@pytest.mark.skipif(packaged() is None, reason="needs the package of the extra `minilm`")
def test_minilm_is_what_its_folder_says() -> None:
    folder = packaged()
    assert folder is not None
    expected = theirs(folder)
    assert_allclose(ours(MiniLM()), expected, rtol=0, atol=2e-6)
    assert_allclose(ours(HuggingFace(model=str(folder))), expected, rtol=0, atol=2e-6)
    assert_allclose(np.linalg.norm(expected, axis=1), 1, atol=1e-5)
    assert MiniLM().load().processor.max_length == 256


@pytest.mark.parametrize("kind", ["plain", "rich"])
def test_what_is_exported_is_read_by_both(build: Callable[..., Path], tmp_path: Path, kind: str) -> None:
    norm = modules.LayerNorm(12)
    nn.init.normal_(norm.norm.weight)
    layers = [modules.Dense(64, 12), norm, modules.Dropout(0.1), modules.Normalize()]
    rich = [modules.Pooling(32, pooling_mode=("mean", "cls")), *layers]
    settings = {"prompts": {"query": "it was "}, "default_prompt_name": "query", "truncate_dim": 5}
    folder = build(*rich, **settings) if kind == "rich" else build(modules.Pooling(32))
    backbone = HuggingFace(model=str(folder))
    expected = ours(backbone)
    again = tmp_path / "again"
    again.mkdir()
    backbone.export(backbone.load(), again)
    assert_allclose(ours(HuggingFace(model=str(again))), expected, rtol=0, atol=1e-6)
    agree(again)
