"""What heads that write texts have in common: they write token by token, greedily or by beam search."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..api import Features, Run
from .texts import TextProcessor

IGNORED = -100
"""What stands in the place of a wanted token where there is none."""

Ids = list[int]


class Decoder(nn.Module, ABC):
    """Writes texts about what it sees of `Features`, as tokens of the encoder's tokenizer.

    separator: tokens between what was read and what is written, to decoders to which both are one text.
    room: how many tokens these texts may have; None where what is read takes no room of what is written.
    """

    separator: Sequence[int] = ()
    room: int | None = None

    @abstractmethod
    def forward(self, features: Features, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return what it would write after each beginning of given texts, and what it should.

        `ids` are the tokens of the texts, int64 `[N, T]`, without those of the tokenizer's own; `mask`, bool
        `[N, T]`, is true where there are any. The first result are logits `[N, U, V]`, the second the tokens
        wanted, int64 `[N, U]`, with what ends a text among them, and `IGNORED` where there is none.
        """

    @abstractmethod
    def generate(
        self, features: Features, limit: int, beams: int | None, *, exact: bool = False
    ) -> list[Ids]:
        """Return the tokens of N texts, of at most `limit` tokens each; of as many if `exact`.

        With one beam each next token is the likeliest. None is what the decoder itself is meant for.
        """


@runtime_checkable
class WritingHead(Protocol):
    """A head that writes its predictions token by token, so their length decides how long they take."""

    def exactly(self, tokens: int) -> AbstractContextManager[int]:
        """Return a context in which each text has so many tokens, or as many as it may; gives the number."""
        ...


def writing_head(run: Run) -> WritingHead | None:
    """Return the head of a run that writes; None if there is none."""
    return next((module for module in run.modules() if isinstance(module, WritingHead)), None)


