"""Which pretrained model, adapted in which way, is best for my data on my machine?

These are the names that plugins and scripts use. Importing them loads no torch. What authors of plugins
reuse is in `bench.toolkit`, contract checks in `bench.testing`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .api import (
    APART,
    HOUSEKEEPING,
    SPLITS,
    WHOLE,
    Across,
    Answer,
    Backbone,
    Basis,
    Batch,
    Better,
    CellTrace,
    Circumstances,
    Column,
    Comparison,
    Contender,
    Cost,
    Data,
    Dataset,
    DatasetInfo,
    Encoder,
    Example,
    Executor,
    ExportedCell,
    ExportedData,
    Exporter,
    Features,
    FeatureSpec,
    Figure,
    Gauge,
    Handle,
    Interval,
    Job,
    Limits,
    Listen,
    Measurement,
    Meter,
    Metric,
    Metrics,
    NativePart,
    Need,
    Objective,
    Observer,
    PhaseGauge,
    Plugin,
    Point,
    Pool,
    Position,
    Predictions,
    Processor,
    Progress,
    Reading,
    Report,
    Result,
    Role,
    Row,
    Run,
    Sample,
    Settings,
    Sheet,
    Split,
    Stateful,
    Step,
    Steps,
    Table,
    Task,
    Value,
    Verdict,
    Writer,
)
from .errors import BenchError, DataError, DependencyError, UnsuitableError, WeightsError
from .hookspecs import hookimpl

if TYPE_CHECKING:
    from pandas import DataFrame

__version__ = "0.1.0"

__all__ = [
    "APART",
    "HOUSEKEEPING",
    "SPLITS",
    "WHOLE",
    "Across",
    "Answer",
    "Backbone",
    "Basis",
    "Batch",
    "BenchError",
    "Better",
    "CellTrace",
    "Circumstances",
    "Column",
    "Comparison",
    "Contender",
    "Cost",
    "Data",
    "DataError",
    "Dataset",
    "DatasetInfo",
    "DependencyError",
    "Encoder",
    "Example",
    "Executor",
    "ExportedCell",
    "ExportedData",
    "Exporter",
    "FeatureSpec",
    "Features",
    "Figure",
    "Gauge",
    "Handle",
    "Interval",
    "Job",
    "Limits",
    "Listen",
    "Measurement",
    "Meter",
    "Metric",
    "Metrics",
    "NativePart",
    "Need",
    "Objective",
    "Observer",
    "PhaseGauge",
    "Plugin",
    "Point",
    "Pool",
    "Position",
    "Predictions",
    "Processor",
    "Progress",
    "Reading",
    "Report",
    "Result",
    "Role",
    "Row",
    "Run",
    "Sample",
    "Settings",
    "Sheet",
    "Split",
    "Stateful",
    "Step",
    "Steps",
    "Table",
    "Task",
    "UnsuitableError",
    "Value",
    "Verdict",
    "WeightsError",
    "Writer",
    "hookimpl",
    "load",
]


def load(*folders: str | Path) -> DataFrame:
    """Return the cells of results folders, such as `results/vision`, as a pandas data frame, one row a cell.

    Columns are the cell's labels, seed and status, the conditions it was measured under, and all figures:
    those of quality as `test accuracy`, others as in the tables (`train_samples_per_s`). A cell that several
    folders hold is there once. Raises StoreError (a BenchError) if there are no records.
    """
    from .reporting.frame import load_frame

    return load_frame([Path(folder) for folder in folders])
