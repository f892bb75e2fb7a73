"""From records to reports: the same records always give the same report. Writers render it.

What makes reports and sheets, in `report.py` and `sheet.py`, is not imported here: it needs numpy, which
writers and exporters, as plugins that are imported for every command, must not load.
"""

from .exporting import exported_by, write_documents
from .writing import always_required, faults_of, write_always, written_by

__all__ = ["always_required", "exported_by", "faults_of", "write_always", "write_documents", "written_by"]
