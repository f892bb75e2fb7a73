"""What makers of vocabularies share: the texts that they learn from, and the files that they write."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from tokenizers import Tokenizer

PAD, UNK, CLS, SEP, MASK = SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SIZE = 8000


def read(file: Path, fields: Sequence[str]) -> Iterator[str]:
    """Give the lines of a text file, or the fields of each object of a .jsonl file, those that it has."""
    with file.open(encoding="utf-8") as lines:
        if file.suffix != ".jsonl":
            yield from (line.rstrip("\n") for line in lines)
            return
        for row in map(json.loads, lines):
            yield from (row[field] for field in fields if field in row)


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Write `tokenizer.json`, and what transformers must know beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": PAD,
        "unk_token": UNK,
        "cls_token": CLS,
        "sep_token": SEP,
        "mask_token": MASK,
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(names, indent=2) + "\n")


def make(learn: Callable[[Iterable[str], int], Tokenizer]) -> None:
    """Let a tokenizer be learnt from the files that the command line names, and write it."""
    parser = argparse.ArgumentParser(description="Make a tokenizer with a vocabulary of its own.")
    parser.add_argument("folder", type=Path, help="where to write tokenizer.json and tokenizer_config.json")
    parser.add_argument("files", type=Path, nargs="+", help="text files, or .jsonl")
    parser.add_argument("--field", nargs="+", default=["text"], help="what holds texts in .jsonl")
    parser.add_argument("--size", type=int, default=SIZE, help="tokens in the vocabulary")
    options = parser.parse_args()
    texts = (text for file in options.files for text in read(file, options.field))
    save(learn(texts, options.size), options.folder)
