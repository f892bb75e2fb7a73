"""The contracts between the core and its plugins. Importing them loads no torch."""

from .backbone import Backbone, Encoder, Features, FeatureSpec, Processor
from .dataset import SPLITS, Dataset, DatasetInfo, Example, Split
from .meter import Gauge, Meter, Reading
from .objective import Objective
from .observer import Observer
from .plugin import Plugin
from .run import Cost, Data, Position, Run, Stateful, Step, Steps
from .settings import Limits, Settings
from .task import Batch, Metrics, Predictions, Primary, Sample, Task

__all__ = [
    "SPLITS",
    "Backbone",
    "Batch",
    "Cost",
    "Data",
    "Dataset",
    "DatasetInfo",
    "Encoder",
    "Example",
    "FeatureSpec",
    "Features",
    "Gauge",
    "Limits",
    "Meter",
    "Metrics",
    "Objective",
    "Observer",
    "Plugin",
    "Position",
    "Predictions",
    "Primary",
    "Processor",
    "Reading",
    "Run",
    "Sample",
    "Settings",
    "Split",
    "Stateful",
    "Step",
    "Steps",
    "Task",
]
