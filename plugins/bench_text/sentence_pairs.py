"""Pairs of texts of which the second follows the first, or comes from another document."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from bench import Batch, Sample
from bench.toolkit.texts import Vocabulary, collate_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARE = 0.75
"""How much is used of the shorter one of two texts that might stand second."""


@dataclass(frozen=True)
class Pairs:
    """Inputs that hold two texts each, and for each whether the second follows: int64 `[N]`, 1 or 0."""

    inputs: dict[str, Tensor]
    follows: Tensor


class Pairing:
    """Makes pairs from blocks of running text, for next-sentence prediction (Devlin et al. 2018).

    A block is cut in two near its middle, where a sentence ends if one does. With probability 1/2 the second
    half gives way to that of a block from another document of the batch; where there is none, it stays.
    Blocks without the target `document` are a document each.

    Second halves are shortened, to the same length whichever of the two is taken: otherwise their length
    would tell them apart, and so would a last sentence that is complete.
    """

    def __init__(self, vocabulary: Vocabulary, max_length: int) -> None:
        self.pair = vocabulary.pair
        self.room = max_length - self.pair.extra
        self.special = vocabulary.special.numpy()
        self.begins_word = vocabulary.begins_word.numpy()
        self.ends_sentence = vocabulary.ends_sentence.numpy()

    def __call__(self, batch: Batch, random: torch.Generator) -> Pairs:
        """Return a pair for each block, at most `max_length` long; with `types` if the blocks have them."""
        ids, mask = batch.inputs["ids"], batch.inputs["mask"]
        blocks = [row[tokens] for row, tokens in zip(ids.cpu().numpy(), mask.cpu().numpy(), strict=True)]
        places, choices, lots = torch.rand((3, len(blocks)), generator=random).numpy()
        halves = [self.halves(block, place) for block, place in zip(blocks, places, strict=True)]
        strangers = _strangers(batch, choices)
        follows = (lots < 0.5) | (strangers == np.arange(len(blocks)))
        pairs = []
        for number, (first, own) in enumerate(halves):
            foreign = halves[strangers[number]][1]
            length = ceil(SHARE * min(len(own), len(foreign)))
            second = (own if follows[number] else foreign)[:length]
            first = first[max(0, len(first) + len(second) - self.room) :]
            joined = self.pair.join(first, second)
            pairs.append(Sample({name: joined[name] for name in joined.keys() & batch.inputs.keys()}, {}))
        inputs = {name: value.to(ids.device) for name, value in collate_tokens(pairs).items()}
        return Pairs(inputs, torch.from_numpy(follows).long().to(ids.device))

    def halves(self, block: NDArray[np.int64], place: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Cut a block in two; `place`, from 0 to 1, chooses among the ends of sentences in its middle."""
        (pieces,) = np.nonzero(~self.special[block])
        block = block[pieces[0] : pieces[-1] + 1] if len(pieces) else block[:0]
        third = len(block) // 3
        middle = np.arange(max(1, third), len(block) - third)
        words = middle[self.begins_word[block[middle]]]
        sentences = words[self.ends_sentence[block[words - 1]]]
        if len(sentences):
            cut = sentences[int(place * len(sentences))]
        elif len(words):
            cut = words[np.abs(words - len(block) / 2).argmin()]
        else:
            cut = len(block) // 2
        return block[:cut], block[cut:]


def _strangers(batch: Batch, choices: NDArray[np.float32]) -> NDArray[np.int64]:
    """Choose for each block another one from another document; where there is none, the block itself."""
    numbers = torch.arange(len(choices))
    documents = batch.targets.get("document", numbers).cpu().numpy()
    strangers = numbers.numpy()
    for number, choice in enumerate(choices):
        (foreign,) = np.nonzero(documents != documents[number])
        if len(foreign):
            strangers[number] = foreign[int(choice * len(foreign))]
    return strangers
