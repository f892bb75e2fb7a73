"""From records to tables: the same records always give the same tables."""

from .rows import Standings
from .tables import accuracy, all_tables, resource, summary
from .verdict import verdicts
from .write import write_tables

__all__ = ["Standings", "accuracy", "all_tables", "resource", "summary", "verdicts", "write_tables"]
