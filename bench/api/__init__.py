"""The contracts between the core and its plugins. Importing them loads no torch."""

from .backbone import Backbone, Encoder, Features, FeatureSpec, Processor
from .dataset import SPLITS, Dataset, DatasetInfo, Example, Split
from .executor import Executor
from .figures import APART, HOUSEKEEPING, WHOLE, Better, Figure, Role, Value
from .meter import Gauge, Meter, Reading
from .metric import Metric
from .objective import Objective
from .observer import Observer
from .plugin import Plugin
from .report import Circumstances, Column, Contender, Measurement, Report, Row, Table, Verdict
from .run import Cost, Data, Position, Run, Stateful, Step, Steps
from .settings import Limits, Settings
from .task import Batch, Metrics, Predictions, Primary, Sample, Task
from .writer import Writer

__all__ = [
    "APART",
    "HOUSEKEEPING",
    "SPLITS",
    "WHOLE",
    "Backbone",
    "Batch",
    "Better",
    "Circumstances",
    "Column",
    "Contender",
    "Cost",
    "Data",
    "Dataset",
    "DatasetInfo",
    "Encoder",
    "Example",
    "Executor",
    "FeatureSpec",
    "Features",
    "Figure",
    "Gauge",
    "Limits",
    "Measurement",
    "Meter",
    "Metric",
    "Metrics",
    "Objective",
    "Observer",
    "Plugin",
    "Position",
    "Predictions",
    "Primary",
    "Processor",
    "Reading",
    "Report",
    "Role",
    "Row",
    "Run",
    "Sample",
    "Settings",
    "Split",
    "Stateful",
    "Step",
    "Steps",
    "Table",
    "Task",
    "Value",
    "Verdict",
    "Writer",
]
