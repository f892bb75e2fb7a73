"""Makes a tokenizer with a vocabulary of its own: that of `bert-mini`, or one for other texts.

    python -m bench_text.wordpiece_vocabulary FOLDER FILES... [--field COLUMN...] [--size TOKENS]

WordPiece (Schuster and Nakajima 2012; Wu et al. 2016), whose pieces are learned by merging the commonest
pair over and over (Sennrich et al. 2016). The same files always give the same vocabulary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from .vocabulary_files import CLS, SEP, SIZE, SPECIALS, UNK, make

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


def distinct(texts: Iterable[str], size: int) -> Tokenizer:
    """Return a tokenizer whose vocabulary is learnt from texts; one that occurs several times counts once."""
    return wordpiece_tokenizer(learn(list(dict.fromkeys(texts)), size))


if __name__ == "__main__":
    make(distinct)
