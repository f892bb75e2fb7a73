"""Makes a tokenizer whose vocabulary is learnt from texts, and that can write whatever it reads.

    python -m bench_text.bpe_vocabulary FOLDER FILES... [--field COLUMN...] [--size TOKENS]

Byte-level BPE (Sennrich et al. 2016; Radford et al. 2019): bytes, and the commonest pairs of what was there
before, over and over. Case and all characters are kept, so a decoder can write translations with it. The same
files always give the same vocabulary.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from .wordpiece_vocabulary import CLS, SEP, SPECIALS, save

SIZE = 8000


def bpe_tokenizer(texts: Iterable[str], size: int = SIZE) -> Tokenizer:
    """Return a tokenizer with a vocabulary of so many tokens, special ones and the 256 bytes among them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIALS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    number = tokenizer.get_vocab()
    tokenizer.post_processor = processors.BertProcessing((SEP, number[SEP]), (CLS, number[CLS]))
    return tokenizer


def read(file: Path, fields: Sequence[str]) -> Iterator[str]:
    """Give the lines of a text file, or the fields of each object of a .jsonl file, those that it has."""
    with file.open(encoding="utf-8") as lines:
        if file.suffix != ".jsonl":
            yield from (line.rstrip("\n") for line in lines)
            return
        for row in map(json.loads, lines):
            yield from (row[field] for field in fields if field in row)


def main() -> None:
    """Learn from the files that the command line names."""
    parser = argparse.ArgumentParser(description="Make a tokenizer with a vocabulary of its own.")
    parser.add_argument("folder", type=Path, help="where to write tokenizer.json and tokenizer_config.json")
    parser.add_argument("files", type=Path, nargs="+", help="text files, or .jsonl")
    parser.add_argument("--field", nargs="+", default=["text"], help="what holds texts in .jsonl")
    parser.add_argument("--size", type=int, default=SIZE, help="tokens in the vocabulary")
    options = parser.parse_args()
    texts = (text for file in options.files for text in read(file, options.field))
    save(bpe_tokenizer(texts, options.size), options.folder)


if __name__ == "__main__":
    main()
