"""Charts as SVG files of their own, in concrete colours and with their legends beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....api import Report
from .curves import Curves
from .drawing import environment, text
from .joined import join
from .sections import sections
from .standings import Standing
from .tradeoffs import Tradeoff

COLOUR = re.compile(r"(--[a-z0-9]+): (#[0-9a-f]+);")

LONGEST = 39
"""Characters of a name that there is room for."""


def standalone(report: Report) -> Iterator[tuple[str, str]]:
    """Give the name of each chart, without an ending, and its drawing."""
    wide, _ = join(report)
    charts = (
        (kind, chart)
        for section in sections(report, wide)
        for kind, found in (
            ("standing", section.standings),
            ("tradeoff", section.tradeoffs),
            ("curves", section.curves),
        )
        for chart in found
    )
    for number, (kind, chart) in enumerate(charts, 1):
        yield f"{number:02d}-{_plain(chart.title)}", _drawn(kind, chart)


def _drawn(kind: str, chart: Standing | Tradeoff | Curves) -> str:
    template = environment().get_template("file.svg")
    return template.render(kind=kind, chart=chart, style=_style(), longest=LONGEST).strip() + "\n"


def _style() -> str:
    """Return the style of charts with colours in place of their names, which not all programs know."""
    colours = dict(COLOUR.findall(text("colours.css")))
    style = text("chart.css")
    return re.sub(r"var\((--[a-z0-9]+)\)", lambda found: colours[found[1]], style)


def _plain(title: str) -> str:
    """Return a title as the beginning of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:80]
