"""Which pretrained model, adapted in which way, is best for my data on my machine?

These are the names that plugins and scripts use. Importing them loads no torch; the helpers that need it
are modules of their own: `bench.training`, `bench.weights`, `bench.images`, `bench.texts`,
`bench.classification`, `bench.testing`.
"""

from .api import (
    SPLITS,
    Backbone,
    Batch,
    Data,
    Dataset,
    DatasetInfo,
    Encoder,
    Example,
    Features,
    FeatureSpec,
    Gauge,
    Limits,
    Meter,
    Metrics,
    Objective,
    Observer,
    Plugin,
    Predictions,
    Primary,
    Processor,
    Reading,
    Run,
    Sample,
    Settings,
    Split,
    Step,
    Steps,
    Task,
)
from .errors import BenchError, DataError, DependencyError, UnsuitableError, WeightsError
from .hookspecs import hookimpl

__version__ = "0.1.0"

__all__ = [
    "SPLITS",
    "Backbone",
    "Batch",
    "BenchError",
    "Data",
    "DataError",
    "Dataset",
    "DatasetInfo",
    "DependencyError",
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
    "Predictions",
    "Primary",
    "Processor",
    "Reading",
    "Run",
    "Sample",
    "Settings",
    "Split",
    "Step",
    "Steps",
    "Task",
    "UnsuitableError",
    "WeightsError",
    "hookimpl",
]
