from __future__ import annotations

import numpy as np

from bench.toolkit.ragged import stack_ragged


def test_shorter_arrays_are_filled_up() -> None:
    arrays = [np.ones((2, 3), np.float32), np.zeros((0, 3), np.float32), np.full((1, 3), 5, np.float32)]
    stacked, lengths = stack_ragged(arrays, -1)
    assert stacked.shape == (3, 2, 3)
    assert lengths.tolist() == [2, 0, 1]
    assert stacked[:, :, 0].tolist() == [[1, 1], [-1, -1], [5, -1]]


def test_arrays_of_one_length_are_stacked() -> None:
    stacked, lengths = stack_ragged([np.array([True, False]), np.array([False, False])])
    assert stacked.tolist() == [[True, False], [False, False]]
    assert lengths.tolist() == [2, 2]
