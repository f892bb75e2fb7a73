"""A report as values: tables and verdicts, which writers render."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """All that is known of some records."""
