"""Writers: output formats of reports."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from .plugin import Plugin

if TYPE_CHECKING:
    from .report import Report


class Writer(Plugin):
    """An output format."""

    always: ClassVar[bool] = False
    """Whether each run and report writes it; else it is written when asked for."""

    @abstractmethod
    def write(self, report: Report) -> Mapping[str, str]:
        """Return documents by file name."""
