"""The page: what its template is given, and the policy that lets nothing run but its own script."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....api import Across, Report, Verdict
from ....toolkit.rendering import across, speeds, verdict
from .breakdowns import taken_apart
from .drawing import environment, text
from .failures import failures
from .joined import join
from .overview import Listing, listings
from .sections import sections


@dataclass(frozen=True)
class Answer:
    """A verdict in a sentence, cut around the name of what to take."""

    label: str
    before: str
    name: str
    after: str


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
            answers=[*map(_answer, report.verdicts), *map(_answer_across, report.across)],
            fastest=list(speeds(report.fastest)),
            sections=list(sections(report, wide)),
            listings=tables,
            taken_apart=list(taken_apart(report)),
            failures=failures(report),
            command=_command(report),
        )
    )


def _answer(found: Verdict) -> Answer:
    label = f"{found.dataset}, {found.column.title}"
    before, name, after = verdict(found).removeprefix(f"{label}: ").partition(found.best.title)
    return Answer(label, before[:1].upper() + before[1:], name, f"{after}.")


def _answer_across(found: Across) -> Answer:
    label = f"over {len(found.datasets)} data sets, {found.column.title}"
    before, name, after = across(found).removeprefix(f"{label}: ").partition(found.titles[0])
    return Answer(label, before, name, f"{after}.")


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
