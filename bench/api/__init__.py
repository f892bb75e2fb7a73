"""The contracts between the core and its plugins. Importing them loads no torch."""

from .backbone import Backbone, Encoder, Features, FeatureSpec, NativePart, Processor
from .dataset import SPLITS, Dataset, DatasetInfo, Example, Split
from .executor import Executor
from .figures import APART, WHOLE, Better, Figure, Value
from .meter import Gauge, Meter, Reading
from .metric import Metric
from .objective import Objective
from .observer import Observer
from .plugin import Plugin
from .report import Report
from .run import Cost, Data, Position, Run, Stateful, Step, Steps
from .settings import Limits, Settings
from .task import Batch, Metrics, Predictions, Primary, Sample, Task
from .writer import Writer

__all__ = [
    "APART",
    "SPLITS",
    "WHOLE",
    "Backbone",
    "Batch",
    "Better",
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
    "Meter",
    "Metric",
    "Metrics",
    "NativePart",
    "Objective",
    "Observer",
    "Plugin",
    "Position",
    "Predictions",
    "Primary",
    "Processor",
    "Reading",
    "Report",
    "Run",
    "Sample",
    "Settings",
    "Split",
    "Stateful",
    "Step",
    "Steps",
    "Task",
    "Value",
    "Writer",
]
