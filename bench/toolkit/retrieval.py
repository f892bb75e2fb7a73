"""What authors of retrieval tasks reuse: queries find relevant passages by the vectors of both.

The task's value is used when planning, so torch is imported inside the verbs only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import Field

from ..api import (
    Batch,
    DatasetInfo,
    Encoder,
    Example,
    Features,
    Figure,
    Metrics,
    Predictions,
    Processor,
    Sample,
    Targets,
    Task,
)
from ..errors import UnsuitableError
from .additive import Additive
from .messages import one_line

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

SHOWN = 10
"""How many of the passages that a query found are kept for people to read."""

BEGINNING = 100
"""How many characters of each are shown."""

MOST = 100
"""How many passages of a query are looked at."""


MEASURES = {
    "ndcg_at_10": "ndcg_at_10",
    "recall_at_10": "recall_at_10",
    "recall_at_100": "recall_at_100",
    "reciprocal_rank": "mrr_at_10",
}
"""What is kept of a query, and the figure that is its mean."""


class Retrieval(Task):
    """Which passages are relevant to a query: those whose vectors are nearest to its own, by the cosine.

    An example to learn from is a pair of a query and a passage that is relevant to it. One to be evaluated on
    is a query, or a passage, which is then a candidate (`Dataset.candidates`): a split has pairs, or queries
    and passages. Pairs that are evaluated on search the passages of all.

    A target is `{"query": id, "passage": id, "relevant": {id: grade}}`: the ids of what the input is, the
    other one being empty, and how relevant passages are to the query, 0 for not at all. A query needs at
    least one that is. A query does not find the passage that has its own id, as BEIR has it.
    """

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "ndcg_at_10",
            doc="discounted gain of the first ten passages, as a share of the best there could be",
            better="higher",
            mean_of="ndcg_at_10",
        ),
        Figure(
            "recall_at_10",
            doc="share of the relevant passages that are among the first ten",
            better="higher",
            mean_of="recall_at_10",
        ),
        Figure(
            "recall_at_100",
            doc="the same of the first hundred",
            better="higher",
            mean_of="recall_at_100",
        ),
        Figure(
            "mrr_at_10",
            doc="one by the rank of the first relevant passage; 0 if it is not among the first ten",
            better="higher",
            mean_of="reciprocal_rank",
        ),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "relevance"
    by_class: ClassVar[bool] = False

    temperature: float = Field(0.05, gt=0, description="what cosines are divided by in training")
    query_prompt: str = Field("", description="what is put before each query, as some encoders want it")
    passage_prompt: str = Field("", description="the same before each passage")

    def indivisible(self) -> str | None:
        """Return that the passages of a batch are each other's negatives."""
        return f"task '{self.name}' compares the examples of a batch with each other"

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the tokens, of a pair those of both texts end to end, and the target as texts.

        A new input is a query. Raises UnsuitableError for what is neither a text nor a pair of texts.
        """
        from .windows import end_to_end

        texts = example.input if isinstance(example.input, tuple) else (example.input,)
        if len(texts) > 2 or not all(isinstance(text, str) for text in texts):
            raise UnsuitableError("is neither a text nor a pair of a query and a passage")
        target = example.target
        if target is None:
            return Sample(end_to_end([processor(self.query_prompt + texts[0])]), {})
        prompts = [prompt for prompt, of in self._sides(target) if of]
        if len(prompts) != len(texts):
            raise UnsuitableError(f"has {len(texts)} texts and {len(prompts)} ids of queries or passages")
        rows = [processor(prompt + text) for prompt, text in zip(prompts, texts, strict=True)]
        targets = {
            "query": target["query"],
            "passage": target["passage"],
            "relevant": json.dumps(target["relevant"]),
            "beginning": one_line(texts[-1], BEGINNING) if target["passage"] else "",
        }
        return Sample(end_to_end(rows), targets)

    def _sides(self, target: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        return (self.query_prompt, target["query"]), (self.passage_prompt, target["passage"])

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return texts as rows `[R, L]`; the targets are texts."""
        from .windows import collate_windows

        inputs, rows = collate_windows(samples)
        targets = {name: [sample.targets[name] for sample in samples] for name in samples[0].targets}
        return Batch(inputs, targets, range(len(samples)), rows=rows)

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return vectors of length 1, behind a linear layer that begins as the identity."""
        from .vector_heads import VectorHead

        return VectorHead(encoder.spec.pooled)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the same: any encoder can be measured as it is."""
        return self.head(encoder, info)

    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the contrastive loss of pairs; no passage is a negative of a query that it is relevant to.

        Raises UnsuitableError for what is no pair.
        """
        import torch

        from .vector_heads import contrastive_loss

        vectors = self.predict(head, features)["vectors"]
        if vectors.shape[1] != 2:
            raise UnsuitableError("only pairs of a query and a passage can be learned from")
        relevant = [json.loads(each) for each in targets["relevant"]]
        also = [[own.get(passage, 0) > 0 for passage in targets["passage"]] for own in relevant]
        return contrastive_loss(vectors[:, 0], vectors[:, 1], torch.tensor(also), self.temperature)

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return `vectors` of length 1, float32 `[N, 1, D]`, of pairs `[N, 2, D]`.

        Raises UnsuitableError where only some examples are pairs.
        """
        vectors, rows = head(features), cast("Tensor", features.rows)
        if (rows != rows[0]).any():
            raise UnsuitableError("a split has pairs of a query and a passage, or each by itself, never both")
        return {"vectors": vectors.unflatten(0, (len(rows), -1))}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the vector of each text."""
        return [{"vector": vector} for vector in predictions["vectors"][:, 0].tolist()]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return what ranks all passages of a split for each of its queries."""
        return RetrievalMetrics()


