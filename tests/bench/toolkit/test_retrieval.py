"""Rankings as trec_eval scores them, and the loss that vectors learn by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score
from torch.nn.functional import cosine_similarity, cross_entropy

import bench
from bench.toolkit import ranking
from bench.toolkit.retrieval import RetrievalMetrics
from bench.toolkit.vector_heads import VectorHead, contrastive_loss
from bench_text.retrieval import TextRetrieval

TASK = TextRetrieval()
Search = tuple[Mapping[str, list[int]], Mapping[str, list[int]], Mapping[str, Mapping[str, int]]]


@st.composite
def searches(draw: st.DrawFn) -> Search:
    """Vectors in whole numbers, so that many passages are equally near, and what is relevant."""
    vectors = st.lists(st.integers(-2, 2), min_size=3, max_size=3)
    names = [f"{number}" for number in range(draw(st.integers(2, 130)))]
    passages = {name: draw(vectors) for name in draw(st.permutations(names))}
    queries = {f"{name}": draw(vectors) for name in ("0", "q", "r")}  # one has the id of a passage
    grades = st.dictionaries(st.sampled_from(names), st.integers(-1, 3), min_size=1, max_size=12)
    relevant = {query: {**draw(grades), names[1]: draw(st.integers(1, 2))} for query in queries}
    return queries, passages, relevant


def settled(search: Search) -> Mapping[str, Any]:
    """What is kept of each query, behind all passages, which come first here."""
    queries, passages, relevant = search
    vectors = torch.tensor([*passages.values(), *queries.values()]).float()[:, None]
    targets = {
        "query": [""] * len(passages) + list(queries),
        "passage": list(passages) + [""] * len(queries),
        "relevant": ["{}"] * len(passages) + [json.dumps(relevant[query]) for query in queries],
        "beginning": [f"text {name}" for name in passages] + [""] * len(queries),
    }
    found = RetrievalMetrics().statistics({"vectors": vectors}, targets)
    arrays = {
        name: np.array(values, dtype=object) if isinstance(values, list) else values.numpy()
        for name, values in found.items()
    }
    return {name: values[len(passages) :] for name, values in RetrievalMetrics().settle(arrays).items()}


def scores_of(search: Search) -> dict[str, dict[str, float]]:
    queries, passages, _ = search
    return {
        query: {name: float(np.dot(own, other)) for name, other in passages.items() if name != query}
        for query, own in queries.items()
    }


@settings(max_examples=200, deadline=None)
@given(searches())
def test_figures_of_queries_are_those_of_trec_eval(search: Search) -> None:
    pytrec_eval = pytest.importorskip("pytrec_eval", reason="pytrec-eval-terrier is not installed")
    measures = {"ndcg_cut.10", "recall.10,100", "recip_rank"}
    evaluator = pytrec_eval.RelevanceEvaluator(search[2], measures)
    expected = evaluator.evaluate(scores_of(search))
    found = settled(search)
    for at, query in enumerate(search[0]):
        own = expected[query]
        rank = own["recip_rank"] if own["recip_rank"] >= 0.1 else 0  # among the first ten
        assert found["ndcg_at_10"][at] == pytest.approx(own["ndcg_cut_10"], abs=1e-12)
        assert found["recall_at_10"][at] == pytest.approx(own["recall_10"], abs=1e-12)
        assert found["recall_at_100"][at] == pytest.approx(own["recall_100"], abs=1e-12)
        assert found["reciprocal_rank"][at] == pytest.approx(rank, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=40).filter(any), st.randoms())
def test_ndcg_is_that_of_scikit_learn_where_nothing_is_equally_near(grades: list[int], random: Any) -> None:
    scores = random.sample(range(1000), len(grades))
    order = np.argsort(scores)[::-1]
    relevant = {str(place): grade for place, grade in enumerate(grades)}
    found = ranking.grades_of([str(place) for place in order], relevant)
    expected = ndcg_score([grades], [scores], k=10)
    assert ranking.ndcg(found, relevant, 10) == pytest.approx(expected, abs=1e-12)


def test_what_was_found_can_be_read() -> None:
    passages = {"a": [1, 0], "b": [3, 0], "c": [2, 0]}
    found = settled(({"q": [1, 0], "a": [1, 0]}, passages, {"q": {"c": 1}, "a": {"c": 1}}))
    assert found["found"].tolist() == ["b: text b\nc: text c\na: text a", "b: text b\nc: text c"]
    assert found["reciprocal_rank"].tolist() == [0.5, 0.5]


def test_of_equally_near_passages_the_larger_id_comes_first() -> None:
    found = settled(({"q": [1]}, {"10": [1], "9": [1], "1": [1]}, {"q": {"1": 1}}))
    assert found["found"].tolist() == ["9: text 9\n10: text 10\n1: text 1"]


def test_blocks_of_queries_find_what_all_together_do() -> None:
    random = np.random.default_rng(0)
    queries, passages = (random.standard_normal((count, 8)).astype(np.float32) for count in (7, 50))
    barred = [3, None, None, 0, None, None, 1]
    together = [found.tolist() for found in ranking.nearest(queries, passages, 5, barred)]
    blocks = ranking.nearest(queries, passages, 5, barred, held=100)
    assert [found.tolist() for found in blocks] == together
    by_hand = np.argsort(-(queries @ passages.T), axis=1)
    for own, order, not_it in zip(together, by_hand.tolist(), barred, strict=True):
        assert own == [place for place in order if place != not_it][:5]


def test_nothing_is_found_among_nothing() -> None:
    assert settled(({"q": [1.0]}, {}, {"q": {"gone": 1}}))["found"].tolist() == [""]
    assert RetrievalMetrics().compute({"ndcg_at_10": np.array([])}) == {}


def features(pooled: torch.Tensor, rows: list[int]) -> bench.Features:
    return bench.Features(pooled, rows=torch.tensor(rows))


def pairs(ids: list[tuple[str, str]], relevant: Mapping[str, Mapping[str, int]]) -> dict[str, list[str]]:
    return {
        "query": [query for query, _ in ids],
        "passage": [passage for _, passage in ids],
        "relevant": [json.dumps(relevant[query]) for query, _ in ids],
        "beginning": ["" for _ in ids],
    }


def test_the_loss_of_pairs_is_that_of_sentence_transformers() -> None:
    losses = pytest.importorskip("sentence_transformers.losses")
    torch.manual_seed(0)
    queries, passages = torch.randn(2, 5, 8)
    rival = losses.MultipleNegativesRankingLoss(model=None, scale=20.0)
    expected = rival.compute_loss_from_embeddings([queries, passages], None)
    ids = [(f"q{number}", f"p{number}") for number in range(5)]
    targets = pairs(ids, {query: {passage: 1} for query, passage in ids})
    pooled = torch.stack([queries, passages], dim=1).flatten(0, 1)
    loss = TASK.loss(VectorHead(8), features(pooled, [2] * 5), targets)
    torch.testing.assert_close(loss, expected)


def test_what_is_relevant_too_is_no_negative() -> None:
    torch.manual_seed(0)
    queries, passages = torch.randn(2, 3, 8)
    relevant = {"q": {"a": 1, "b": 2, "c": 0}, "r": {"c": 1}}
    targets = pairs([("q", "a"), ("q", "b"), ("r", "c")], relevant)
    pooled = torch.stack([queries, passages], dim=1).flatten(0, 1)
    loss = TASK.loss(VectorHead(8), features(pooled, [2] * 3), targets)
    cosines = cosine_similarity(queries[:, None], passages[None], dim=2) / 0.05
    by_hand = [
        cross_entropy(cosines[0, [0, 2]], torch.tensor(0)),
        cross_entropy(cosines[1, [1, 2]], torch.tensor(0)),
        cross_entropy(cosines[2], torch.tensor(2)),
    ]
    torch.testing.assert_close(loss, torch.stack(by_hand).mean())
    alone = torch.ones(1, 1, dtype=torch.bool)
    assert contrastive_loss(queries[:1], passages[:1], alone, 0.05) == 0


def test_vectors_begin_as_those_of_the_encoder_and_the_matrix_learns_only_if_that_does_not() -> None:
    head, pooled = VectorHead(4), torch.randn(3, 4)
    torch.testing.assert_close(head(bench.Features(pooled)), torch.nn.functional.normalize(pooled, dim=1))
    torch.autograd.backward(head(bench.Features(pooled)).sum())
    assert head.matrix.grad is not None
    head.zero_grad()
    learning = pooled.requires_grad_()
    torch.autograd.backward(head(bench.Features(learning)).sum())
    assert learning.grad is not None
    assert head.matrix.grad is None


def test_a_split_has_pairs_or_texts_alone() -> None:
    head = VectorHead(4)
    assert TASK.predict(head, features(torch.randn(4, 4), [2, 2]))["vectors"].shape == (2, 2, 4)
    assert TASK.predict(head, features(torch.randn(4, 4), [1] * 4))["vectors"].shape == (4, 1, 4)
    with pytest.raises(bench.UnsuitableError, match="a split has pairs of a query and a passage, or each by"):
        TASK.predict(head, features(torch.randn(3, 4), [1, 2]))
    with pytest.raises(
        bench.UnsuitableError, match="only pairs of a query and a passage can be learned from"
    ):
        TASK.loss(head, features(torch.randn(2, 4), [1, 1]), {})
