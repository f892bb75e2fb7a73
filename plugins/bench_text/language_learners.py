"""The live side of objectives that learn language from text: what an encoder is asked, and by which head.

Each learner turns a batch into questions with known answers. What a token was or will be is read off by
comparing a state with the encoder's own table of tokens: input and output are tied (Press and Wolf 2017).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench import Batch, Encoder, Features, Sample, UnsuitableError
from bench.toolkit.learner import Learner
from bench.toolkit.texts import TokenEncoder, collate_tokens, token_encoder
from bench.toolkit.training import evaluating

from .masking import Masked, Masking
from .sentence_pairs import Pairing, Pairs

AT_ONCE = 1024
"""Questions answered at a time when measuring: logits over 30,000 tokens are large."""
ROUND = 64
IGNORED = -100
CAUSAL_PROBE = "What comes later must not be seen, not even the last word."


@dataclass(frozen=True)
class Questions:
    """M questions of one kind: their states `[M, C]`, true answers `[M]`, and what makes logits of states."""

    states: Tensor
    truth: Tensor
    answer: Callable[[Tensor], Tensor]

    def loss(self) -> Tensor:
        """Return the mean cross-entropy; zero if there is no question.

        Empty questions fill up to a round number: the CPU's kernels are compiled again for each size.
        """
        count = len(self.truth)
        states = functional.pad(self.states, (0, 0, 0, -count % ROUND))
        truth = functional.pad(self.truth, (0, -count % ROUND), value=IGNORED)
        logits = self.answer(states).float()
        return functional.cross_entropy(logits, truth, ignore_index=IGNORED, reduction="sum") / max(1, count)

    def scores(self) -> tuple[Tensor, Tensor]:
        """Return each question's cross-entropy, and 1 where the likeliest answer is right, 0 otherwise."""
        losses, hits = [], []
        for states, truth in zip(
            torch.split(self.states, AT_ONCE), torch.split(self.truth, AT_ONCE), strict=True
        ):
            logits = self.answer(states).float()
            losses.append(functional.cross_entropy(logits, truth, reduction="none"))
            hits.append((logits.argmax(dim=1) == truth).float())
        return torch.cat(losses), torch.cat(hits)


