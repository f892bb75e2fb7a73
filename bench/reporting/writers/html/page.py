"""The page: what its template is given, and the policy that lets nothing run but its own script."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....api import Report, Row, Table, Verdict
from ....toolkit.rendering import speeds, verdict
from .curves import Curves, curves
from .drawing import environment, text
from .failures import failures
from .joined import join
from .overview import Listing, listings
from .standings import Standing, standing
from .tradeoffs import Tradeoff, tradeoffs

DATASETS = 16
"""How many data sets have charts."""


@dataclass(frozen=True)
class Answer:
    """A verdict in a sentence, cut around the name of what to take."""

    label: str
    before: str
    name: str
    after: str


@dataclass(frozen=True)
class Section:
    """What there is of one data set."""

    dataset: str
    standings: Sequence[Standing]
    tradeoffs: Sequence[Tradeoff]
    curves: Sequence[Curves]


def page(report: Report) -> str:
    """Return the page of a report: one file without any request, script of others, or style of others."""
    wide, apart = join(report)
    tables = listings(report, wide, apart)
    style = "\n".join(
        [text("colours.css"), text("dark.css"), text("chart.css"), text("style.css"), *_column_rules(tables)]
    )
    script = text("script.js")
    return (
        environment()
        .get_template("page.html")
        .render(
            report=report,
            policy=policy(style, script),
            style=style,
            script=script,
            answers=list(map(_answer, report.verdicts)),
            fastest=list(speeds(report.fastest)),
            sections=list(sections(report, wide))[:DATASETS],
            listings=tables,
            failures=failures(report),
            command=_command(report),
        )
    )


def sections(report: Report, wide: Table) -> Iterator[Section]:
    """Give the charts of each data set, in the order of the table."""
    rows: dict[str, list[Row]] = {}
    for row in wide.rows:
        rows.setdefault(row.labels.get("dataset", ""), []).append(row)
    for dataset, found in rows.items():
        verdicts: list[Verdict] = [item for item in report.verdicts if item.dataset == dataset]
        section = Section(
            dataset,
            [chart for item in verdicts if (chart := standing(item))],
            [chart for item in verdicts for chart in tradeoffs(wide, item)],
            list(curves(dataset, found, report.cells)),
        )
        if section.standings or section.curves:
            yield section


def _answer(found: Verdict) -> Answer:
    label = f"{found.dataset}, {found.column.title}"
    before, name, after = verdict(found).removeprefix(f"{label}: ").partition(found.best.title)
    return Answer(label, before[:1].upper() + before[1:], name, f"{after}.")


def policy(style: str, script: str) -> str:
    """Return the content security policy: nothing is loaded, and no style or script applies but these."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _column_rules(tables: Sequence[Listing]) -> Iterator[str]:
    """Give the rules by which columns of text begin at the left, and hidden ones are."""
    for at, table in enumerate(tables):
        left = ",".join(
            f".t{at} td:nth-child({number}),.t{at} th:nth-child({number})" for number in table.left
        )
        if left:
            yield f"{left}{{text-align:left}}"
        for number in range(1, len(table.columns) + 1):
            yield f".t{at}.h{number} :is(td,th):nth-child({number}){{display:none}}"


def _command(report: Report) -> str:
    """Return the command that runs the suite again, which is empty if the suite was not kept."""
    found = report.circumstances
    if not found.suite:
        return ""
    return f"bench run {shlex.quote(f'{found.suites[0]}.yaml' if found.suites else 'suite.yaml')}"
