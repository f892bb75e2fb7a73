"""Features on disk are the features that were computed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import fakes
import sequences
from bench import Cost, Features, FeatureSpec, Task, UnsuitableError
from bench.feeding.arrays import ArraysWriter
from bench.feeding.features import FeatureReader, FeatureWriter, encoder_digest, look

BOTH = frozenset({"pooled", "maps"})


def keep(
    folder: Path, batches: list[tuple[list[int], Features]], parts: frozenset[str] = BOTH
) -> FeatureReader:
    with ArraysWriter(folder) as arrays:
        writer = FeatureWriter(arrays, parts)
        for indices, features in batches:
            writer.add(indices, features, [{"label": np.array(at)} for at in indices])
        writer.close(Cost(3, 0.5), {})
    return FeatureReader(folder)


@st.composite
def padded_batches(draw: st.DrawFn) -> tuple[list[int], list[list[int]], int]:
    """Lengths of sequences by position, the positions cut into batches in any order, and a seed."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=8))
    order = draw(st.permutations(range(len(lengths))))
    size = draw(st.integers(1, len(lengths)))
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    return lengths, batches, draw(st.integers(0, 99))


@settings(deadline=None, max_examples=80)
@given(padded_batches(), st.data())
def test_padding_goes_and_comes_back(
    case: tuple[list[int], list[list[int]], int], data: st.DataObject
) -> None:
    lengths, batches, seed = case
    random = torch.Generator().manual_seed(seed)
    truth = [torch.randn(length, 3, generator=random) for length in lengths]
    written = []
    for indices in batches:
        states = nn.utils.rnn.pad_sequence([truth[at] for at in indices], batch_first=True, padding_value=7.0)
        mask = torch.arange(states.shape[1])[None] < torch.tensor([lengths[at] for at in indices])[:, None]
        pooled = torch.stack([truth[at].mean(0) for at in indices])
        written.append((indices, Features(pooled, (states, 2 * states[..., :1]), mask)))
    asked = data.draw(st.lists(st.sampled_from(range(len(lengths))), min_size=1, unique=True))
    with tempfile.TemporaryDirectory() as folder:
        features = keep(Path(folder), written).batch(np.array(asked))
        longest = max(lengths[at] for at in asked)
        assert features.mask is not None
        assert features.mask.shape == (len(asked), longest)
        assert features.mask.sum(1).tolist() == [lengths[at] for at in asked]
        for row, at in enumerate(asked):
            assert torch.equal(features.pooled[row], truth[at].mean(0))
            assert torch.equal(features.maps[0][row][features.mask[row]], truth[at])
            assert torch.equal(features.maps[1][row][features.mask[row]], 2 * truth[at][:, :1])
            assert not features.maps[0][row][~features.mask[row]].any()


def test_maps_of_images_come_back_in_their_order(tmp_path: Path) -> None:
    maps = tuple(torch.full((4, 2, 3, 3), float(depth)) for depth in range(12))
    reader = keep(tmp_path, [([3, 1, 0, 2], Features(torch.arange(4.0)[:, None], maps))])
    features = reader.batch(np.array([0, 3]))
    assert features.pooled.tolist() == [[2.0], [0.0]]
    assert features.mask is None
    assert [float(values.mean()) for values in features.maps] == list(range(12))
    assert reader.lengths is None


def test_lengths_are_by_position(tmp_path: Path) -> None:
    mask = torch.tensor([[True, True], [True, False]])
    features = Features(torch.zeros(2, 1), (torch.zeros(2, 2, 1),), mask)
    reader = keep(tmp_path, [([1, 0], features)])
    assert reader.lengths is not None
    assert reader.lengths.tolist() == [1, 2]


def test_only_the_parts_that_are_read_are_kept(tmp_path: Path) -> None:
    mask = torch.tensor([[True, True]])
    features = Features(torch.ones(1, 5), (torch.ones(1, 2, 3),), mask)
    pooled = keep(tmp_path, [([0], features)], frozenset({"pooled"}))
    assert list(pooled.arrays.columns) == ["pooled", "targets.label"]
    assert pooled.batch(np.array([0])).maps == ()


