"""HTML: one page with charts and tables, which opens from disk and can be sent around."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ....api import Report, Writer
from ....hookspecs import hookimpl


class Html(Writer):
    """A page with charts and tables, to look through and to send around."""

    name: ClassVar[str] = "html"
    requires: ClassVar[tuple[str, ...]] = ("jinja2",)
    always: ClassVar[bool] = True

    def write(self, report: Report) -> Mapping[str, str]:
        """Return one document, which needs no other."""
        from .page import page

        return {"report.html": page(report)}


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Html]
