"""From records to reports: the same records always give the same report. Writers render it."""

from .charts import write_charts
from .report import make_report
from .writing import faults_of, write_always, written_by

__all__ = ["faults_of", "make_report", "write_always", "write_charts", "written_by"]
