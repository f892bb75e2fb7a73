"""SVG: a file a chart, for slides and papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ...api import Report, Writer
from ...hookspecs import hookimpl


class Svg(Writer):
    """The charts of the page, each as a drawing of its own."""

    name: ClassVar[str] = "svg"

    def write(self, report: Report) -> Mapping[str, str]:
        """Return a document for each chart."""
        from .html.standalone import standalone

        return {f"{name}.svg": drawing for name, drawing in standalone(report)}


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Svg]
