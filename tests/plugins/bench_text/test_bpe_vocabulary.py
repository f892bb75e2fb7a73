"""A vocabulary that is learnt: the same each time, and nothing is lost that is written in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from bench_text.bpe_vocabulary import bpe_tokenizer
from bench_text.phrases import Phrases

SHIPPED = Path(__file__).resolve().parents[3] / "suites" / "phrases-vocabulary"
SIZE = 500


def test_the_shipped_one_is_learnt_from_the_training_sentences() -> None:
    texts = [text for example in Phrases().load("train") for text in (example.input, *example.target)]
    shipped = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
    assert bpe_tokenizer(texts, SIZE).to_str() == shipped.to_str()


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    tokenizer = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False).ids) == text


@pytest.mark.parametrize("ending", ["txt", "jsonl"])
def test_it_is_made_of_files(tmp_path: Path, ending: str) -> None:
    pairs = [{"en": "a red house", "de": "ein rotes Haus"}] * 30
    lines = [json.dumps(pair) if ending == "jsonl" else " ".join(pair.values()) for pair in pairs]
    (tmp_path / f"texts.{ending}").write_text("\n".join(lines))
    command = [
        sys.executable,
        "-m",
        "bench_text.bpe_vocabulary",
        tmp_path / "made",
        tmp_path / f"texts.{ending}",
    ]
    subprocess.run([*command, "--field", "en", "de", "--size", "290"], check=True)
    made = transformers.AutoTokenizer.from_pretrained(tmp_path / "made")
    assert len(made) <= 290
    assert made.decode(made("ein rotes Haus").input_ids) == "[CLS]ein rotes Haus[SEP]"
    assert len(made("ein rotes Haus").input_ids) < len("ein rotes Haus")
