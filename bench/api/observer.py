"""Observers: follow finished records (trackers, notifiers)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from .plugin import Plugin


class Observer(Plugin):
    """Called with each record once it is safely stored. A fault of an observer never costs a result."""

    @abstractmethod
    def finished(self, record: Mapping[str, Any]) -> None:
        """A cell is done, failed or skipped; `record` is its record as plain JSON data."""
