"""Images that find others of their class: figures as torchmetrics has them, and what is learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch.testing import assert_close
from torchmetrics.retrieval import RetrievalHitRate, RetrievalMRR

import bench
import fakes
import trials
from bench.toolkit.vector_heads import VectorHead
from bench_data.files import Csv
from bench_data.imagefolder import ImageFolder
from bench_objectives.evaluate import Evaluate
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_vision.cifar import Cifar
from bench_vision.digits import Digits
from bench_vision.image_retrieval import RECALLS, ImageRetrieval, ImageRetrievalMetrics

TASK = ImageRetrieval()
FIGURES = {figure.name for figure in ImageRetrieval.figures}


def settled(vectors: torch.Tensor, labels: Sequence[int]) -> dict[str, float]:
    metrics = ImageRetrievalMetrics()
    found = metrics.statistics({"vectors": vectors}, {"label": torch.tensor(labels)})
    return metrics.compute(metrics.settle({name: values.numpy() for name, values in found.items()}))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=40), st.integers(0, 2**31))
def test_figures_are_those_of_torchmetrics(labels: list[int], seed: int) -> None:
    count = len(labels)
    vectors = torch.nn.functional.normalize(
        torch.randn(count, 4, generator=torch.Generator().manual_seed(seed))
    )
    classes = torch.tensor(labels)
    others = ~torch.eye(count, dtype=torch.bool)
    lists = (
        (vectors @ vectors.T + 2)[others],  # torchmetrics passes over what is not above 0
        (classes[:, None] == classes)[others],
        torch.arange(count)[:, None].expand(count, count)[others],
    )
    found = settled(vectors, labels)
    for name, most in RECALLS.items():
        expected = RetrievalHitRate(empty_target_action="neg", top_k=most)(*lists[:2], indexes=lists[2])
        assert found[name] == pytest.approx(expected.item(), abs=1e-6)
    expected = RetrievalMRR(empty_target_action="neg", top_k=10)(*lists[:2], indexes=lists[2])
    assert found["mrr_at_10"] == pytest.approx(expected.item(), abs=1e-6)


def test_an_image_does_not_find_itself_and_one_that_is_alone_finds_none() -> None:
    vectors = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.6, 0.8]])
    assert settled(vectors, [0, 0, 1])["recall_at_1"] == pytest.approx(1 / 3)
    assert ImageRetrievalMetrics().compute({"recall_at_1": np.array([])}) == {}


def loss_by_hand(vectors: torch.Tensor, labels: Sequence[int], temperature: float) -> torch.Tensor:
    """Khosla et al. 2020, equation 2, over images that have another of their class."""
    terms = []
    for at, label in enumerate(labels):
        others = [each for each in range(len(labels)) if each != at]
        alike = [each for each in others if labels[each] == label]
        total = torch.stack([(vectors[at] @ vectors[each] / temperature).exp() for each in others]).sum()
        shares = [((vectors[at] @ vectors[each] / temperature).exp() / total).log() for each in alike]
        terms += [-torch.stack(shares).mean()] if alike else []
    return torch.stack(terms).mean()


@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 0, 2], [0, 0], [3, 1, 1, 1]])
def test_the_loss_is_the_published_one(labels: list[int]) -> None:
    torch.manual_seed(0)
    pooled = torch.randn(len(labels), 5)
    loss = ImageRetrieval(temperature=0.2).loss(
        VectorHead(5), bench.Features(pooled), {"label": torch.tensor(labels)}
    )
    vectors = torch.nn.functional.normalize(pooled, dim=1)
    assert_close(loss, loss_by_hand(vectors, labels, 0.2))


@pytest.mark.parametrize("labels", [[0], [0, 1, 2]])
def test_a_batch_in_which_no_two_are_alike_teaches_nothing(labels: list[int]) -> None:
    head = VectorHead(5)
    loss = TASK.loss(head, bench.Features(torch.randn(len(labels), 5)), {"label": torch.tensor(labels)})
    torch.autograd.backward(loss)
    assert loss.item() == 0
    assert head.matrix.grad is not None
    assert not head.matrix.grad.any()


def cell(objective: bench.Objective, **changes: Any) -> fakes.Cell:
    parts = {
        "backbone": Cifar(model="resnet20", image_size=16),
        "dataset": Digits(),
        "task": TASK,
        "settings": bench.Settings(batch_size=32, precision="fp32"),
        "limits": bench.Limits(train_examples=256, val_examples=32, test_examples=100),
    }
    return fakes.cell(objective, **{**parts, **changes})


def test_a_backbone_is_measured_as_it_is_and_better_after_training(tmp_path: Path) -> None:
    as_it_is = trials.done(cell(Evaluate()), tmp_path).quality["test"]
    learned = trials.done(cell(FeatureExtract(epochs=20, lr=1e-2)), tmp_path).quality["test"]
    assert as_it_is.keys() == learned.keys() == FIGURES
    assert learned["recall_at_1"] > as_it_is["recall_at_1"] > 0.3


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path) -> None:
    order = cell(FeatureExtract(epochs=2))
    kept = trials.done(order, tmp_path / "kept")
    bound = trials.done(order, tmp_path / "bound", cache_limit=0)
    assert kept.quality["test"] == pytest.approx(bound.quality["test"])


def test_images_are_augmented_when_the_encoder_learns(tmp_path: Path) -> None:
    task = ImageRetrieval(augmentation=("flip", "shift"))
    trials.done(cell(FineTune(epochs=1), task=task, limits=bench.Limits(steps=2, test_examples=20)), tmp_path)


@pytest.fixture
def coloured(tmp_path: Path) -> Path:
    """Images of three colours: as folders, and as tables that name them."""
    random = np.random.default_rng(0)
    for split in ("train", "test"):
        rows = ["image,label"]
        for at, colour in enumerate(("red", "green", "blue")):
            (tmp_path / split / colour).mkdir(parents=True)
            for number in range(8):
                image = random.integers(0, 60, (8, 8, 3), dtype=np.uint8)
                image[..., at] += 150
                name = f"{split}/{colour}/{number}.png"
                Image.fromarray(image).save(tmp_path / name)
                rows.append(f"{name},{colour}")
        (tmp_path / f"{split}.csv").write_text("\n".join(rows))
    return tmp_path


def test_folders_and_tables_give_the_same(coloured: Path, tmp_path: Path) -> None:
    folders = ImageFolder(path=str(coloured), task="image-retrieval")
    tables = Csv(train=str(coloured / "train.csv"), test=str(coloured / "test.csv"), task="image-retrieval")
    found = [
        trials.done(cell(Evaluate(), dataset=each.serving(TASK), limits=bench.Limits()), tmp_path / each.name)
        for each in (folders, tables)
    ]
    assert found[0].quality["test"] == found[1].quality["test"]
    assert found[0].quality["test"]["recall_at_1"] == 1
