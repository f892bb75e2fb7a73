"""Predictions: what each example of a cell contributes to its metrics, as a table that is kept.

The columns `split`, `source` (the data set's own split) and `index` (the position in it) say which example a
row is of; `group`, where the data set has groups, which others it belongs together with. Each statistic is a
column: `correct` of the task's own metrics, `auroc.score` of a metric of that name. Statistics with axes of
their own are lists of fixed size, in as many levels as there are axes. The file's metadata has the names of
the data set's classes under `classes`, a list in JSON, by the numbers that statistics have for them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..api import Split
from ..errors import StoreError
from ..toolkit.files import require_regular
from .contributions import GROUP, KEY, TASK, Array, Contributions
from .files import write_atomic

CLASSES = b"classes"
"""What the metadata of a file has the names of classes under; earlier versions did not write it."""


def write_predictions(path: Path, splits: Mapping[Split, Contributions], classes: Sequence[str] = ()) -> None:
    """Write what the examples of some splits contribute, with the names of the data set's classes.

    Raises StoreError if the disk is full or the folder cannot be written.
    """
    tables = [_table(split, kept) for split, kept in splits.items()]
    table = pa.concat_tables(tables, promote_options="default")
    table = table.replace_schema_metadata({CLASSES: json.dumps(list(classes))})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    write_atomic(path, sink.getvalue().to_pybytes())


def read_predictions(path: Path, only: str | None = None) -> dict[Split, Contributions]:
    """Return what was written, by split, to the last bit.

    only: the name of a statistic; those with other names are not read, which is much faster.

    Raises StoreError if there is no such file, or it does not hold predictions.
    """
    try:
        require_regular(path)
        file = pq.ParquetFile(path)
        names = file.schema_arrow.names
        table = file.read([name for name in names if only is None or name in KEY or _statistic(name) == only])
        splits = table.column("split").unique().to_pylist()
        return {split: _contributions(table.filter(pc.field("split") == split)) for split in splits}
    except (OSError, KeyError, pa.ArrowException) as error:
        raise StoreError(f"{path}: not a readable file of predictions; run the cell again") from error


def read_classes(path: Path) -> tuple[str, ...]:
    """Return the names of the data set's classes; none where it has no classes, or they were not written.

    Raises StoreError if there is no such file, or it does not hold predictions.
    """
    try:
        require_regular(path)
        return tuple(json.loads((pq.read_schema(path).metadata or {}).get(CLASSES, b"[]")))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise StoreError(f"{path}: not a readable file of predictions; run the cell again") from error


def _table(split: Split, kept: Contributions) -> pa.Table:
    count = len(kept.index)
    columns = {
        "split": pa.array([split] * count),
        "source": pa.array([kept.source] * count),
        "index": _to_arrow(kept.index),
    }
    if kept.groups is not None:
        columns[GROUP] = _to_arrow(kept.groups)
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
    grouped = GROUP in rows.column_names and not rows.column(GROUP).null_count
    return Contributions(
        source=rows.column("source")[0].as_py(),
        index=_from_arrow(rows.column("index")),
        statistics=statistics,
        groups=_from_arrow(rows.column(GROUP)) if grouped else None,
    )


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