class LanguageLearner(Learner):
    """Learns to answer questions; a subclass asks them. The loss is the sum over their kinds."""

    perplexity_of = ""
    """Which figure is a cross-entropy over tokens; the perplexity is its exponential."""

    @abstractmethod
    def ask(self, encoder: TokenEncoder, batch: Batch, random: torch.Generator) -> Mapping[str, Questions]:
        """Return the questions on a batch, by the prefix of their figures' names."""
        raise NotImplementedError

    def loss(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Tensor:
        """Return the sum of the mean losses."""
        kinds = self.ask(token_encoder(encoder), batch, random).values()
        return torch.stack([questions.loss() for questions in kinds]).sum()

    def scores(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Mapping[str, Tensor]:
        """Return loss and accuracy of every question."""
        figures = {}
        for prefix, questions in self.ask(token_encoder(encoder), batch, random).items():
            figures[f"{prefix}loss"], figures[f"{prefix}accuracy"] = questions.scores()
        return figures

    def summary(self, means: Mapping[str, float]) -> Mapping[str, float]:
        """Add the perplexity."""
        if self.perplexity_of not in means:
            return means
        return {**means, "perplexity": torch.tensor(means[self.perplexity_of]).double().exp().item()}


class MaskedLearner(LanguageLearner):
    """What was each hidden token?"""

    perplexity_of = "masked_loss"

    def __init__(self, encoder: Encoder, probability: float, whole_words: bool) -> None:
        super().__init__()
        model = token_encoder(encoder)
        self.masking = Masking(model.processor.vocabulary, probability, whole_words)
        self.head = MaskedHead(encoder.spec.channels[-1], model.token_embedding())

    def ask(self, encoder: TokenEncoder, batch: Batch, random: torch.Generator) -> Mapping[str, Questions]:
        """Return a question for each token chosen."""
        masked = self.masking(batch.inputs, random)
        return {"masked_": self.questions(encoder, encoder(masked.inputs), masked)}

    def questions(self, encoder: TokenEncoder, features: Features, masked: Masked) -> Questions:
        """Return a question for each token chosen, given the features of the masked inputs."""
        answer = partial(self.head, table=encoder.token_embedding().weight)
        return Questions(features.maps[-1][masked.chosen], masked.truth, answer)


class PairLearner(LanguageLearner):
    """Does the second text follow the first?"""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        processor = token_encoder(encoder).processor
        self.pairing = Pairing(processor.vocabulary, processor.max_length)
        self.head = nn.Linear(encoder.spec.pooled, 2)

    def ask(self, encoder: TokenEncoder, batch: Batch, random: torch.Generator) -> Mapping[str, Questions]:
        """Return a question for each pair."""
        pairs = self.pairing(batch, random)
        return {"nsp_": self.questions(encoder(pairs.inputs), pairs)}

    def questions(self, features: Features, pairs: Pairs) -> Questions:
        """Return a question for each pair, given the features of the pairs."""
        return Questions(features.pooled, pairs.follows, self.head)


class BertLearner(LanguageLearner):
    """Both at once: pairs of which some tokens are hidden."""

    perplexity_of = MaskedLearner.perplexity_of

    def __init__(self, encoder: Encoder, probability: float, whole_words: bool) -> None:
        super().__init__()
        self.tokens = MaskedLearner(encoder, probability, whole_words)
        self.pairs = PairLearner(encoder)

    def ask(self, encoder: TokenEncoder, batch: Batch, random: torch.Generator) -> Mapping[str, Questions]:
        """Return a question for each token chosen, and one for each pair."""
        pairs = self.pairs.pairing(batch, random)
        masked = self.tokens.masking(pairs.inputs, random)
        features = encoder(masked.inputs)
        return {
            "masked_": self.tokens.questions(encoder, features, masked),
            "nsp_": self.pairs.questions(features, pairs),
        }


class CausalLearner(LanguageLearner):
    """Which token comes next? Raises UnsuitableError for an encoder that sees it."""

    perplexity_of = "loss"

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        model = token_encoder(encoder)
        width, dimensions = encoder.spec.channels[-1], model.token_embedding().embedding_dim
        self.project = nn.Identity() if width == dimensions else nn.Linear(width, dimensions, bias=False)
        if sees_later_tokens(model):
            raise UnsuitableError(
                "the backbone sees later tokens, so that nothing is left to predict; use masked-lm"
            )

    def ask(self, encoder: TokenEncoder, batch: Batch, random: torch.Generator) -> Mapping[str, Questions]:
        """Return a question for each token but the first of a text."""
        ids, known = batch.inputs["ids"], batch.inputs["mask"][:, 1:]
        states = encoder(batch.inputs).maps[-1][:, :-1][known]
        answer = partial(self.answer, table=encoder.token_embedding().weight)
        return {"": Questions(states, ids[:, 1:][known], answer)}

    def answer(self, states: Tensor, table: Tensor) -> Tensor:
        """Return the logits of all tokens."""
        return functional.linear(self.project(states), table)


class MaskedHead(nn.Module):
    """A layer, and the table of tokens with a bias of its own: BERT's head, `[M, C]` to `[M, size]`."""

    def __init__(self, width: int, embedding: nn.Embedding) -> None:
        super().__init__()
        dimensions = embedding.embedding_dim
        self.transform = nn.Sequential(nn.Linear(width, dimensions), nn.GELU(), nn.LayerNorm(dimensions))
        self.bias = nn.Parameter(torch.zeros(embedding.num_embeddings))

    def forward(self, states: Tensor, table: Tensor) -> Tensor:
        """Return the logits of all tokens; `table`, `[size, dimensions]`, is the encoder's embedding."""
        return functional.linear(self.transform(states), table, self.bias)


def sees_later_tokens(encoder: TokenEncoder) -> bool:
    """Measure whether the states of a text's other tokens change with its last token."""
    device = next(encoder.parameters()).device
    inputs = collate_tokens([Sample(encoder.processor(CAUSAL_PROBE), {})])
    inputs = {name: value.to(device) for name, value in inputs.items()}
    changed = inputs["ids"].clone()
    changed[:, -1] = changed[:, 1]
    with evaluating(encoder), torch.inference_mode():
        states, others = (
            encoder({**inputs, "ids": ids}).maps[-1][:, :-1] for ids in (inputs["ids"], changed)
        )
    return not torch.allclose(states, others, atol=1e-5)
