"""Rows on disk come back as they were."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from bench import UnsuitableError
from bench.feeding.arrays import Arrays, ArraysWriter

DTYPES = st.sampled_from(["uint8", "int16", "int64", "float32", "float64", "bool", "float16"])


@st.composite
def fields(draw: st.DrawFn, count: int) -> list[np.ndarray]:
    """Arrays of one field: equal in dtype and in all axes but perhaps the first; any axis may be empty."""
    dtype = draw(DTYPES)
    rest = draw(npst.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3))
    fixed = draw(st.booleans())
    shapes = [rest if fixed else (draw(st.integers(0, 4)), *rest) for _ in range(count)]
    return [draw(npst.arrays(dtype, shape)) for shape in shapes]


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, np.ndarray]]:
    count = draw(st.integers(1, 5))
    columns = {f"f{index}": draw(fields(count)) for index in range(draw(st.integers(1, 3)))}
    return [{name: values[row] for name, values in columns.items()} for row in range(count)]


@settings(deadline=None, max_examples=150)
@given(tables())
def test_rows_come_back_as_they_were(rows: list[dict[str, np.ndarray]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), rows)
        read = Arrays(Path(folder))
        assert len(read) == len(rows)
        for got, row in zip(read.rows(np.arange(len(rows))), rows, strict=True):
            assert_equal(got, row)


def test_lengths_are_those_of_the_first_field_that_varies(tmp_path: Path) -> None:
    write(tmp_path, [{"a": np.zeros(2), "b": np.zeros((n, 3)), "c": np.zeros(9 - n)} for n in (4, 0, 1)])
    lengths = Arrays(tmp_path).lengths()
    assert lengths is not None
    assert lengths.tolist() == [4, 0, 1]


def test_rows_of_one_shape_have_no_lengths(tmp_path: Path) -> None:
    write(tmp_path, [{"a": np.zeros(2)}, {"a": np.ones(2)}])
    assert Arrays(tmp_path).lengths() is None


def test_rows_of_one_shape_can_be_had_at_once(tmp_path: Path) -> None:
    write(tmp_path, [{"a": np.full((2, 3), at), "b": np.array(at)} for at in range(5)])
    block = Arrays(tmp_path).block(np.array([4, 0, 4]))
    assert block is not None
    assert_equal(block, {"a": np.array([4, 0, 4]).repeat(6).reshape(3, 2, 3), "b": np.array([4, 0, 4])})
    assert all(values.flags.writeable for values in block.values())


def test_rows_that_differ_cannot(tmp_path: Path) -> None:
    write(tmp_path, [{"a": np.zeros(2), "b": np.zeros(length)} for length in (1, 2)])
    assert Arrays(tmp_path).block(np.array([0])) is None


def test_the_size_is_that_of_the_fields_asked_for(tmp_path: Path) -> None:
    write(tmp_path, [{"inputs.a": np.zeros(length, "int32"), "targets.b": np.zeros(())} for length in (3, 4)])
    assert [Arrays(tmp_path).size(prefix) for prefix in ("inputs.", "targets.", "")] == [28, 16, 44]


def test_rows_are_copies_under_the_names_of_their_part(tmp_path: Path) -> None:
    write(
        tmp_path,
        [{"inputs.a": np.full(at, at), "inputs.b": np.array(at), "targets.a": np.ones(1)} for at in (1, 2)],
    )
    read = Arrays(tmp_path)
    for _ in range(2):
        (row,) = read.rows(np.array([1]), "inputs.")
        assert_equal(row, {"a": np.array([2, 2]), "b": np.array(2)})
        for array in row.values():
            array[...] = 7


def test_the_writer_knows_how_much_it_wrote(tmp_path: Path) -> None:
    with ArraysWriter(tmp_path) as writer:
        writer.append([{"a": np.zeros(3, "int16"), "b": np.zeros((), "float64")}] * 2)
        assert writer.bytes == 28
        writer.append([{"a": np.zeros(1, "int16"), "b": np.zeros((), "float64")}])
        assert writer.bytes == 38


def test_facts_are_kept(tmp_path: Path) -> None:
    with ArraysWriter(tmp_path) as writer:
        writer.append([{"a": np.zeros(2)}])
        writer.close(seconds=1.5)
    assert Arrays(tmp_path).facts == {"seconds": 1.5}


def test_what_was_not_closed_is_not_there(tmp_path: Path) -> None:
    with ArraysWriter(tmp_path) as writer:
        writer.append([{"a": np.zeros(2)}])
    assert not (tmp_path / "complete").exists()
    with pytest.raises(FileNotFoundError):
        Arrays(tmp_path)


@pytest.mark.parametrize(
    "second",
    [np.zeros((2, 4), "float32"), np.zeros((2, 3), "float64"), np.zeros(3, "float32"), np.float32(1)],
    ids=["other axis", "dtype", "fewer axes", "scalar"],
)
def test_rows_that_differ_by_more_than_the_first_axis_are_refused(tmp_path: Path, second: np.ndarray) -> None:
    with ArraysWriter(tmp_path) as writer:
        writer.append([{"pixels": np.zeros((2, 3), "float32")}])
        with pytest.raises(UnsuitableError, match=r"'pixels' is .* only the first axis may differ"):
            writer.append([{"pixels": np.asarray(second)}])


def test_rows_with_other_fields_are_refused(tmp_path: Path) -> None:
    with ArraysWriter(tmp_path) as writer:
        writer.append([{"a": np.zeros(2)}])
        with pytest.raises(UnsuitableError, match=r"\['b'\] and \['a'\]"):
            writer.append([{"b": np.zeros(2)}])


def test_python_objects_are_refused(tmp_path: Path) -> None:
    with ArraysWriter(tmp_path) as writer, pytest.raises(UnsuitableError, match="'words'"):
        writer.append([{"words": np.array(["a", None], dtype=object)}])


def write(folder: Path, rows: list[dict[str, np.ndarray]]) -> None:
    with ArraysWriter(folder) as writer:
        for start in range(0, len(rows), 2):
            writer.append(rows[start : start + 2])
        writer.close()


def assert_equal(got: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        assert got[name].dtype == value.dtype
        assert got[name].shape == value.shape
        np.testing.assert_array_equal(got[name], value)
