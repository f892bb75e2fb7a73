"""Predictions: what each example of a cell contributes to its metrics, as a table that is kept.

The columns `split`, `source` (the data set's own split) and `index` (the position in it) say which example a
row is of. Each statistic is a column: `correct` of the task's own metrics, `auroc.score` of a metric of that
name. Statistics with axes of their own are lists of fixed size, in as many levels as there are axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..api import Split
from ..errors import StoreError
from .files import write_atomic

Array = NDArray[Any]

KEY = ("split", "source", "index")
"""The columns that say which example a row is of."""

TASK = ""
"""Stands for the task among the names of metrics."""


@dataclass(frozen=True)
class Contributions:
    """What the examples of one split contribute: statistics by the metric they are for, `[N, ...]` each.

    `source` is the data set's own split that they are from, `index` their positions in it, `[N]`, ascending.
    `groups` are numbers that are equal for examples that belong together (of one patient, article, film),
    `[N]`, None where the data set does not say.
    """

    source: str
    index: Array
    statistics: Mapping[str, Mapping[str, Array]]
    groups: Array | None = None


def write_predictions(path: Path, splits: Mapping[Split, Contributions]) -> None:
    """Write what the examples of some splits contribute.

    Raises StoreError if the disk is full or the folder cannot be written.
    """
    tables = [_table(split, kept) for split, kept in splits.items()]
    table = pa.concat_tables(tables, promote_options="default")
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    write_atomic(path, sink.getvalue().to_pybytes())


def read_predictions(path: Path, only: str | None = None) -> dict[Split, Contributions]:
    """Return what was written, by split, to the last bit.

    only: the name of a statistic; those with other names are not read, which is much faster.

    Raises StoreError if there is no such file, or it is none of predictions.
    """
    try:
        file = pq.ParquetFile(path)
        names = file.schema_arrow.names
        table = file.read([name for name in names if only is None or name in KEY or _statistic(name) == only])
        splits = table.column("split").unique().to_pylist()
        return {split: _contributions(table.filter(pc.field("split") == split)) for split in splits}
    except (OSError, KeyError, pa.ArrowException) as error:
        raise StoreError(f"{path}: not a readable file of predictions; run the cell again") from error


def _table(split: Split, kept: Contributions) -> pa.Table:
    count = len(kept.index)
    columns = {
        "split": pa.array([split] * count),
        "source": pa.array([kept.source] * count),
        "index": _to_arrow(kept.index),
    }
    for metric, statistics in kept.statistics.items():
        columns |= {_column(metric, name): _to_arrow(values) for name, values in statistics.items()}
    return pa.table(columns)


def _contributions(rows: pa.Table) -> Contributions:
    statistics: dict[str, dict[str, Array]] = {TASK: {}}
    for column in rows.column_names:
        # A metric may have been there for other splits only.
        if column not in KEY and not rows.column(column).null_count:
            metric, _, name = column.rpartition(".")
            statistics.setdefault(metric, {})[name] = _from_arrow(rows.column(column))
    return Contributions(rows.column("source")[0].as_py(), _from_arrow(rows.column("index")), statistics)


def _statistic(column: str) -> str:
    return column.rpartition(".")[2]


def _column(metric: str, name: str) -> str:
    return f"{metric}.{name}" if metric else name


def _to_arrow(values: Array) -> pa.Array:
    array = pa.array(values.reshape(-1))
    for size in reversed(values.shape[1:]):
        array = pa.FixedSizeListArray.from_arrays(array, size)
    return array


def _from_arrow(column: pa.ChunkedArray) -> Array:
    array, shape = pa.concat_arrays(column.chunks), [len(column)]
    while pa.types.is_fixed_size_list(array.type):
        shape.append(array.type.list_size)
        array = array.flatten()
    values: Array = array.to_numpy(zero_copy_only=False)
    return values.reshape(shape)
