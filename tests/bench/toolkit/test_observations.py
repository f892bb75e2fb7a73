"""What a linear head learns from: the observations of a task, and what has none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import Tensor

import bench
import fakes
import probes
import sequences
import trials
from bench import Features, UnsuitableError
from bench.toolkit.heads import LinearHead, NormalisedLinear, OnPooled, TokenHead
from bench.toolkit.observations import CHUNK, observe
from bench_text.text_classification import TextClassification
from bench_text.text_multi_label import TextMultiLabel
from bench_text.token_classification import WordTagging

TARGETS = {
    "label": {"label": torch.tensor([2, 0])},
    "classes": {"classes": torch.tensor([[1, -1], [0, 2]])},
    "tags": {
        "tags": torch.tensor([[0, 2, 1], [1, 1, -1]]),
        "first": torch.tensor([[1, 3, -1], [2, 3, -1]]),
    },
}
"""Of two examples; as tags, of two words each that have a token, and one that has none."""


@pytest.mark.parametrize(
    ("task", "head", "targets", "count"),
    [
        (TextClassification(label_smoothing=0.1), LinearHead(4, 3), "label", 2),
        (TextMultiLabel(), LinearHead(4, 3), "classes", 2),
        (WordTagging(label_smoothing=0.1), TokenHead(4, 3), "tags", 4),
    ],
)
def test_they_have_the_loss_of_the_batch(
    task: bench.Task, head: NormalisedLinear, targets: str, count: int
) -> None:
    random = torch.Generator().manual_seed(0)
    features = Features(torch.randn(2, 4, generator=random), (torch.randn(2, 5, 4, generator=random),))
    vectors, asked = task.observations(head, features, TARGETS[targets])
    assert len(vectors) == count
    assert all(len(values) == count for values in asked.values())
    torch.testing.assert_close(
        task.loss(OnPooled(head.linear), Features(vectors), asked),
        task.loss(head, features, TARGETS[targets]),
    )


def test_they_are_those_of_all_examples_in_order(tmp_path: Path) -> None:
    run = trials.live(tmp_path, probes.tagged(trials.Nothing()))
    train, val = (trials.drain(run.encode(split)) for split in ("train", "val"))
    found = observe(run, train, val)
    parts = [probes.token_features(run, split) for split in ("train", "val")]
    assert CHUNK < len(train) < len(found)
    assert found.examples == len(train) + len(val)
    assert found.targets["tags"][:, 0].tolist() == [tag for _, tags, _ in parts for tag in tags]
    words = torch.cat([torch.from_numpy(words) for words, _, _ in parts])
    torch.testing.assert_close(found.vectors[:, 0], words.float(), atol=1e-4, rtol=1e-4)


def test_those_of_several_classes_can_be_put_end_to_end() -> None:
    task, head, features = TextMultiLabel(), LinearHead(4, 3), Features(torch.ones(2, 4))
    each = [torch.tensor([[1], [0]]), torch.tensor([[1, -1], [0, 2]])]
    widths = [task.observations(head, features, {"classes": own})[1]["classes"].shape for own in each]
    assert widths == [(2, 3), (2, 3)]


class Walking(sequences.WalkClassification):
    """Has a linear head over the mean of a walk, but may have other observations, or several rows."""

    reads: ClassVar[frozenset[str]] = frozenset({"pooled"})
    rows: int = 1
    silent: bool = False

    def head(self, encoder: bench.Encoder, info: bench.DatasetInfo) -> torch.nn.Module:
        return LinearHead(encoder.spec.pooled, len(info.classes))

    def collate(self, samples: list[bench.Sample]) -> bench.Batch:
        batch = super().collate([sample for sample in samples for _ in range(self.rows)])
        targets = {name: values[:: self.rows] for name, values in batch.targets.items()}
        rows = None if self.rows == 1 else torch.full((len(samples),), self.rows)
        return bench.Batch(batch.inputs, targets, rows=rows)

    def observations(
        self, head: NormalisedLinear, features: Features, targets: Mapping[str, Tensor]
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        vectors = head.seen(features)
        kept = 0 if self.silent else len(vectors)
        return vectors[:kept], {name: values[:kept] for name, values in targets.items()}


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (
            Walking(rows=2),
            "an example of task 'walk-classification' is several rows of inputs; use head gradient-descent",
        ),
        (Walking(silent=True), "nothing in the examples counts in the loss of task 'walk-classification'"),
        (
            sequences.WalkClassification(),
            "task 'walk-classification' has no linear head that can be solved for; use head gradient-descent",
        ),
    ],
)
def test_what_cannot_be_solved_for_says_why(tmp_path: Path, task: bench.Task, reason: str) -> None:
    run = trials.live(tmp_path, sequences.cell(trials.Nothing(), task=task))
    train = trials.drain(run.encode("train"))
    with pytest.raises(UnsuitableError) as failure:
        observe(run, train)
    assert str(failure.value) == reason


class Unobserved(fakes.PointClassification):
    """A task that says nothing of observations."""

    observations: ClassVar[None] = None


def test_a_task_must_say_what_they_are(tmp_path: Path) -> None:
    run = trials.live(tmp_path, fakes.cell(trials.Nothing(), task=Unobserved()))
    with pytest.raises(UnsuitableError, match="has no linear head that can be solved for"):
        observe(run, trials.drain(run.encode("train")))
