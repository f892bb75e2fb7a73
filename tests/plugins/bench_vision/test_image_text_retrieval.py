"""Retrieval of texts by images and of images by texts: as a backbone is, and after training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import bench
import fakes
import trials
from bench.records.predictions import read_predictions
from bench_objectives.evaluate import Evaluate
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_objectives.gradual_unfreeze import GradualUnfreeze
from bench_text.hf import HuggingFace
from bench_vision.captioned_digits import CaptionedDigits
from bench_vision.digits import Digits
from bench_vision.image_classification import ImageClassification
from bench_vision.image_text_retrieval import ImageTextRetrieval, ImageTextRetrievalMetrics
from two_towers import TWO_TOWERS, whole

TASK = ImageTextRetrieval()
CLIP = HuggingFace(model="clip", config=TWO_TOWERS["clip"])
SIGLIP = HuggingFace(model="siglip", config=TWO_TOWERS["siglip"])
FIGURES = {figure.name for figure in TASK.figures}


def cell(objective: bench.Objective, **changes: Any) -> Any:
    parts = {
        "backbone": CLIP,
        "dataset": CaptionedDigits(),
        "task": TASK,
        "settings": bench.Settings(batch_size=8, precision="fp32"),
        "limits": bench.Limits(train_examples=32, val_examples=16, test_examples=24),
    }
    return fakes.cell(objective, **{**parts, **changes})


def recalls(scores: np.ndarray, owners: Sequence[int]) -> dict[str, float]:
    """Recalls by sorting whole rows and columns of scores `[N, T]`, without ties; not as the task does it."""
    found: dict[str, float] = {}
    for most in (1, 5, 10):
        texts = [{owners[at] for at in np.argsort(-row)[:most]} for row in scores]
        images = [set(np.argsort(-column)[:most].tolist()) for column in scores.T]
        found[f"image_to_text_recall_at_{most}"] = float(np.mean([at in own for at, own in enumerate(texts)]))
        found[f"text_to_image_recall_at_{most}"] = float(
            np.mean([owner in own for owner, own in zip(owners, images, strict=True)])
        )
    return {**found, "mean_recall": float(np.mean(list(found.values())))}


@pytest.mark.parametrize("backbone", [CLIP, SIGLIP], ids=["clip", "siglip"])
def test_figures_are_those_of_the_similarities_of_transformers(tmp_path: Path, backbone: HuggingFace) -> None:
    order = cell(Evaluate(), backbone=backbone)
    record = trials.done(order, tmp_path)
    run = trials.live(tmp_path, order)
    examples = [CaptionedDigits().load("test")[at] for at in run.subsets["test"].positions.tolist()]
    encoder: Any = run.encoder.eval()
    pixels = torch.from_numpy(np.stack([encoder.processor(each.input)["pixels"] for each in examples]))
    texts = [text for each in examples for text in each.target]
    owners = [at for at, each in enumerate(examples) for _ in each.target]
    ids = [encoder.processor(text)["ids"].tolist() for text in texts]
    scores = whole(encoder, pixels, ids).logits_per_image.numpy()
    assert record.quality["test"] == pytest.approx(recalls(scores, owners), abs=1e-9)


@given(st.integers(0, 2**32), st.lists(st.integers(1, 3), min_size=1, max_size=15))
def test_figures_of_any_vectors_are_those_of_whole_rankings(seed: int, counts: list[int]) -> None:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(len(counts), 4, 5)).astype(np.float32)
    there = np.arange(4) <= np.array(counts)[:, None]
    vectors = np.where(there[..., None], vectors / np.linalg.norm(vectors, axis=2, keepdims=True), 0)
    metrics = ImageTextRetrievalMetrics()
    settled = metrics.settle({"vectors": vectors.astype(np.float32), "captions": np.array(counts)})
    owners = [at for at, count in enumerate(counts) for _ in range(count)]
    texts = np.concatenate([own[1 : 1 + count] for own, count in zip(vectors, counts, strict=True)])
    expected = recalls(vectors[:, 0] @ texts.T, owners)
    assert metrics.compute(settled) == pytest.approx(expected)
    assert metrics.compute(settled, np.zeros(len(counts))) == {}
    twice = metrics.compute(settled, np.full(len(counts), 2.0))
    assert twice == pytest.approx(expected)


def test_captions_whose_vectors_vanish_are_captions() -> None:
    vectors = np.zeros((2, 3, 4), np.float32)
    vectors[:, 0, 0] = 1
    metrics = ImageTextRetrievalMetrics()
    settled = metrics.settle({"vectors": vectors, "captions": np.array([2, 1])})
    assert settled["captions"].tolist() == [2, 1]
    assert metrics.compute(settled)["text_to_image_recall_at_1"] == pytest.approx(2 / 3)


def test_what_is_kept_of_an_image_adds_up(tmp_path: Path) -> None:
    order = cell(Evaluate())
    record = trials.done(order, tmp_path)
    kept = read_predictions(trials.job(order, tmp_path).store.predictions_path(order.id))["test"].statistics[
        ""
    ]
    assert "vectors" not in kept
    assert kept["captions"].tolist() == [2] * 24
    share = kept["captions_found_at_5"].sum() / kept["captions"].sum()
    assert record.quality["test"]["text_to_image_recall_at_5"] == pytest.approx(share)
    assert record.quality["test"].keys() == FIGURES


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path) -> None:
    order = cell(FeatureExtract(epochs=2, lr=1e-2))
    kept = trials.done(order, tmp_path / "kept")
    fresh = trials.done(order, tmp_path / "fresh", cache_limit=0)  # each batch is encoded when it is needed
    assert kept.quality == fresh.quality


@pytest.mark.parametrize("backbone", [CLIP, SIGLIP], ids=["clip", "siglip"])
@pytest.mark.parametrize(
    "objective", [FineTune(epochs=1, keep="best"), GradualUnfreeze(stages=2)], ids=lambda each: each.name
)
def test_it_can_be_trained(tmp_path: Path, objective: bench.Objective, backbone: HuggingFace) -> None:
    found = trials.done(cell(objective, backbone=backbone), tmp_path)
    assert found.quality["test"].keys() == FIGURES


def test_training_lowers_the_loss() -> None:
    torch.manual_seed(0)
    encoder: Any = CLIP.load()
    examples = CaptionedDigits().load("train")[:16]
    batch = TASK.collate([TASK.prepare(example, encoder.processor) for example in examples])
    head = TASK.head(encoder, bench.DatasetInfo({}))
    optimiser = torch.optim.AdamW([*encoder.parameters(), *head.parameters()], lr=1e-3)
    losses = []
    for _ in range(12):
        features = encoder(batch.inputs)
        features.rows = batch.rows
        loss = TASK.loss(head, features, {})
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert losses[-1] < losses[0] - 0.3


def test_captions_are_cut_to_so_many_and_the_record_says_so() -> None:
    processor = CLIP.load().processor
    image = Image.new("RGB", (32, 32))
    task = ImageTextRetrieval(captions=2)
    sample = task.prepare(bench.Example(image, ("a", "bc", "d")), processor)
    assert sample.inputs["lengths"].tolist() == [3, 4]
    assert isinstance(sample.inputs, bench.Inputs)
    assert sample.inputs.remark == "left with their first 2 captions"
    batch = task.collate([sample, task.prepare(bench.Example(image, ("a",)), processor)])
    assert batch.rows is not None
    assert batch.rows.tolist() == [3, 2]
    assert batch.inputs["order"].tolist() == [0, 2, 3, 1, 4]
    with pytest.raises(bench.UnsuitableError, match="has no caption"):
        task.prepare(bench.Example(image, ()), processor)


def test_a_new_input_is_an_image_alone() -> None:
    encoder: Any = CLIP.load().eval()
    image = CaptionedDigits().load("test")[0].input
    batch = TASK.collate([TASK.prepare(bench.Example(image, None), encoder.processor)])
    head = TASK.head(encoder, bench.DatasetInfo({}))
    with torch.no_grad():
        predictions = TASK.predict(head, encoder(batch.inputs))
    (found,) = TASK.postprocess(predictions, bench.DatasetInfo({}), [image], encoder.processor)
    assert np.linalg.norm(found["vector"]) == pytest.approx(1, abs=1e-5)


def test_a_backbone_of_images_alone_is_refused() -> None:
    vit = HuggingFace(model="vit", config=TWO_TOWERS["clip"]["vision_config"]).load()
    with pytest.raises(bench.UnsuitableError, match="does not compare images with texts"):
        TASK.head(vit, bench.DatasetInfo({}))


@pytest.mark.parametrize(
    "objective",
    [
        Evaluate(),
        FeatureExtract(head="logistic-regression", l2=1.0),
        FineTune(epochs=1),
        GradualUnfreeze(stages=2),
    ],
    ids=lambda each: each.name,
)
def test_images_are_classified_by_every_objective(tmp_path: Path, objective: bench.Objective) -> None:
    limits = bench.Limits(train_examples=32, val_examples=16, test_examples=16)
    order = cell(objective, dataset=Digits(), task=ImageClassification(), limits=limits)
    assert "accuracy" in trials.done(order, tmp_path).quality["test"]


@pytest.mark.parametrize("backbone", [CLIP, SIGLIP], ids=["clip", "siglip"])
def test_classes_are_those_with_the_highest_logits_of_transformers(
    tmp_path: Path, backbone: HuggingFace
) -> None:
    limits = bench.Limits(val_examples=1, test_examples=32)
    task = ImageClassification(prompt="the digit {}")
    order = cell(Evaluate(), backbone=backbone, dataset=Digits(), task=task, limits=limits)
    record = trials.done(order, tmp_path)
    run = trials.live(tmp_path, order)
    examples = [Digits().load("test")[at] for at in run.subsets["test"].positions.tolist()]
    encoder: Any = run.encoder.eval()
    pixels = torch.from_numpy(np.stack([encoder.processor(each.input)["pixels"] for each in examples]))
    ids = [encoder.processor(f"the digit {digit}")["ids"].tolist() for digit in range(10)]
    expected = whole(encoder, pixels, ids).logits_per_image.argmax(dim=1)
    kept = read_predictions(trials.job(order, tmp_path).store.predictions_path(order.id))["test"].statistics[
        ""
    ]
    assert kept["prediction"].tolist() == expected.tolist()
    right = np.mean([digit == each.target for digit, each in zip(expected.tolist(), examples, strict=True)])
    assert record.quality["test"]["accuracy"] == pytest.approx(right, abs=1e-6)


def test_the_captions_are_as_said() -> None:
    for split in bench.SPLITS:
        examples = CaptionedDigits().load(split)
        assert len(examples) == CaptionedDigits().info().sizes[split]
        assert len({example.target for example in examples}) == len(examples)
