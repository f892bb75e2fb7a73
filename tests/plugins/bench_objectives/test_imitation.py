"""What a student learns of a teacher's vectors: the loss and the figures, against arithmetic by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import bench
import sequences
from bench import Batch, Features
from bench_objectives.imitation import Imitation, Nearness, total_loss
from bench_objectives.matching import Part

MASK = torch.tensor([[True, True, True], [True, False, False]])
PADDING = 1000.0
"""What stands in place of states where a sequence holds nothing; any use of it would show."""

STUDENT = Features(
    pooled=torch.tensor([[1.0], [2.0]]),
    maps=(
        torch.full((2, 3, 5), PADDING),
        torch.tensor([[[0.0], [1.0], [2.0]], [[3.0], [PADDING], [PADDING]]]),
    ),
    mask=MASK,
)
STATES = torch.tensor([[[0.0, 0.0], [2.0, 0.0], [0.0, 4.0]], [[2.0, 4.0], [PADDING] * 2, [PADDING] * 2]])
TAUGHT = Batch({}, {}, [0, 1], Features(torch.tensor([[0.0], [4.0]]), (STATES,), MASK))


class OneBatch:
    """A split whose features are one batch."""

    def __init__(self, *batches: Batch) -> None:
        self.all = batches

    def batches(self) -> Iterator[Batch]:
        yield from self.all


def imitation(part: Part, *batches: Batch) -> Imitation:
    """The map of a student of width 1: its number in the first place, and 0 in all others."""
    encoder = sequences.WalkEncoder(1)
    encoder.spec = bench.FeatureSpec(1, channels=(5, 1), strides=(1, 1))
    made = Imitation.of(encoder, OneBatch(*batches or (TAUGHT,)), part)
    with torch.no_grad():
        made.map.weight.zero_()[0] = 1
        made.map.bias.zero_()
    return made


def test_mean_and_variance_are_those_of_the_tokens_without_padding() -> None:
    # (0, 0), (2, 0), (0, 4) and (2, 4) have the mean (1, 2), and are each off by 1 + 4 from it, squared.
    tokens = imitation("tokens")
    assert tokens.mean.tolist() == [1, 2]
    assert tokens.variance.item() == 5


def test_the_loss_is_a_mean_over_tokens_as_a_share_of_their_variance() -> None:
    # The student says (0, 0), (1, 0), (2, 0) and (3, 0), which is off by 0, 1, 4 + 16 and 1 + 16, squared.
    assert imitation("tokens").loss(STUDENT, TAUGHT).item() == pytest.approx((0 + 1 + 20 + 17) / 4 / 5)


def test_the_losses_of_the_parts_are_added() -> None:
    # Vectors 0 and 4 have mean 2 and variance 4; the student says 1 and 2, which is off by 1 and 4, squared.
    pooled, tokens = imitation("pooled"), imitation("tokens")
    assert pooled.loss(STUDENT, TAUGHT).item() == pytest.approx((1 + 4) / 2 / 4)
    total = total_loss([pooled, tokens], STUDENT, TAUGHT)
    assert total.item() == pytest.approx(5 / 8 + 38 / 20)


def test_no_gradient_reaches_padding() -> None:
    states = STUDENT.maps[-1].clone().requires_grad_()
    imitation("tokens").loss(Features(STUDENT.pooled, (states,), MASK), TAUGHT).backward()
    # Of token (2, 0): 2 * 2 / 4 / 5 in its first place; of padding nothing at all.
    assert states.grad is not None
    assert states.grad[0, 2].item() == pytest.approx(0.2)
    assert states.grad[~MASK].abs().sum() == 0


def test_batches_of_other_lengths_count_by_their_tokens() -> None:
    one = Batch({}, {}, [2], Features(torch.zeros(1, 1), (torch.full((1, 1, 2), 6.0),), torch.ones(1, 1) > 0))
    tokens = imitation("tokens", TAUGHT, one)
    assert tokens.mean.tolist() == pytest.approx([10 / 5, 14 / 5])


def test_as_many_tokens_are_demanded() -> None:
    shorter = Features(STUDENT.pooled, STUDENT.maps, MASK & torch.tensor([True, True, False]))
    with pytest.raises(bench.UnsuitableError, match="make different tokens of the same text"):
        imitation("tokens").loss(shorter, TAUGHT)


def test_the_figures_are_sums_over_all_vectors() -> None:
    nearness, mean = Nearness(), torch.tensor([1.0, 1.0])
    nearness.add(torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 0.0]]), mean)
    nearness.add(torch.tensor([[0.0, 1.0], [3.0, 4.0]]), torch.tensor([[1.0, 0.0], [3.0, 4.0]]), mean)
    # Squared distances 1, 2 and 0; from the mean 2, 1 and 4 + 9. Cosines 1, 0 and 1.
    figures = nearness.figures("tokens")
    assert figures["unexplained_token_variance"] == pytest.approx(3 / 16)
    assert figures["teacher_token_cosine"] == pytest.approx(2 / 3)
    assert nearness.figures("pooled").keys() == {"unexplained_variance", "teacher_cosine"}
