"""Retrieval by an encoder's vectors: as it is, and after training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bench
import fakes
import trials
from bench.records.predictions import read_predictions
from bench.toolkit.texts import TextProcessor
from bench_objectives.evaluate import Evaluate
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_objectives.gradual_unfreeze import GradualUnfreeze
from bench_text.bert_mini import BertMini
from bench_text.byte_tokenizer import byte_tokenizer
from bench_text.minilm import MiniLM, packaged
from bench_text.retrieval import TextRetrieval
from bench_text.reworded_sentences import CHANGES, RewordedSentences, collection

TASK = TextRetrieval()
PROCESSOR = TextProcessor(byte_tokenizer(), 16)
FIGURES = {"ndcg_at_10", "recall_at_10", "recall_at_100", "mrr_at_10"}
PAIR = {"query": "q", "passage": "p", "relevant": {"p": 1}}


def test_a_pair_is_two_rows_and_prompts_stand_before_them() -> None:
    task = TextRetrieval(query_prompt="? ", passage_prompt="! ")
    query = {"query": "q", "passage": "", "relevant": {"p": 1}}
    passage = {"query": "", "passage": "p", "relevant": {}}
    samples = [
        task.prepare(example, PROCESSOR)
        for example in (
            bench.Example(("a", "bc"), PAIR),
            bench.Example("a", query),
            bench.Example("bc", passage),
            bench.Example("a", None),
        )
    ]
    batch = task.collate(samples[:1])
    assert batch.rows is not None
    assert batch.rows.tolist() == [2]
    rows = ["? a", "! bc"]
    for row, text in zip(batch.inputs["ids"], rows, strict=True):
        ids = PROCESSOR(text)["ids"]
        assert row[: len(ids)].tolist() == ids.tolist()
    for sample, text in zip(samples[1:], ("? a", "! bc", "? a"), strict=True):
        assert sample.inputs["ids"].tolist() == PROCESSOR(text)["ids"].tolist()
    assert samples[0].targets == {
        "query": "q",
        "passage": "p",
        "relevant": '{"p": 1}',
        "beginning": "bc",
    }
    assert samples[1].targets["beginning"] == ""
    assert samples[3].targets == {}


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(bench.UnsuitableError, match="is neither a text nor a pair"):
        TASK.prepare(bench.Example(["a", "b"], PAIR), PROCESSOR)
    with pytest.raises(bench.UnsuitableError, match="has 1 texts and 2 ids of queries or passages"):
        TASK.prepare(bench.Example("a", PAIR), PROCESSOR)


def cell(objective: bench.Objective, **changes: Any) -> Any:
    parts = {
        "backbone": BertMini(weights="none", max_length=24),
        "dataset": RewordedSentences(),
        "task": TASK,
        "settings": bench.Settings(batch_size=16, precision="fp32"),
        "limits": bench.Limits(train_examples=64, val_examples=8, test_examples=20),
    }
    return fakes.cell(objective, **{**parts, **changes})


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path) -> None:
    order = cell(FeatureExtract(epochs=2, lr=1e-3))
    kept = trials.done(order, tmp_path / "kept")
    fresh = trials.done(order, tmp_path / "fresh", cache_limit=0)  # each batch is encoded when it is needed
    assert kept.quality == fresh.quality
    as_it_is = trials.done(cell(Evaluate()), tmp_path / "kept")
    assert kept.quality["test"] != as_it_is.quality["test"]


@pytest.mark.parametrize(
    "objective", [FineTune(epochs=1, keep="best"), GradualUnfreeze(stages=2)], ids=lambda each: each.name
)
def test_it_can_be_trained_in_all_ways(tmp_path: Path, objective: bench.Objective) -> None:
    found = trials.done(cell(objective), tmp_path)
    assert found.quality["test"].keys() == FIGURES
    assert found.data["examples"] == {"train": 64, "val": 8, "test": 20}


def test_a_val_that_is_cut_off_train_is_of_whole_queries(tmp_path: Path) -> None:
    class Untested(RewordedSentences):
        """The same without val."""

        name = "untested"

        def info(self) -> bench.DatasetInfo:
            return bench.DatasetInfo({"train": 640, "test": 912})

    order = cell(FineTune(epochs=1), dataset=Untested(), limits=bench.Limits(test_examples=2, steps=1))
    run = trials.live(tmp_path, order)
    queries = np.array(Untested().groups("train"))
    train, val = (set(queries[run.subsets[split].positions]) for split in ("train", "val"))
    assert not train & val
    assert trials.done(order, tmp_path).quality["val"].keys() == FIGURES


def test_the_sentences_are_as_said() -> None:
    made = collection()
    assert len(made.passages) == len(set(made.passages.values())) == 800
    assert len(made.queries) == len(set(made.queries.values())) == 320
    grades = [list(own.values()) for own in made.relevance["test"].values()]
    assert all(own.count(2) == 1 for own in grades)
    assert all(own.count(1) >= CHANGES.count(1) - 1 for own in grades)


@pytest.mark.skipif(packaged() is None, reason="the extra minilm is not installed")
def test_minilm_as_it_is_ranks_as_sentence_transformers_and_trec_eval_do(tmp_path: Path) -> None:
    sentence_transformers = pytest.importorskip("sentence_transformers")
    pytrec_eval = pytest.importorskip("pytrec_eval", reason="pytrec-eval-terrier is not installed")
    order = cell(Evaluate(), backbone=MiniLM(max_length=64), limits=bench.Limits(val_examples=1))
    record = trials.done(order, tmp_path)
    model = sentence_transformers.SentenceTransformer(str(packaged()), device="cpu")
    made = collection()
    relevant = {query: dict(own) for query, own in made.relevance["test"].items()}
    vectors = [
        model.encode([texts[name] for name in names], normalize_embeddings=True)
        for texts, names in ((made.queries, list(relevant)), (made.passages, list(made.passages)))
    ]
    scores = {
        query: dict(zip(made.passages, map(float, row), strict=True))
        for query, row in zip(relevant, vectors[0] @ vectors[1].T, strict=True)
    }
    measures = {"ndcg_cut.10", "recall.10,100", "recip_rank"}
    judged = pytrec_eval.RelevanceEvaluator(relevant, measures).evaluate(scores).values()
    found = record.quality["test"]
    for figure, measure in {
        "ndcg_at_10": "ndcg_cut_10",
        "recall_at_10": "recall_10",
        "recall_at_100": "recall_100",
    }.items():
        assert found[figure] == pytest.approx(np.mean([own[measure] for own in judged]), abs=1e-9)
    kept = read_predictions(trials.job(order, tmp_path).store.predictions_path(order.id))["test"].statistics[
        ""
    ]
    assert len(kept["found"]) == len(relevant)
    first = kept["found"][0].split("\n")[0]
    name = first.split(":")[0]
    assert first == f"{name}: {made.passages[name]}"
