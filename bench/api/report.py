"""A report as values: tables and verdicts, which writers render.

Every text in it is on one line and free of control characters; it may still hold what means something in
HTML, Markdown or a spreadsheet, which is the writer's to escape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .figures import WHOLE, Figure, Value


@dataclass(frozen=True)
class Column:
    """A figure in a table: a resource of a phase (`WHOLE` for the whole cell), or a quality on a split.

    `title` is what tables call it, as in `train_samples_per_s` or `test accuracy`.
    """

    figure: Figure
    title: str
    phase: str = WHOLE
    split: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The value of a row in a column.

    A number is the mean over `n` cells, each the mean of its runs. `spread` is its standard deviation over
    these (divided by n - 1), None for a single one. `run_spread` is the standard deviation between runs of
    the same cell, pooled over the cells, None where no cell was repeated. A text or truth value has neither.
    """

    value: str | int | float | bool
    spread: float | None = None
    run_spread: float | None = None
    n: int = 1


@dataclass(frozen=True)
class Row:
    """Cells that differ only in their seed, and were computed alike.

    labels: what tables call them, by axis. settings: how they differ from rows with the same labels, if any.
    conditions: where and how they were measured, as far as the table's rows differ in it and no axis says so.
    seeds: how many cells are done; all figures rest on these. missing: how many are not. reasons: why they
    are not, each with its seeds. runs: how many runs the figures rest on. busy: during how many of these
    other programs kept more than a tenth of the machine's cores busy.
    measurements: one for each column of the table, None where nothing was measured.
    """

    labels: Mapping[str, str]
    status: Literal["done", "failed", "skipped"]
    measurements: Sequence[Measurement | None]
    settings: str = ""
    conditions: Mapping[str, Value] = field(default_factory=dict)
    seeds: int = 0
    missing: int = 0
    runs: int = 0
    busy: int = 0
    reasons: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Rows by data set, the best first, those without any figure last."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Contender:
    """What takes part in a verdict: its title, and its mean and standard deviation over `n` seeds or runs.

    The spread of a single one is None. `busy`: in how many runs the machine was busy with something else.
    """

    title: str
    mean: float
    spread: float | None
    n: int
    busy: int = 0

    def ties(self, other: Contender) -> bool:
        """Tell whether the two ranges of mean ± standard deviation overlap."""
        return abs(self.mean - other.mean) <= (self.spread or 0) + (other.spread or 0)


@dataclass(frozen=True)
class Verdict:
    """Who comes first by one column on one data set; `contenders` are one or more, the best first.

    Spreads are over seeds for a quality, and over seeds and runs for a speed. Speeds are compared only under
    equal `conditions`; those on features that were `encoded` beforehand only with each other.
    """

    dataset: str
    column: Column
    contenders: Sequence[Contender]
    over: Literal["seeds", "runs"]
    conditions: Mapping[str, Value] = field(default_factory=dict)
    encoded: bool = False

    @property
    def tied(self) -> Sequence[Contender]:
        """Those who share the first place, which is two or more; empty where one is ahead."""
        sharing = [contender for contender in self.contenders if contender.ties(self.contenders[0])]
        return sharing if len(sharing) > 1 else []

    @property
    def winner(self) -> Contender | None:
        """Who is ahead of all others; None in a tie, or where there are no others."""
        return None if self.tied or len(self.contenders) == 1 else self.contenders[0]

    @property
    def unsure(self) -> bool:
        """Whether the winner may be ahead by chance: it, or who comes next, has no spread."""
        return self.winner is not None and any(rival.spread is None for rival in self.contenders[:2])


@dataclass(frozen=True)
class Circumstances:
    """Where records come from: suites, cells, machines and software.

    cells: how many there are, by status. first, last: when the first and the last were started, UTC in ISO
    8601. seconds: time in all cells. machines, software: facts by name. commits: `commit`, and whether it
    was `dirty`. busy: how many of the cells that are done were disturbed by other programs.
    """

    suites: Sequence[str]
    cells: Mapping[str, int]
    first: str
    last: str
    seconds: float
    machines: Sequence[Mapping[str, Value]] = ()
    devices: Sequence[str] = ()
    software: Sequence[Mapping[str, Value]] = ()
    commits: Sequence[Mapping[str, Value]] = ()
    busy: int = 0


@dataclass(frozen=True)
class Report:
    """Everything that a set of records shows.

    tables: quality first, then one for each table of resources. summary: of all these, the columns that most
    people ask for. verdicts: what is best, one for each data set and figure that ranks on it. fastest: one
    for each phase, data set and condition.
    """

    tables: Sequence[Table]
    summary: Table
    verdicts: Sequence[Verdict]
    fastest: Sequence[Verdict]
    circumstances: Circumstances

    @property
    def missing(self) -> Sequence[Row]:
        """The rows with cells that failed or were skipped."""
        return [row for row in self.tables[0].rows if row.missing]
