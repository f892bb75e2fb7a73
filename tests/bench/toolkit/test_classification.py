from __future__ import annotations

import math
import random
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_recall_fscore_support
from torch import nn
from torchmetrics.classification import (
    MulticlassAccuracy,
    MulticlassF1Score,
    MulticlassPrecision,
    MulticlassRecall,
)

import bench
from bench import DatasetInfo, Features, NativePart
from bench.toolkit.classification import ClassificationMetrics
from bench.toolkit.heads import LinearHead, NativeHead, OnPooled
from bench_text.text_classification import TextClassification

INFO = DatasetInfo({"train": 2}, ("no", "maybe", "yes"))


def logits_for(classes: list[int], count: int) -> torch.Tensor:
    return torch.eye(count)[classes]


@st.composite
def answers(draw: st.DrawFn) -> tuple[int, list[int], list[int]]:
    """Number of classes, targets and predictions; classes may be missing among either or both."""
    count = draw(st.integers(2, 6))
    pairs = draw(st.lists(st.tuples(*[st.integers(0, count - 1)] * 2), min_size=1, max_size=30))
    return count, [target for target, _ in pairs], [guess for _, guess in pairs]


def computed(count: int, targets: list[int], guesses: list[int]) -> dict[str, float]:
    metrics = ClassificationMetrics(count)
    statistics = metrics.statistics({"logits": logits_for(guesses, count)}, {"label": torch.tensor(targets)})
    return metrics.compute({name: tensor.numpy() for name, tensor in statistics.items()})


@given(answers())
@settings(deadline=None, max_examples=60)
def test_metrics_are_those_of_scikit_learn(case: tuple[int, list[int], list[int]]) -> None:
    count, targets, guesses = case
    precision, recall, f1, _ = precision_recall_fscore_support(
        targets, guesses, average="macro", zero_division=0
    )
    expected = {
        "accuracy": accuracy_score(targets, guesses),
        "precision": precision,
        "recall": recall,
        "f1": f1,
    }
    assert computed(count, targets, guesses) == pytest.approx(expected, abs=1e-6)


