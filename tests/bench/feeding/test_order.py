"""Each example once an epoch, in batches that are even and waste little."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from bench.feeding.order import evaluation_order, steps, training_order

COUNTS, SIZES = st.integers(1, 500), st.integers(1, 70)


def lengths_of(count: int) -> np.ndarray:
    """Like sentences: many short ones, a few long ones."""
    return np.random.default_rng(0).geometric(0.05, count)


def train(count: int, batch_size: int, lengths: np.ndarray | None, seed: int = 0) -> list[np.ndarray]:
    return training_order(count, batch_size, lengths, torch.Generator().manual_seed(seed))


@given(COUNTS, SIZES, st.booleans())
def test_training_gives_each_example_once_in_even_batches(count: int, size: int, ragged: bool) -> None:
    batches = train(count, size, lengths_of(count) if ragged else None)
    assert sorted(np.concatenate(batches)) == list(range(count))
    sizes = [len(batch) for batch in batches]
    assert len(sizes) == steps(count, size) == -(-count // size)
    assert max(sizes) <= size
    assert max(sizes) - min(sizes) <= 1


@given(COUNTS, SIZES, st.booleans())
def test_evaluation_gives_each_example_once(count: int, size: int, ragged: bool) -> None:
    batches = evaluation_order(count, size, lengths_of(count) if ragged else None)
    assert sorted(np.concatenate(batches)) == list(range(count))
    assert max(map(len, batches)) <= size


def test_no_batch_of_one_is_left_over() -> None:
    assert sorted(map(len, train(33, 32, None))) == [16, 17]


def test_evaluation_keeps_the_order_where_lengths_do_not_differ() -> None:
    assert np.concatenate(evaluation_order(10, 4, None)).tolist() == list(range(10))


@given(st.integers(1, 200), SIZES)
def test_evaluation_begins_with_the_longest(count: int, size: int) -> None:
    lengths = lengths_of(count)
    batches = evaluation_order(count, size, lengths)
    assert sorted(np.concatenate(batches).tolist()) == list(range(count))
    assert lengths[batches[0]].tolist() == sorted(lengths, reverse=True)[: len(batches[0])]
    longest_to_shortest = sorted(batches, key=lambda batch: -lengths[batch].sum() / max(1, len(batch)))
    in_order = lengths[np.concatenate(longest_to_shortest)]
    assert in_order.tolist() == sorted(lengths, reverse=True)


def test_like_lengths_share_a_batch() -> None:
    lengths = lengths_of(3200)
    bucketed, shuffled = (padding(train(3200, 32, given), lengths) for given in (lengths, None))
    assert bucketed < shuffled / 8


def test_the_shuffle_is_by_the_generator_alone() -> None:
    for lengths in (None, lengths_of(100)):
        first, again, other = (np.concatenate(train(100, 8, lengths, seed)) for seed in (1, 1, 2))
        assert first.tolist() == again.tolist() != other.tolist()


def test_bucketed_batches_do_not_come_by_length() -> None:
    lengths = lengths_of(640)
    means = [lengths[batch].mean() for batch in train(640, 32, lengths)]
    assert means != sorted(means)
    assert means != sorted(means, reverse=True)


def padding(batches: list[np.ndarray], lengths: np.ndarray) -> int:
    """Positions that hold nothing when each batch is padded to its longest example."""
    return sum(int((lengths[batch].max() - lengths[batch]).sum()) for batch in batches)
