"""Writers: output formats of reports."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from .plugin import Plugin
from .report import Report


class Writer(Plugin):
    """An output format. `bench.toolkit.rendering` has what most of them need.

    A field `width` is set to the width of the terminal, in characters, where documents are printed on one.
    """

    always: ClassVar[bool] = False
    """Whether each run and report writes its documents into the results folder."""

    @abstractmethod
    def write(self, report: Report) -> Mapping[str, str]:
        """Return documents by file name, such as `summary.md`.

        Names are plain: letters, digits, `.`, `_` and `-`, and no dot at the start.
        """
