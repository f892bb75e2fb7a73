from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import transformers
from pydantic import ValidationError
from safetensors.torch import save_file

import bench
from bench_text.bert_mini import FOLDER, BertMini
from bench_text.text_classification import TextClassification
from bench_text.vocabulary_files import SPECIALS

TASK = TextClassification()


def encode(encoder: torch.nn.Module, *texts: str) -> torch.Tensor:
    samples = [TASK.prepare(bench.Example(text, 0), encoder.processor) for text in texts]
    with torch.no_grad():
        return encoder.eval()(TASK.collate(samples).inputs).pooled


@pytest.fixture(scope="module")
def untrained() -> torch.nn.Module:
    return BertMini(weights="none").load().eval()


def test_size_and_shape(untrained) -> None:
    width, tokens, inner = 128, 8000, 512
    embeddings = (tokens + 256 + 2) * width + 2 * width
    attention = 4 * (width * width + width) + 2 * width
    feedforward = 2 * width * inner + inner + width + 2 * width
    assert sum(p.numel() for p in untrained.parameters()) == embeddings + 2 * (attention + feedforward)
    assert untrained.spec.pooled == width


def test_the_vocabulary_fits_the_shape(untrained) -> None:
    vocabulary = json.loads((FOLDER / "tokenizer.json").read_bytes())["model"]["vocab"]
    assert len(vocabulary) == json.loads((FOLDER / "config.json").read_bytes())["vocab_size"] == 8000
    assert [vocabulary[token] for token in SPECIALS] == [0, 1, 2, 3, 4]


def test_tokens_of_a_pair_have_types(untrained) -> None:
    arrays = untrained.processor(("The cat", "the cat"))
    ids, types = arrays["ids"].tolist(), arrays["types"].tolist()
    assert (ids[0], ids[-1]) == (2, 3)
    assert types == [0] * (ids.index(3) + 1) + [1] * (len(ids) - ids.index(3) - 1)
    half = ids[1 : ids.index(3)]
    assert ids == [2, *half, 3, *half, 3]


def test_marks_of_wikitext_are_undone(untrained) -> None:
    tokens = untrained.processor
    unknown = SPECIALS.index("[UNK]")
    assert tokens("the <unk> of").get("ids").tolist().count(unknown) == 1
    assert tokens("0 @.@ 7 and 1 @,@ 000")["ids"].tolist() == tokens("0.7 and 1,000")["ids"].tolist()
    assert tokens("red @-@ tipped")["ids"].tolist() == tokens("Red-tipped")["ids"].tolist()


def test_what_is_longer_is_cut() -> None:
    assert len(BertMini(weights="none", max_length=16).load().processor("word " * 300)["ids"]) == 16
    assert len(BertMini(weights="none", max_length=256).load().processor("word " * 300)["ids"]) == 256
    with pytest.raises(ValidationError):
        BertMini(max_length=257)


def test_pooling() -> None:
    torch.manual_seed(0)
    mean = encode(BertMini(weights="none").load(), "a cat sat")
    torch.manual_seed(0)
    first = encode(BertMini(weights="none", pooling="first").load(), "a cat sat")
    assert not torch.allclose(mean, first)


def test_weights_from_a_file(untrained, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    state = {f"bert.{name.removeprefix('model.')}": t for name, t in untrained.state_dict().items()}
    save_file(state, file, metadata={"format": "pt"})
    value = BertMini(weights=str(file))
    assert torch.equal(encode(value.load(), "a cat"), encode(untrained, "a cat"))
    assert value.identity()["weights"].startswith("sha256:")


def test_what_is_exported_loads_as_weights_and_in_transformers(untrained, tmp_path: Path) -> None:
    BertMini(weights="none").export(untrained, tmp_path)
    again = BertMini(weights=str(tmp_path)).load()
    assert torch.equal(encode(again, "a cat", "a <unk>"), encode(untrained, "a cat", "a <unk>"))
    model = transformers.AutoModel.from_pretrained(tmp_path)
    words = transformers.AutoTokenizer.from_pretrained(tmp_path)("a <unk> cat", return_tensors="pt")
    states = model.eval()(**words).last_hidden_state
    torch.testing.assert_close(states.mean(dim=1), encode(untrained, "a <unk> cat"))


def test_identity_tells_weights_and_tokenizer() -> None:
    identity = BertMini().identity()
    assert identity["weights"] == "none"
    assert all(len(digest) == 64 for digest in identity["shape"])


def test_it_comes_with_no_weights() -> None:
    with pytest.raises(ValidationError, match="comes with no weights; give a file, or pretrain it"):
        BertMini(weights="default")


def test_transformers_reads_tokenizer_and_shape(untrained) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(FOLDER)
    text = "A <unk> lobster is red @-@ tipped ."
    assert tokenizer(text)["input_ids"] == untrained.processor(text)["ids"].tolist()
    assert tokenizer.mask_token_id == SPECIALS.index("[MASK]")
    assert transformers.AutoConfig.from_pretrained(FOLDER).hidden_size == 128


def test_known_words_have_a_token_of_their_own(untrained) -> None:
    assert len(untrained.processor("Learning from data is good .")["ids"]) == 8