@pytest.mark.parametrize("precision", [torch.float32, torch.float16, torch.bfloat16])
def test_features_are_kept_in_their_precision_and_come_back_as_they_were(
    tmp_path: Path, precision: torch.dtype
) -> None:
    pooled, map_ = torch.randn(2, 3).to(precision), torch.randn(2, 4, 3, 3).to(precision)
    map_ = map_.contiguous(memory_format=torch.channels_last)
    reader = keep(tmp_path, [([1, 0], Features(pooled, (map_,), size=(24, 32)))])
    assert reader.arrays.columns["map0"].nbytes == map_.numel() * map_.element_size()
    features = reader.batch(np.array([1, 0]))
    assert features.maps[0].dtype == features.pooled.dtype == torch.float32
    assert torch.equal(features.maps[0], map_.float())
    assert torch.equal(features.pooled, pooled.float())
    assert features.size == (24, 32)


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16])
def test_sequences_are_kept_in_their_precision(tmp_path: Path, precision: torch.dtype) -> None:
    states = torch.randn(2, 3, 5).to(precision)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    reader = keep(tmp_path, [([0, 1], Features(torch.empty(0), (states,), mask))], frozenset({"maps"}))
    found = reader.batch(np.array([1, 0])).maps[0]
    assert found.dtype == torch.float32
    assert torch.equal(found, states.masked_fill(~mask[:, :, None], 0)[[1, 0]].float())


def test_maps_that_were_not_made_are_empty_and_the_others_in_their_places(tmp_path: Path) -> None:
    maps = (torch.empty(0), torch.randn(2, 3, 4, 4), torch.empty(0), torch.randn(2, 5, 1, 1))
    reader = keep(tmp_path, [([0, 1], Features(torch.ones(2, 1), maps))])
    assert sorted(reader.arrays.columns) == ["map1", "map3", "pooled", "targets.label"]
    found = reader.batch(np.array([0, 1])).maps
    assert [tuple(map_.shape) for map_ in found] == [(0,), (2, 3, 4, 4), (0,), (2, 5, 1, 1)]
    assert torch.equal(found[1], maps[1])


class Depths(fakes.PointClassification):
    reads: ClassVar[frozenset[str]] = frozenset({"maps"})

    def levels(self, spec: FeatureSpec) -> Sequence[int]:
        return [at for at, stride in enumerate(spec.strides) if stride >= 8]


@pytest.mark.parametrize(
    ("task", "levels"),
    [(Depths(), {1, 2}), (fakes.PointClassification(), set()), (sequences.WalkClassification(), {2})],
)
def test_an_encoder_is_told_which_maps_are_looked_at(task: Task, levels: set[int]) -> None:
    encoder = fakes.make_encoder()
    encoder.spec = FeatureSpec(8, (1, 2, 3), (4, 8, 16))
    look(encoder, task)
    assert (encoder.reads, encoder.levels) == (task.reads, levels)


def test_targets_are_kept_with_their_features(tmp_path: Path) -> None:
    batches = [(indices, Features(torch.tensor(indices)[:, None].float())) for indices in ([3, 1], [0, 2])]
    reader = keep(tmp_path, batches)
    rows = reader.rows[np.arange(4)]
    assert reader.arrays.columns["targets.label"][rows].tolist() == [0, 1, 2, 3]
    assert reader.batch(np.arange(4)).pooled.flatten().tolist() == [0, 1, 2, 3]


TEN = [10, 1, 2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    ("parts", "lengths", "expected"),
    [
        # By the first batch: the two longest of ten sequences, of 55 positions in all.
        ({"pooled"}, TEN, 10 * (3 * 4 + 8)),
        ({"maps"}, None, 10 * (19 / 2 * 5 * 4 + 8)),
        ({"maps"}, TEN, 55 * 5 * 4 + 55 / 19 * 2 * 8),
        ({"pooled", "maps"}, TEN, 55 * 5 * 4 + 55 / 19 * 2 * (3 * 4 + 8)),
    ],
)
def test_the_size_is_estimated_from_the_first_batch(
    tmp_path: Path, parts: set[str], lengths: list[int] | None, expected: float
) -> None:
    mask = torch.arange(10)[None] < torch.tensor([10, 9])[:, None]
    with ArraysWriter(tmp_path) as arrays:
        writer = FeatureWriter(arrays, frozenset(parts))
        writer.add(
            [0, 9], Features(torch.ones(2, 3), (torch.ones(2, 10, 5),), mask), [{"label": np.array(0)}] * 2
        )
        estimate = writer.estimate(10, None if lengths is None else np.array(lengths))
    assert estimate == pytest.approx(expected)


