"""Rows of named arrays on disk: written in a stream, read through memory maps.

A field whose arrays all have one shape is a single array `[N, ...]`; one whose first axis varies
(tokens, boxes) is its rows end to end, with offsets beside it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import UnsuitableError

Array = NDArray[Any]


class FieldWriter:
    """Appends arrays of one field to a file."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.file: BinaryIO = (folder / f"{name}.bin").open("wb")
        self.dtype: np.dtype[Any] | None = None
        self.shape: tuple[int, ...] = ()
        self.lengths: list[int] = []
        self.bytes = 0

    def append(self, values: Sequence[Array]) -> None:
        """Add a row for each value.

        Raises UnsuitableError if one differs from the others in type, or in shape but for the first axis.
        """
        for value in values:
            self._check(value.dtype, value.shape)
        self.lengths.extend(len(value) if value.ndim else 1 for value in values)
        flat = np.concatenate([value.ravel() for value in values])
        self.bytes += flat.nbytes
        self.file.write(flat.view(np.uint8).data)

    def _check(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        if dtype.hasobject:
            raise UnsuitableError(f"prepared '{self.name}' holds Python objects; make it an array of numbers")
        if self.dtype is None:
            self.dtype, self.shape = dtype, shape
        if (dtype, shape[1:], len(shape)) != (self.dtype, self.shape[1:], len(self.shape)):
            raise UnsuitableError(
                f"prepared '{self.name}' is {dtype}{list(shape)} for one example "
                f"and {self.dtype}{list(self.shape)} for another; only the first axis may differ"
            )

    def close(self, folder: Path) -> dict[str, Any]:
        """Finish the file, with its offsets if it is ragged, and return its description."""
        self.file.close()
        ragged = len(set(self.lengths)) > 1
        if ragged:
            np.cumsum([0, *self.lengths], dtype=np.int64).tofile(folder / f"{self.name}.offsets")
        return {"dtype": str(self.dtype), "shape": list(self.shape), "ragged": ragged}


class ArraysWriter:
    """Writes rows into an empty folder, which is complete only after `close`.

    As a context it closes its files at the end, after an error too.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fields: dict[str, FieldWriter] = {}
        self.count = 0

    @property
    def bytes(self) -> int:
        """The size of all rows so far."""
        return sum(field.bytes for field in self.fields.values())

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the files."""
        for field in self.fields.values():
            field.file.close()

    def append(self, rows: Sequence[Mapping[str, Array]]) -> None:
        """Add rows, at least one."""
        for row in rows:
            self._check(row.keys(), rows[0].keys())
        for name in rows[0]:
            self._field(name).append([row[name] for row in rows])
        self.count += len(rows)

    def close(self, **facts: Any) -> None:
        """Write the description, together with further facts, and mark the folder complete."""
        fields = {name: field.close(self.folder) for name, field in self.fields.items()}
        description = {"count": self.count, "fields": fields, "facts": facts}
        (self.folder / "arrays.json").write_text(json.dumps(description))
        (self.folder / "complete").touch()

    def _field(self, name: str) -> FieldWriter:
        if name not in self.fields:
            self.fields[name] = FieldWriter(self.folder, name)
        return self.fields[name]

    def _check(self, names: Collection[str], first: Collection[str]) -> None:
        known = self.fields.keys() if self.count else first
        if names != known:
            raise UnsuitableError(
                f"prepared examples differ in their arrays: {sorted(names)} and {sorted(known)}"
            )


class Arrays:
    """Rows read from a folder that an `ArraysWriter` has closed."""

    def __init__(self, folder: Path) -> None:
        description = json.loads((folder / "arrays.json").read_text())
        self.count: int = description["count"]
        self.facts: dict[str, Any] = description["facts"]
        self.columns: dict[str, Array] = {}
        self.offsets: dict[str, Array] = {}
        for name, field in description["fields"].items():
            self.columns[name], offsets = _open(folder, name, field, self.count)
            if offsets is not None:
                self.offsets[name] = offsets

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.count

    def lengths(self, prefix: str = "") -> Array | None:
        """Return each row's length by the first ragged field of a prefix; None if all rows are alike."""
        for name, offsets in self.offsets.items():
            if name.startswith(prefix):
                return np.diff(offsets)
        return None

    def size(self, prefix: str) -> int:
        """Return the bytes of all fields of a prefix."""
        return sum(column.nbytes for name, column in self.columns.items() if name.startswith(prefix))

    def block(self, indices: Array) -> dict[str, Array] | None:
        """Return these rows at once, `[B, ...]` for each field; None if rows differ in length."""
        if self.offsets:
            return None
        return {name: column[indices] for name, column in self.columns.items()}

    def rows(self, indices: Array, prefix: str = "") -> list[dict[str, Array]]:
        """Return copies of these rows' arrays whose names have the prefix, by name without it."""
        rows: list[dict[str, Array]] = [{} for _ in indices]
        for name in self.columns:
            if name.startswith(prefix):
                for row, view in zip(rows, self.views(name, indices), strict=True):
                    row[name.removeprefix(prefix)] = view.copy()
        return rows

    def views(self, name: str, indices: Array) -> list[Array]:
        """Return one array of each of these rows, as views that cannot be written to."""
        column = self.columns[name]
        if name not in self.offsets:
            return [column[index, ...] for index in indices.tolist()]
        edges = zip(
            self.offsets[name][indices].tolist(), self.offsets[name][indices + 1].tolist(), strict=True
        )
        return [column[begin:end] for begin, end in edges]


def _open(folder: Path, name: str, field: Mapping[str, Any], count: int) -> tuple[Array, Array | None]:
    dtype, shape = np.dtype(field["dtype"]), field["shape"]
    path = folder / f"{name}.bin"
    # An empty file cannot be mapped. A plain view of the map is quicker to slice than a memmap.
    flat = np.asarray(np.memmap(path, dtype, "r")) if path.stat().st_size else np.empty(0, dtype)
    if not field["ragged"]:
        return flat.reshape(count, *shape), None
    offsets = np.fromfile(folder / f"{name}.offsets", np.int64)
    return flat.reshape(offsets[-1], *shape[1:]), offsets