class TextHead(nn.Module):
    """A decoder, and what makes texts of its tokens: at most `limit` of them, searched with `beams`."""

    def __init__(
        self, decoder: Decoder, processor: TextProcessor, *, limit: int, beams: int | None = None
    ) -> None:
        super().__init__()
        self.decoder = decoder
        self.processor = processor
        self.limit = limit
        self.beams = beams
        self._exact: int | None = None

    def forward(self, features: Features, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and wanted tokens (`Decoder.forward`)."""
        logits, wanted = self.decoder(features, ids, mask)
        return logits, wanted

    def texts(self, features: Features) -> list[str]:
        """Return the texts that the decoder writes about N examples."""
        limit, exact = self._exact or self.limit, self._exact is not None
        written = self.decoder.generate(features, limit, self.beams, exact=exact)
        return [self.processor.decode(ids) for ids in written]

    @contextmanager
    def exactly(self, tokens: int) -> Iterator[int]:
        """Have each text be of so many tokens, or of `limit` if that is fewer; gives the number."""
        self._exact = min(tokens, self.limit)
        try:
            yield self._exact
        finally:
            self._exact = None


class Writing(Protocol):
    """Texts that are being written, R of them: several for each of the N examples that are left."""

    def logits(self, tokens: Tensor) -> Tensor:
        """Return the logits `[R, V]` of each next token after the latest ones, int64 `[R]`."""
        ...

    def choose(self, rows: Tensor) -> None:
        """Go on with these of the texts (int64 `[R]`, one maybe several times), in this order."""
        ...

    def drop(self, going: Tensor) -> None:
        """Go on with these of the examples alone, bool `[N]`, and all their texts."""
        ...


class Endless:
    """A `Writing` in which the token `end` never comes."""

    def __init__(self, writing: Writing, end: int) -> None:
        self.writing = writing
        self.end = end
        self.choose, self.drop = writing.choose, writing.drop

    def logits(self, tokens: Tensor) -> Tensor:
        """Return the logits of each next token, none of which is the end."""
        logits = self.writing.logits(tokens)
        logits[:, self.end] = -torch.inf
        return logits


def search(
    writing: Writing, begin: Tensor, end: int, limit: int, beams: int, *, exact: bool = False
) -> list[Ids]:
    """Return N texts, found greedily with one beam; each of `limit` tokens if `exact`.

    `begin` are the tokens that the texts begin with, int64 `[N * beams]`, an example's side by side.
    """
    on = Endless(writing, end) if exact else writing
    return greedy(on, begin, end, limit) if beams == 1 else beam_search(on, begin, end, limit, beams)


def greedy(writing: Writing, begin: Tensor, end: int, limit: int) -> list[Ids]:
    """Return N texts, each next token being the likeliest, until it is `end`, which is left out.

    `begin` are the tokens that the texts begin with, int64 `[N]`; they are not part of them either.
    """
    texts: list[Ids] = [[] for _ in begin]
    places, tokens = list(range(len(texts))), begin
    for _ in range(limit):
        tokens = writing.logits(tokens).argmax(dim=-1)
        going = tokens != end
        goes = going.tolist()
        places = [place for place, on in zip(places, goes, strict=True) if on]
        if not places:
            break
        if not all(goes):
            tokens = tokens[going]
            writing.drop(going)
        for place, token in zip(places, tokens.tolist(), strict=True):
            texts[place].append(token)
    return texts


def beam_search(writing: Writing, begin: Tensor, end: int, limit: int, beams: int) -> list[Ids]:
    """Return the likeliest of N texts that a search finds which keeps `beams` of each at a time.

    `begin` are the tokens that the texts begin with, int64 `[N * beams]`, an example's side by side. Texts
    of unlike length are compared by the mean log-probability of their tokens, `end` among them. A search is
    over when no text under way is better than the worst of as many finished ones, as in transformers.
    """
    count = len(begin) // beams
    found = [Beams(beams) for _ in range(count)]
    going, tokens = list(found), begin
    scores = torch.full((count, beams), -torch.inf, device=begin.device)
    scores[:, 0] = 0  # all are alike yet
    for _ in range(limit):
        chances = writing.logits(tokens).float().log_softmax(dim=-1)
        size = chances.shape[-1]
        joint = (scores.flatten()[:, None] + chances).view(len(going), beams * size)
        best, places = joint.topk(min(2 * beams, joint.shape[1]))
        rows, following = (places // size).tolist(), (places % size).tolist()
        chosen = [
            beam.advance(zip(*candidates, strict=True), end)
            for beam, *candidates in zip(going, best.tolist(), rows, following, strict=True)
        ]
        searching = [not beam.over for beam in going]
        if not any(searching):
            break
        offsets = range(0, len(going) * beams, beams)
        picked = [offset + row for offset, kept in zip(offsets, chosen, strict=True) for _, row, _ in kept]
        writing.choose(torch.tensor(picked, device=begin.device))
        tokens = torch.tensor([token for kept in chosen for *_, token in kept], device=begin.device)
        scores = torch.tensor([[score for score, *_ in kept] for kept in chosen], device=begin.device)
        if not all(searching):
            on = torch.tensor(searching, device=begin.device)
            writing.drop(on)
            tokens, scores = tokens.view(-1, beams)[on].flatten(), scores[on]
            going = [beam for beam in going if not beam.over]
    return [beam.best() for beam in found]


Candidate = tuple[float, int, int]
"""Its log-probability, the row of the text that it goes on, and its token."""


class Beams:
    """The texts of one example that a beam search is at, and those that it has finished."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.under_way: list[tuple[float, Ids]] = [(0.0, [])] * size
        self.finished: list[tuple[float, Ids]] = []

    def advance(self, candidates: Iterable[Candidate], end: int) -> Sequence[Candidate]:
        """Go on with the best of the candidates, which come in their order, and return these."""
        kept: list[Candidate] = []
        for rank, (score, row, token) in enumerate(candidates):
            if token == end:
                if rank < self.size:
                    self._finish(score, self.under_way[row][1])
            elif len(kept) < self.size:
                kept.append((score, row, token))
        self.under_way = [(score, [*self.under_way[row][1], token]) for score, row, token in kept]
        return kept

    def _finish(self, score: float, ids: Ids) -> None:
        self.finished.append((score / (len(ids) + 1), ids))
        self.finished.sort(key=lambda text: -text[0])
        del self.finished[self.size :]

    @property
    def over(self) -> bool:
        """Whether no text under way is better than the worst of as many finished ones."""
        score, ids = self.under_way[0]
        return len(self.finished) == self.size and score / len(ids) <= self.finished[-1][0]

    def best(self) -> Ids:
        """Return the tokens of the best text, be it finished or not."""
        cut = [(score / max(1, len(ids)), ids) for score, ids in self.under_way]
        return max([*self.finished, *cut], key=lambda text: text[0])[1]
