"""What authors of tasks that tag words reuse: head, loss, predictions and metrics.

Inherit from `TokenClassification` and say how examples are prepared and collated. The task's value is used
when planning, so torch is imported inside the verbs only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from ..api import Breakdown, DatasetInfo, Encoder, Features, Figure, Metrics, Predictions, Task
from ..errors import UnsuitableError
from .additive import Additive
from .entities import Entities, Scheme, Tags, tags_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from .heads import NormalisedLinear

UNSCORED = -100
"""Stands in `cross_entropy` for what is not to be learned."""
NO_TAG = "-"
"""What is kept as the tag of a word that has none."""


class TokenClassification(Task):
    """A tag for each word: entities (`B-place`, `I-place`, `O`), or parts of speech.

    A word is learned and scored at its first token. Targets are `{"tags": [N, W], "first": [N, W]}`: the
    numbers of the words' tags, and the places of their first tokens, -1 for a word that was cut off or has no
    token; behind an example's last word both are -1. Predictions are `{"logits": [N, L, C]}`, for each token.
    """

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("f1", doc="F1 of entities, micro-averaged over types, as conlleval has it", better="higher"),
        Figure("precision", doc="share right of the entities that are found", better="higher"),
        Figure("recall", doc="share of the entities that are found right", better="higher"),
        Figure("f1_strict", doc="F1 of entities whose tags keep to the scheme", better="higher"),
        Figure("accuracy", doc="share of the words that are tagged right", better="higher"),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "tags"
    reads: ClassVar[frozenset[str]] = frozenset({"maps"})
    columns: ClassVar[Mapping[str, Sequence[str | tuple[str, ...]]]] = {
        "text": ("tokens", "words"),
        "label": ("ner_tags", "tags", "pos_tags"),
    }

    scheme: Scheme | None = Field(
        None,
        description="how tags mark entities: iob2 (BIO), bioes, io; none, where each word counts by itself; "
        "by default what the names of the tags show",
    )
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of the target spread over all tags")
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout before the linear head")

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return dropout and a linear layer over the state of each token.

        Raises UnsuitableError if the encoder gives none, or tags are not those of a scheme.
        """
        from .heads import TokenHead

        self._tags(info)
        if not encoder.spec.channels:
            raise UnsuitableError("the backbone gives no state for each token, only one for the whole text")
        return TokenHead(encoder.spec.channels[-1], len(info.classes), self.dropout)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the encoder's own tagger, cut to the data's tags; None if it does not know them."""
        from .heads import native_classifier

        self._tags(info)
        return native_classifier(encoder, info.classes, "tagger")

    def loss(self, head: nn.Module, features: Features, targets: Mapping[str, Tensor]) -> Tensor:
        """Return the mean cross-entropy of the words that have a token; 0 if none has."""
        from torch.nn.functional import cross_entropy

        scored = targets["first"] >= 0
        logits = _of_words(head(features).float(), targets["first"])
        total = cross_entropy(
            logits.flatten(0, 1),
            targets["tags"].where(scored, UNSCORED).flatten(),
            ignore_index=UNSCORED,
            label_smoothing=self.label_smoothing,
            reduction="sum",
        )
        return total / scored.sum().clamp(min=1)

    def observations(
        self, head: NormalisedLinear, features: Features, targets: Mapping[str, Tensor]
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Return the vector of each word that has a token, `[M, 1, D]`: M texts of one word."""
        scored = targets["first"] >= 0
        tags = targets["tags"][scored][:, None]
        words = _of_words(head.seen(features), targets["first"])[scored][:, None]
        return words, {"tags": tags, "first": tags.new_zeros(tags.shape)}

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the logits of all tokens."""
        return {"logits": head(features)}

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return F1, precision and recall of entities, and the accuracy of words."""
        return TaggingMetrics(self._tags(info))

    def breakdown(self, info: DatasetInfo) -> Breakdown:
        """Return F1, precision and recall of each type of entity; or of each tag, where these mark none."""
        tags = self._tags(info)
        return (ByTag if tags.scheme == "none" else ByEntityType)(tags.types)

    def _tags(self, info: DatasetInfo) -> Tags:
        return tags_of(info.classes, self.scheme)


def _of_words(values: Tensor, first: Tensor) -> Tensor:
    """Return what tokens `[N, L, C]` have at the places of words `[N, W]`; for -1 what the first has."""
    places = first.clamp(min=0)[..., None].expand(-1, -1, values.shape[-1])
    return values.gather(1, places)