@pytest.fixture
def any_algorithm() -> Iterator[None]:
    """Let torchmetrics count as it likes: where a trial has asked for deterministic algorithms, it takes
    memory for examples x classes x classes."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(False)
    yield
    torch.use_deterministic_algorithms(before, warn_only=True)


@pytest.mark.usefixtures("any_algorithm")
@pytest.mark.parametrize("count", [*range(2, 36), 64, 77, 100, 257, 511])
def test_metrics_are_those_of_torchmetrics_to_the_last_digit(count: int) -> None:
    macro = {"num_classes": count, "average": "macro"}
    oracles = {
        "accuracy": MulticlassAccuracy(count, average="micro"),
        "precision": MulticlassPrecision(**macro),
        "recall": MulticlassRecall(**macro),
        "f1": MulticlassF1Score(**macro),
    }
    random = np.random.default_rng(count)
    for size in (1, 7, 100, 1234, 5000):
        targets = random.integers(0, random.integers(1, count + 1), size)  # often some classes are missing
        guesses = np.where(random.random(size) < random.random(), targets, random.integers(0, count, size))
        expected = {
            name: round(float(oracle(torch.tensor(guesses), torch.tensor(targets))), 7)
            for name, oracle in oracles.items()
        }
        assert computed(count, targets.tolist(), guesses.tolist()) == expected


@given(answers(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_a_weight_is_how_often_an_example_counts(
    case: tuple[int, list[int], list[int]], random: random.Random
) -> None:
    count, targets, guesses = case
    weights = np.array([random.randint(0, 3) for _ in targets])
    weights[0] = 1
    statistics = {
        "target": np.array(targets),
        "prediction": np.array(guesses),
        "correct": np.equal(targets, guesses),
    }
    repeated = {name: np.repeat(values, weights) for name, values in statistics.items()}
    metrics = ClassificationMetrics(count)
    assert metrics.compute(statistics, weights) == metrics.compute(repeated)
    assert metrics.compute(statistics, np.ones(len(targets))) == metrics.compute(statistics)


def test_examples_that_weigh_nothing_have_no_figures() -> None:
    metrics = ClassificationMetrics(2)
    statistics = {"target": np.array([0, 1]), "prediction": np.array([0, 0]), "correct": np.array([1, 0])}
    assert metrics.compute(statistics, np.zeros(2)) == {}


def test_the_loss_by_hand() -> None:
    task = TextClassification()
    logits = torch.tensor([[0.0, 0.0, 0.0], [0.0, math.log(2), 0.0]])
    loss = task.loss(lambda features: logits, Features(torch.zeros(2, 1)), {"label": torch.tensor([0, 1])})
    # Softmax gives the right class 1/3 and then 2/4.
    assert float(loss) == pytest.approx((math.log(3) + math.log(2)) / 2)


def test_smoothed_labels_by_hand() -> None:
    task = TextClassification(label_smoothing=0.3)
    logits = torch.tensor([[0.0, math.log(2), 0.0]])  # probabilities 1/4, 2/4, 1/4
    loss = task.loss(lambda features: logits, Features(torch.zeros(1, 1)), {"label": torch.tensor([1])})
    assert float(loss) == pytest.approx(0.8 * math.log(2) + 0.2 * math.log(4))


def test_half_precision_logits_are_not_lost_in_the_loss() -> None:
    logits = torch.tensor([[20.0, 0.0]], dtype=torch.bfloat16)
    loss = TextClassification().loss(
        lambda features: logits, Features(torch.zeros(1, 1)), {"label": torch.tensor([1])}
    )
    assert loss.dtype == torch.float32


def test_the_head_is_linear_in_the_pooled_features() -> None:
    head = LinearHead(4, 3, dropout=0.5).eval()
    pooled = torch.randn(5, 4)
    expected = pooled.numpy() @ head.linear.weight.detach().numpy().T + head.linear.bias.detach().numpy()
    np.testing.assert_allclose(head(Features(pooled)).detach().numpy(), expected, atol=1e-6)


def test_dropout_works_in_training_only() -> None:
    head = LinearHead(64, 2, dropout=0.5)
    features = Features(torch.ones(1, 64))
    assert not torch.equal(head.train()(features), head(features))
    assert torch.equal(head.eval()(features), head(features))


def test_predictions_are_the_head_s_logits() -> None:
    head = LinearHead(4, 3)
    features = Features(torch.randn(2, 4))
    assert torch.equal(TextClassification().predict(head, features)["logits"], head(features))


def test_a_native_head_gives_the_classes_asked_for_in_their_order() -> None:
    classifier = nn.Linear(4, 5)
    features = Features(torch.randn(2, 4))
    full = classifier(features.pooled)
    assert torch.equal(NativeHead(OnPooled(classifier), [3, 0])(features), full[:, [3, 0]])


class Pretrained(bench.Encoder, nn.Module):
    """Was pretrained with whatever it is given."""

    def __init__(self, *parts: NativePart) -> None:
        super().__init__()
        self.native = parts

    def blocks(self) -> list[nn.Module]:
        return []


def test_a_task_takes_the_first_native_part_that_fits_it() -> None:
    names = (("a",), ("b",))
    other = NativePart("tagger", 2, lambda: nn.Linear(1, 2), names)
    gone = NativePart("classifier", 2, lambda: None, names)
    strange = NativePart("classifier", 2, lambda: nn.Linear(1, 2), (("c",), ("d",)))
    fits = NativePart("classifier", 2, lambda: nn.Linear(1, 2), (("b",), ("a",)))
    info = DatasetInfo({}, ("a", "b"))
    head = TextClassification().native_head(Pretrained(other, gone, strange, fits), info)
    assert isinstance(head, NativeHead)
    assert head.rows == [1, 0]
    assert TextClassification().native_head(Pretrained(other, gone, strange), info) is None
    assert TextClassification().native_head(Pretrained(), info) is None


def test_a_native_part_that_does_not_fit_is_not_built() -> None:
    def build() -> nn.Module:
        raise AssertionError("read for nothing")

    encoder = Pretrained(NativePart("classifier", 2, build), NativePart("tagger", 1, build))
    assert TextClassification().native_head(encoder, DatasetInfo({}, ("a",))) is None


def test_settings_are_bounded() -> None:
    for wrong in ({"label_smoothing": 1.0}, {"dropout": -0.1}, {"droput": 0.1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            TextClassification(**wrong)
