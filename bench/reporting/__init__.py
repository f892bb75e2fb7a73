"""From records to reports: the same records always give the same report. Writers render it."""

from .exporting import exported_by, write_documents
from .report import make_report
from .sheet import make_sheet
from .writing import faults_of, write_always, written_by

__all__ = [
    "exported_by",
    "faults_of",
    "make_report",
    "make_sheet",
    "write_always",
    "write_documents",
    "written_by",
]
