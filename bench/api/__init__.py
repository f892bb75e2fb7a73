"""The contracts between the core and its plugins. Importing them loads no torch."""

from .backbone import Backbone, Classifier, Encoder, Features, FeatureSpec, Inputs, NativePart, Processor
from .breakdown import Breakdown, Confusion
from .comparison import Answer, Basis, Comparison, Interval, Need
from .dataset import Dataset
from .examples import SPLITS, Box, DatasetInfo, Example, NewInput, Split
from .executor import Bounds, Cause, Executor, Handle, Job, Listen, Pool, Progress, Result
from .exporter import ExportedCell, ExportedData, Exporter, Sheet
from .figures import APART, HOUSEKEEPING, WHOLE, Better, Figure, Role, Value
from .meter import Gauge, Meter, PhaseGauge, Reading
from .metric import Metric
from .objective import Objective
from .observer import CellInfo, Follower, Observer
from .plugin import Plugin
from .report import (
    Across,
    Circumstances,
    Column,
    Contender,
    Extent,
    Measurement,
    Ranks,
    Report,
    Row,
    RowBreakdown,
    Table,
    Verdict,
)
from .run import Cost, Data, Position, Run, Stateful, Step, Steps
from .settings import Limits, Settings
from .task import Batch, Metrics, Predictions, Sample, Targets, Task
from .trace import CellTrace, Point
from .writer import Writer

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
    "Better",
    "Bounds",
    "Box",
    "Breakdown",
    "Cause",
    "CellInfo",
    "CellTrace",
    "Circumstances",
    "Classifier",
    "Column",
    "Comparison",
    "Confusion",
    "Contender",
    "Cost",
    "Data",
    "Dataset",
    "DatasetInfo",
    "Encoder",
    "Example",
    "Executor",
    "ExportedCell",
    "ExportedData",
    "Exporter",
    "Extent",
    "FeatureSpec",
    "Features",
    "Figure",
    "Follower",
    "Gauge",
    "Handle",
    "Inputs",
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
    "NewInput",
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
    "Ranks",
    "Reading",
    "Report",
    "Result",
    "Role",
    "Row",
    "RowBreakdown",
    "Run",
    "Sample",
    "Settings",
    "Sheet",
    "Split",
    "Stateful",
    "Step",
    "Steps",
    "Table",
    "Targets",
    "Task",
    "Value",
    "Verdict",
    "Writer",
]