class RetrievalMetrics(Additive):
    """nDCG, recall and reciprocal rank of each query, and their means over queries.

    They are those of trec_eval, to the last digits. Of passages that are equally near the one with the larger
    id comes first, compared as texts, which is its rule, too.
    """

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Any]:
        """Return vectors and targets as they are: nothing can be ranked before all passages are there."""
        return {"vectors": predictions["vectors"].float(), **targets}

    def settle(self, statistics: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return the figures of each query, `[N]` each, and what it `found`; 0 and nothing of passages.

        `found` has a line for each of the first ten passages: its id, and how it begins.
        """
        import numpy as np

        from .ranking import nearest

        queries = statistics["query"]
        places = {name: place for place, name in enumerate(statistics["passage"]) if name}
        names = sorted(places, reverse=True)
        ranks = {name: rank for rank, name in enumerate(names)}
        asked = np.flatnonzero(queries != "")
        ranked = nearest(
            statistics["vectors"][asked, 0],
            statistics["vectors"][[places[name] for name in names], -1],
            MOST,
            [ranks.get(name) for name in queries[asked]],
        )
        found = {name: np.zeros(len(queries)) for name in MEASURES}
        lists = np.full(len(queries), "", dtype=object)
        for at, own in zip(asked, ranked, strict=True):
            best = [names[rank] for rank in own]
            for name, value in _measured(best, json.loads(statistics["relevant"][at])).items():
                found[name][at] = value
            shown = best[:SHOWN]
            lists[at] = "\n".join(f"{name}: {statistics['beginning'][places[name]]}" for name in shown)
        return {**found, "found": lists}

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return the means over queries; none of no queries."""
        return {figure: float(sums[name]) / count for name, figure in MEASURES.items()} if count else {}


def _measured(found: Sequence[str], relevant: Mapping[str, int]) -> Mapping[str, float]:
    """Return what is kept of a query that found these passages, the best first."""
    from .ranking import grades_of, ndcg, recall, reciprocal_rank

    grades = grades_of(found, relevant)
    return {
        "ndcg_at_10": ndcg(grades, relevant, 10),
        "recall_at_10": recall(grades, relevant, 10),
        "recall_at_100": recall(grades, relevant, 100),
        "reciprocal_rank": reciprocal_rank(grades, 10),
    }
