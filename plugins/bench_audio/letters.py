"""The letters that a model of transformers writes by CTC, such as wav2vec 2.0 trained to hear English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import transformers
from torch import Tensor, nn

from bench import Features, NativePart
from bench.toolkit.checkpoint import Checkpoint, reading
from bench.toolkit.transcribing import TRANSCRIBER, Transcriber, greedy_outputs, mean_ctc_loss


@dataclass(frozen=True)
class Alphabet:
    """Which output stands for which letter.

    `blank` stands for none, and `space` for what is between words; with `upper` there are capitals alone.
    """

    letters: Mapping[str, int]
    blank: int
    space: str
    upper: bool

    @classmethod
    def of(cls, tokenizer: Any) -> Alphabet:
        """Read all of it off a tokenizer of transformers."""
        special = {*tokenizer.all_special_tokens} - {tokenizer.word_delimiter_token}
        letters = {token: number for token, number in tokenizer.get_vocab().items() if token not in special}
        single = [letter for letter in letters if len(letter) == 1]
        upper = any(letter.isupper() for letter in single) and not any(map(str.islower, single))
        return cls(letters, tokenizer.pad_token_id, tokenizer.word_delimiter_token, upper)

    def outputs(self, text: str) -> list[int]:
        """Return the outputs that stand for a text; letters that there are not are left out."""
        cased = text.upper() if self.upper else text
        spaced = (self.space if letter == " " else letter for letter in cased)
        return [self.letters[letter] for letter in spaced if letter in self.letters]

    def text(self, outputs: Sequence[int]) -> str:
        """Return the text that outputs stand for."""
        written = {number: letter for letter, number in self.letters.items()}
        return "".join(written.get(output, "") for output in outputs).replace(self.space, " ").strip()


class LetterHead(Transcriber):
    """A linear layer that says at each state which letter is heard, if any."""

    def __init__(self, layer: nn.Linear, alphabet: Alphabet) -> None:
        super().__init__()
        self.layer = layer
        self.alphabet = alphabet

    def forward(self, features: Features) -> Tensor:
        """Return the logits, `[N, T, outputs]`."""
        logits: Tensor = self.layer(features.maps[-1])
        return logits

    def loss(self, features: Features, texts: Sequence[str]) -> Tensor:
        """Return the mean over examples of the negative log-likelihood of a text, by letter."""
        wanted = [self.alphabet.outputs(text) for text in texts]
        return mean_ctc_loss(self(features), features, wanted, self.alphabet.blank)

    def texts(self, features: Features) -> list[str]:
        """Return what the likeliest letter of each state amounts to."""
        return [
            self.alphabet.text(row) for row in greedy_outputs(self(features), features, self.alphabet.blank)
        ]


def letter_parts(checkpoint: Checkpoint, config: Any) -> Sequence[NativePart]:
    """Return the layer of letters of a checkpoint that was trained to write; nothing of any other."""
    architectures = config.architectures or ()
    if checkpoint.untrained or not any(name.endswith("ForCTC") for name in architectures):
        return ()
    build = partial(_head, checkpoint, config)
    return (NativePart(TRANSCRIBER, config.vocab_size, build),)


def _head(checkpoint: Checkpoint, config: Any) -> LetterHead:
    """Read a checkpoint's layer of letters, which few runs need, and its alphabet."""
    with reading(f"{checkpoint.title}: tokenizer"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint.source, **checkpoint.origin)
    # Which hides parts of a sound in pretraining, and is in few checkpoints that write.
    spare = f"{config.model_type.replace('-', '_')}.masked_spec_embed"
    loaded = checkpoint.model(transformers.AutoModelForCTC, config, spare=(spare,))
    return LetterHead(loaded.model.lm_head, Alphabet.of(tokenizer))