def test_half_precision_is_kept_as_single_precision(tmp_path: Path) -> None:
    values = torch.randn(3, 4).bfloat16()
    got = keep(tmp_path, [([0, 1, 2], Features(values))]).batch(np.arange(3)).pooled
    assert got.dtype == torch.float32
    assert torch.equal(got, values.float())


def test_the_cost_is_kept(tmp_path: Path) -> None:
    assert keep(tmp_path, [([0], Features(torch.ones(1, 1)))]).cost == Cost(3, 0.5)


class Named(nn.Module):
    def __init__(self, name: str, values: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer(name, values)


def test_the_digest_of_an_encoder_is_by_its_state() -> None:
    ones = torch.ones(2, 3)
    different = [
        Named("a", ones),
        Named("b", ones),
        Named("a", torch.zeros(2, 3)),
        Named("a", ones.double()),
        Named("a", ones.bfloat16()),
        Named("a", torch.ones(3, 2)),
        sequences.WalkEncoder(2),
    ]
    digests = [encoder_digest(encoder) for encoder in different]
    assert len(set(digests)) == len(different)
    assert encoder_digest(Named("a", ones.clone())) == digests[0]


@pytest.mark.parametrize("transposed", [False, True])
def test_the_digest_does_not_depend_on_how_a_tensor_lies_in_memory(transposed: bool) -> None:
    values = torch.from_numpy(np.arange(6.0).reshape(2, 3))
    strided = values.t().contiguous().t() if transposed else values[:, ::1]
    assert encoder_digest(Named("a", strided)) == encoder_digest(Named("a", values.clone()))


@st.composite
def rows_of_examples(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]], int]:
    """The lengths of each example's rows, the examples cut into batches in any order, and a seed."""
    lengths = draw(st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=1, max_size=6))
    order = draw(st.permutations(range(len(lengths))))
    size = draw(st.integers(1, len(lengths)))
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    return lengths, batches, draw(st.integers(0, 9))


def pad_rows(rows: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    states = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=7.0)
    return states, torch.arange(states.shape[1])[None] < torch.tensor([len(row) for row in rows])[:, None]


@settings(deadline=None, max_examples=80)
@given(rows_of_examples(), st.data())
def test_an_example_of_several_rows_comes_back_with_all_of_them(
    case: tuple[list[list[int]], list[list[int]], int], data: st.DataObject
) -> None:
    lengths, batches, seed = case
    random = torch.Generator().manual_seed(seed)
    truth = [[torch.randn(length, 2, generator=random) for length in own] for own in lengths]
    written = []
    for indices in batches:
        rows = [row for at in indices for row in truth[at]]
        states, mask = pad_rows(rows)
        counts = torch.tensor([len(truth[at]) for at in indices])
        written.append(
            (indices, Features(torch.stack([row.sum(0) for row in rows]), (states,), mask, counts))
        )
    asked = data.draw(st.lists(st.sampled_from(range(len(lengths))), min_size=1, unique=True))
    with tempfile.TemporaryDirectory() as folder:
        features = keep(Path(folder), written).batch(np.array(asked))
    rows = [row for at in asked for row in truth[at]]
    states, mask = pad_rows(rows)
    assert features.rows is not None
    assert features.mask is not None
    assert features.rows.tolist() == [len(truth[at]) for at in asked]
    assert torch.equal(features.mask, mask)
    assert torch.equal(features.maps[0], states.masked_fill(~mask[:, :, None], 0))
    assert torch.equal(features.pooled, torch.stack([row.sum(0) for row in rows]))


def test_rows_without_sequences_come_back(tmp_path: Path) -> None:
    pooled, maps = torch.randn(5, 3), torch.randn(5, 2, 4, 4)
    counts = torch.tensor([2, 3])
    reader = keep(tmp_path, [([1, 0], Features(pooled, (maps,), rows=counts))])
    back = reader.batch(np.array([0, 1]))
    assert back.rows is not None
    assert back.rows.tolist() == [3, 2]
    order = [2, 3, 4, 0, 1]
    assert torch.equal(back.pooled, pooled[order])
    assert torch.equal(back.maps[0], maps[order])


@pytest.mark.parametrize("rows", [None, torch.tensor([2, 2])])
def test_features_that_are_not_of_the_examples_rows_are_refused(
    tmp_path: Path, rows: torch.Tensor | None
) -> None:
    with pytest.raises(UnsuitableError, match="'pooled' for 5 rows, and the batch has"):
        keep(tmp_path, [([0, 1], Features(torch.randn(5, 3), rows=rows))])
    assert not (tmp_path / "complete").exists()
