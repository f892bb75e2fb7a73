"""SigLIP's tokenizer without SentencePiece gives the tokens that transformers has by SentencePiece."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import transformers

import bench
from bench_text.siglip_tokenizer import siglip_tokenizer

ORIGIN: dict[str, Any] = {"revision": "main", "trust_remote_code": False}
TEXTS = [
    "A photo of a cat.",
    "two dogs, and (perhaps) a mat!",
    "  white   space\tand\nlines ",
    "ＦＵＬＬ width Straße café ﬁne",
    "",
    "...",
    "unknown 猫 signs",
]


def described(folder: Path, **settings: Any) -> Path:
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "SiglipTokenizer", **settings})
    )
    return folder


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    sentencepiece = pytest.importorskip("sentencepiece", reason="sentencepiece is not installed")
    pytest.importorskip("google.protobuf", reason="protobuf is not installed")
    words = "a photo of a cat|two dogs and perhaps a mat|white space and lines|full width straße cafe fine"
    (tmp_path / "texts").write_text("\n".join(words.split("|") * 20))
    sentencepiece.SentencePieceTrainer.train(
        input=str(tmp_path / "texts"),
        model_prefix=str(tmp_path / "spiece"),
        vocab_size=60,
        model_type="unigram",
        bos_id=-1,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return tmp_path


@pytest.mark.parametrize("lower", [True, False])
def test_tokens_are_those_of_sentencepiece(trained: Path, lower: bool) -> None:
    folder = described(trained, do_lower_case=lower)
    theirs = transformers.SiglipTokenizer(str(folder / "spiece.model"), do_lower_case=lower)
    ours = siglip_tokenizer(str(folder), ORIGIN)
    for text in TEXTS:
        assert ours(text)["input_ids"] == theirs(text)["input_ids"], text
    assert ours.pad_token_id == theirs.pad_token_id
    assert ours.model_max_length == theirs.model_max_length


def test_other_tokenizers_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
    assert siglip_tokenizer(str(tmp_path), ORIGIN) is None


@pytest.mark.parametrize("content", [b"", b"no model", b"\x0a\x80", b"\x0a\x05\x0a\x03abc"])
def test_what_is_no_model_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    (described(tmp_path) / "spiece.model").write_bytes(content)
    with pytest.raises(bench.WeightsError, match="not the SentencePiece model") as caught:
        siglip_tokenizer(str(tmp_path), ORIGIN)
    assert "\n" not in str(caught.value)
