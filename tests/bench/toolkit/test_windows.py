from __future__ import annotations

import numpy as np

from bench import Sample
from bench.toolkit.alignment import Window
from bench.toolkit.windows import collate_windows, pack


def window(*ids: int) -> Window:
    array = np.array(ids, np.int32)
    return Window(array, array % 2, array * 0, array, array, array)


def test_rows_are_kept_end_to_end_and_padded_in_a_batch() -> None:
    samples = [
        Sample(pack([window(1, 2, 3), window(4)], types=True), {}),
        Sample(pack([window(5, 6)], types=True), {}),
    ]
    assert samples[0].inputs["ids"].tolist() == [1, 2, 3, 4]
    inputs, rows = collate_windows(samples)
    assert rows is not None
    assert rows.tolist() == [2, 1]
    assert inputs["ids"].tolist() == [[1, 2, 3], [4, 0, 0], [5, 6, 0]]
    assert inputs["types"].tolist() == [[1, 0, 1], [0, 0, 0], [1, 0, 0]]
    assert inputs["mask"].tolist() == [[True] * 3, [True, False, False], [True, True, False]]


def test_a_model_without_types_gets_none() -> None:
    assert pack([window(1)], types=False).keys() == {"ids", "lengths"}


def test_features_stand_for_inputs() -> None:
    assert collate_windows([Sample({}, {})]) == ({}, None)
