"""Makes a tokenizer with a vocabulary of its own: that of `bert-mini`, or one for other texts.

    python -m bench_text.wordpiece_vocabulary FOLDER FILES... [--field COLUMN...] [--size TOKENS]

WordPiece (Schuster and Nakajima 2012; Wu et al. 2016), whose pieces are learned by merging the commonest
pair over and over (Sennrich et al. 2016). The same files always give the same vocabulary.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

PAD, UNK, CLS, SEP, MASK = SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SIZE = 8000
RARE = 20
"""A character that occurs less often is unknown: each would take two places, one alone, one within words."""

BLANK = "\u2400"
WIKITEXT = {"<unk>": BLANK, " @-@ ": "-", " @,@ ": ",", " @.@ ": "."}
"""WikiText's own marks. Its `<unk>` becomes a sign that no vocabulary has, and so one [UNK], not three
tokens; the `@` are undone, as they would be the easiest tokens of all to guess."""


def learn(texts: Sequence[str], size: int = SIZE) -> list[str]:
    """Return a vocabulary: special tokens, letters alone, letters within words, and pieces as merged."""
    tokenizer = _bert_like({token: number for number, token in enumerate(SPECIALS)})
    letters = _letters(tokenizer.normalizer.normalize_str(text) for text in texts)
    # Letters that the trainer finds by itself get numbers that change from run to run, and numbers decide
    # between pairs that are equally common. So it is given all of them, and may find no more.
    given = [*SPECIALS, *letters, *(f"##{letter}" for letter in letters)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=given, limit_alphabet=0, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    numbers = tokenizer.get_vocab()
    return sorted(numbers, key=lambda token: numbers[token])


def _letters(texts: Iterable[str]) -> list[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    return sorted(
        letter
        for letter, count in counts.items()
        if count >= RARE and not letter.isspace() and letter != BLANK
    )


def wordpiece_tokenizer(vocabulary: Sequence[str]) -> Tokenizer:
    """Return a lower-case tokenizer as BERT's: `[CLS] text [SEP]`, `[CLS] text [SEP] text [SEP]`."""
    numbers = {token: number for number, token in enumerate(vocabulary)}
    tokenizer = _bert_like(numbers)
    tokenizer.add_special_tokens(list(SPECIALS))
    tokenizer.post_processor = processors.BertProcessing((SEP, numbers[SEP]), (CLS, numbers[CLS]))
    return tokenizer


def _bert_like(numbers: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token=UNK))
    undone = [normalizers.Replace(mark, text) for mark, text in WIKITEXT.items()]
    tokenizer.normalizer = normalizers.Sequence([*undone, normalizers.BertNormalizer(lowercase=True)])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


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


def read(file: Path, fields: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a text file, or the first of the fields that each object of a .jsonl file has."""
    with file.open(encoding="utf-8") as lines:
        if file.suffix != ".jsonl":
            yield from lines
            return
        for line in lines:
            row = json.loads(line)
            yield next(row[field] for field in fields if field in row)


def main() -> None:
    """Learn from the files that the command line names. A text that occurs several times counts once."""
    parser = argparse.ArgumentParser(description="Make a tokenizer with a vocabulary of its own.")
    parser.add_argument("folder", type=Path, help="where to write tokenizer.json and tokenizer_config.json")
    parser.add_argument("files", type=Path, nargs="+", help="text files, or .jsonl")
    parser.add_argument("--field", nargs="+", default=["text"], help="what holds the text in .jsonl")
    parser.add_argument("--size", type=int, default=SIZE, help="tokens in the vocabulary")
    options = parser.parse_args()
    texts = dict.fromkeys(text for file in options.files for text in read(file, options.field))
    save(wordpiece_tokenizer(learn(list(texts), options.size)), options.folder)


if __name__ == "__main__":
    main()
