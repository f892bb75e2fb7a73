"""Numbers for texts and pairs of texts, read together or each by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from scipy import stats
from torch.nn.functional import cosine_similarity, mse_loss

import bench
import fakes
import trials
from bench.toolkit.texts import TextProcessor
from bench_objectives.evaluate import Evaluate
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_objectives.gradual_unfreeze import GradualUnfreeze
from bench_text.bert_mini import BertMini
from bench_text.byte_tokenizer import byte_tokenizer
from bench_text.cosine_head import CosineHead
from bench_text.minilm import MiniLM, packaged
from bench_text.similar_sentences import SimilarSentences
from bench_text.text_regression import TextRegression

CROSS, BI = TextRegression(), TextRegression(pairs="bi")
PROCESSOR = TextProcessor(byte_tokenizer(), 16, types=True)
LIMITS = bench.Limits(train_examples=60, val_examples=20, test_examples=40)


def batch(task: TextRegression) -> bench.Batch:
    examples = [bench.Example(("a", "hello"), 0.5), bench.Example(("b", "c"), 3)]
    return task.collate([task.prepare(example, PROCESSOR) for example in examples])


def test_a_pair_is_one_row_or_two() -> None:
    cross, bi = batch(CROSS), batch(BI)
    assert cross.inputs["ids"].shape[0] == 2
    assert cross.rows is None
    assert bi.rows is not None
    assert bi.rows.tolist() == [2, 2]
    assert bi.inputs["mask"].sum(dim=1).tolist() == [3, 7, 3, 3]
    assert [bi.inputs["ids"][at, :3].tolist() for at in (0, 2)] == [
        PROCESSOR(text)["ids"].tolist() for text in ("a", "b")
    ]
    assert cross.targets["number"].tolist() == bi.targets["number"].tolist() == [0.5, 3.0]


def test_one_text_can_have_a_number_but_not_a_cosine() -> None:
    assert CROSS.prepare(bench.Example("a", 1), PROCESSOR).targets["number"] == 1
    with pytest.raises(bench.UnsuitableError, match="is one text, and `pairs: bi` compares two"):
        BI.prepare(bench.Example("a", 1), PROCESSOR)


def test_a_cosine_head_begins_as_the_cosine_between_lowest_and_highest() -> None:
    torch.manual_seed(0)
    first, second = torch.randn(2, 4, 8)
    features = bench.Features(torch.stack([first, second], dim=1).flatten(0, 1), rows=torch.full((4,), 2))
    head, cosine = CosineHead(8), cosine_similarity(first, second)
    torch.testing.assert_close(BI.predict(head, features)["number"], cosine)
    scores = torch.tensor([1.0, 5.0, 2.0, 3.0])
    head.fit_targets([{"number": scores}])
    torch.testing.assert_close(BI.predict(head, features)["number"], 1 + 4 * cosine)
    # The loss of sentence-transformers, whose scores are from 0 to 1.
    loss = BI.loss(head, features, {"number": scores})
    torch.testing.assert_close(loss, mse_loss(cosine, (scores - 1) / 4))


def test_neither_text_comes_first() -> None:
    head = CosineHead(8)
    torch.nn.init.normal_(head.body.distances)
    pooled = torch.randn(2, 8)
    torch.testing.assert_close(head(bench.Features(pooled)), head(bench.Features(pooled.flip(0))))


def cell(objective: bench.Objective, task: TextRegression, **changes: Any) -> Any:
    parts = {
        "backbone": BertMini(weights="none", max_length=24),
        "dataset": SimilarSentences(),
        "task": task,
        "settings": bench.Settings(batch_size=16, precision="fp32"),
        "limits": LIMITS,
    }
    return fakes.cell(objective, **{**parts, **changes})


@pytest.mark.parametrize("task", [CROSS, BI], ids=lambda task: task.pairs)
def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path, task: TextRegression) -> None:
    order = cell(FeatureExtract(epochs=3), task)
    kept = trials.done(order, tmp_path / "kept")
    fresh = trials.done(order, tmp_path / "fresh", cache_limit=0)  # each batch is encoded when it is needed
    assert kept.quality == fresh.quality


@pytest.mark.parametrize("task", [CROSS, BI], ids=lambda task: task.pairs)
@pytest.mark.parametrize(
    "objective", [FineTune(epochs=1), GradualUnfreeze(stages=2)], ids=lambda objective: objective.name
)
def test_it_can_be_trained_in_all_ways(
    tmp_path: Path, objective: bench.Objective, task: TextRegression
) -> None:
    found = trials.done(cell(objective, task), tmp_path).quality["test"]
    assert found.keys() == {"r2", "pearson", "spearman", "mse", "mae"}


def test_a_backbone_without_a_head_for_pairs_says_so(tmp_path: Path) -> None:
    record = trials.trial(cell(Evaluate(), CROSS), tmp_path)
    assert record.reason == (
        "the backbone has no head of its own for task 'text-regression'; use fine-tune or feature-extract"
    )


@pytest.mark.skipif(packaged() is None, reason="the extra minilm is not installed")
def test_minilm_as_it_is_ranks_pairs_as_plain_transformers_do(tmp_path: Path) -> None:
    import transformers

    record = trials.done(cell(Evaluate(), BI, backbone=MiniLM(max_length=64)), tmp_path)
    folder = str(packaged())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    run = trials.live(tmp_path, cell(Evaluate(), BI))
    examples = [SimilarSentences().load("test")[at] for at in run.subsets["test"].positions]

    def vector(text: str) -> torch.Tensor:
        tokens = tokenizer(text, return_tensors="pt")
        with torch.no_grad():
            return model(**tokens).last_hidden_state[0].mean(dim=0)

    cosines = [
        float(cosine_similarity(vector(example.input[0]), vector(example.input[1]), dim=0))
        for example in examples
    ]
    scores = [example.target for example in examples]
    assert record.quality["test"]["spearman"] == pytest.approx(stats.spearmanr(cosines, scores)[0], abs=1e-9)
    assert record.quality["test"]["pearson"] == pytest.approx(stats.pearsonr(cosines, scores)[0], abs=1e-5)
