"""Makes a tokenizer whose vocabulary is learnt from texts, and that can write whatever it reads.

    python -m bench_text.bpe_vocabulary FOLDER FILES... [--field COLUMN...] [--size TOKENS]

Byte-level BPE (Sennrich et al. 2016; Radford et al. 2019): bytes, and the commonest pairs of what was there
before, over and over. Case and all characters are kept, so a decoder can write translations with it. The same
files always give the same vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from .vocabulary_files import CLS, SEP, SIZE, SPECIALS, make


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


if __name__ == "__main__":
    make(bpe_tokenizer)