class TaggingMetrics(Additive):
    """Entity F1, precision and recall as seqeval has them, to the last digit, and accuracy.

    Each as with `mode="default"`, which is conlleval's; `f1_strict` with `mode="strict"`. Where nothing is to
    be found, or nothing is found, a share is 0. Where tags mark no entities, each word counts as one of the
    type of its tag, so that F1 is accuracy, and there is no `f1_strict`. A word without a token is taken for
    outside (`O`), or where tags mark no entities for none of the tags, which is wrong.
    """

    def __init__(self, tags: Tags) -> None:
        self.tags = tags

    def statistics(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Mapping[str, Any]:
        """Return how many entities were `found`, are there (`actual`), and both (`shared`), `[N, T]` each.

        Those that end in `_strict` keep to the scheme. `right` and `words` count words, `[N]`; `tags` are the
        names of the predicted tags, with spaces between.
        """
        import torch

        first = targets["first"].cpu()
        likeliest = predictions["logits"].argmax(dim=-1).cpu()[..., None]
        numbers = _of_words(likeliest, first)[..., 0].where(first >= 0, self.tags.outside).numpy()
        truth = targets["tags"].cpu().numpy()
        there = truth >= 0
        numbers[~there] = -1
        modes = {"": False} if self.tags.scheme == "none" else {"": False, "_strict": True}
        entities = {
            name + suffix: torch.from_numpy(counts)
            for suffix, strict in modes.items()
            for name, counts in self._entities(numbers, truth, strict).items()
        }
        return {
            **entities,
            "right": torch.from_numpy(((numbers == truth) & there).sum(axis=1)),
            "words": torch.from_numpy(there.sum(axis=1)),
            "tags": [self._spelled(row[own]) for row, own in zip(numbers, there, strict=True)],
        }

    def _entities(
        self, numbers: NDArray[Any], truth: NDArray[Any], strict: bool
    ) -> Mapping[str, NDArray[Any]]:
        count = len(self.tags.types)
        found, actual = (Entities.of(self.tags, each, strict=strict) for each in (numbers, truth))
        return {
            "shared": found.shared(actual, count),
            "found": found.counts(count),
            "actual": actual.counts(count),
        }

    def _spelled(self, numbers: NDArray[Any]) -> str:
        names = (*self.tags.names, NO_TAG)
        return " ".join(names[number] for number in numbers)

    def of_sums(self, sums: Mapping[str, Any], count: float) -> dict[str, float]:
        """Return the figures; none of examples that all weigh nothing."""
        if not sums["words"]:
            return {}
        figures = {name: float(value) for name, value in _shares(sums, axis=-1).items()}
        if self.tags.scheme != "none":
            figures["f1_strict"] = float(_shares(sums, "_strict", axis=-1)["f1"])
        return {**figures, "accuracy": float(sums["right"] / sums["words"])}


def _shares(
    sums: Mapping[str, NDArray[Any]], suffix: str = "", axis: int | None = None
) -> dict[str, NDArray[Any]]:
    """Return F1, precision and recall of each type, or of all together along an axis."""
    import numpy as np

    shared, found, actual = (
        np.asarray(sums[name + suffix] if axis is None else sums[name + suffix].sum(axis=axis), np.float64)
        for name in ("shared", "found", "actual")
    )
    precision, recall = (shared / np.where(whole > 0, whole, 1) for whole in (found, actual))
    both = precision + recall
    # In the order of operations of seqeval, which decides the last digit.
    f1 = 2 * precision * recall / np.where(both > 0, both, 1)
    return {"f1": f1, "precision": precision, "recall": recall}


class ByEntityType(Breakdown):
    """F1, precision, recall and support of each type of entity, as seqeval's report has them."""

    axis: ClassVar[str] = "entity type"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("f1", doc="harmonic mean of precision and recall", better="higher"),
        Figure("precision", doc="share right of those that are found", better="higher"),
        Figure("recall", doc="share of those that are there that are found right", better="higher"),
        Figure("support", unit="entities", doc="how many are there"),
    )

    def compute(self, statistics: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return the figures; none but support of a type that neither occurs nor is found."""
        import numpy as np

        sums = {name: statistics[name].sum(axis=0) for name in ("shared", "found", "actual")}
        occurs = sums["found"] + sums["actual"] > 0
        shares = {name: np.where(occurs, values, np.nan) for name, values in _shares(sums).items()}
        return {**shares, "support": sums["actual"]}


class ByTag(ByEntityType):
    """The same of each tag, where tags mark no entities."""

    axis: ClassVar[str] = "tag"
