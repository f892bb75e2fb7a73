"""A report as values: tables and verdicts, which writers render.

Every text in it is on one line and free of control characters; it may still hold what means something in
HTML, Markdown or a spreadsheet, which is the writer's to escape. Two texts have several lines, and no control
characters besides: the suite's, and the end of a log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .breakdown import Confusion
from .comparison import Answer, Comparison, Interval
from .figures import WHOLE, Figure, Value
from .trace import CellTrace


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
    `interval` is given for the figures that rank, and `rank` where there are others to compare with: the
    first and the last place that the row may truly have by it, from 1.
    """

    value: str | int | float | bool
    spread: float | None = None
    run_spread: float | None = None
    n: int = 1
    interval: Interval | None = None
    rank: tuple[int, int] | None = None


@dataclass(frozen=True)
class Row:
    """Cells that differ only in their seed, and were computed alike.

    labels: what tables call them, by axis. settings: how they differ from rows with the same labels, if any.
    conditions: where and how they were measured, as far as the table's rows differ in it and no axis says so.
    seeds: how many cells are done; all figures rest on these. missing: how many are not. reasons: why they
    are not, each with its seeds. runs: how many runs the figures rest on. busy: during how many of these
    other programs kept more than a tenth of the machine's cores busy.
    measurements: one for each column of the table, None where nothing was measured. cells: the ids of all.
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
    cells: Sequence[str] = ()


@dataclass(frozen=True)
class Table:
    """Rows by data set, the best first, those without any figure last."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Contender:
    """What takes part in a verdict: its title, and its mean and standard deviation over `n` seeds or runs.

    The spread of a single one is None. `interval` is that of the mean alone; None where it cannot be told.
    `rank`: the first and the last place that it may truly have, from 1, right for all contenders together.
    `busy`: in how many runs the machine was busy with something else. `alike`: all seeds gave the same to
    the last example, so they count as one. `cells`: the ids of the cells it rests on.
    """

    title: str
    mean: float
    spread: float | None
    n: int
    rank: tuple[int, int]
    interval: Interval | None = None
    busy: int = 0
    alike: bool = False
    cells: Sequence[str] = ()


@dataclass(frozen=True)
class Verdict:
    """Who comes first by one column on one data set, and how sure that is.

    contenders: one or more, the best mean first. chosen: the position of the one to take; `chosen_on` is the
    split that says so: `val`, where all have figures on it, or the ranking split itself. In that case
    `corrected` is the chosen one's mean without what it owes to having been chosen.
    comparisons: the chosen one against each other contender, in their order, without itself. All hold
    together with `confidence`. margin: within what difference two are the same, 0 if none was asked for.
    examples: how many examples all have in common, None where what these contribute was not kept.
    Speeds are compared only under equal `conditions`; those on features that were `encoded` beforehand only
    with each other.
    """

    dataset: str
    column: Column
    contenders: Sequence[Contender]
    over: Literal["seeds", "runs"]
    chosen: int = 0
    chosen_on: str = ""
    corrected: float | None = None
    comparisons: Sequence[Comparison] = ()
    confidence: float = 0.95
    margin: float = 0.0
    examples: int | None = None
    conditions: Mapping[str, Value] = field(default_factory=dict)
    encoded: bool = False

    @property
    def best(self) -> Contender:
        """The contender to take."""
        return self.contenders[self.chosen]

    @property
    def rivals(self) -> Sequence[tuple[Contender, Comparison]]:
        """Each other contender, with what the best is to it."""
        others = [rival for at, rival in enumerate(self.contenders) if at != self.chosen]
        return list(zip(others, self.comparisons, strict=True))

    def those(self, *answers: Answer) -> Sequence[Contender]:
        """The contenders to which the best is any of these."""
        return [rival for rival, comparison in self.rivals if comparison.answer in answers]

    @property
    def winner(self) -> Contender | None:
        """The best, if it is surely better than each other; None if it is not, or there are no others."""
        return self.best if self.rivals and len(self.those("better")) == len(self.rivals) else None


@dataclass(frozen=True)
class Ranks:
    """Mean ranks over data sets of those that were measured on all of them.

    means: by title, the best first; 1 is the best, and ties share their rank. critical: by how much two must
    differ in Nemenyi's test (Demsar 2006). That is for a picture: what is better by ranks hangs on who else
    takes part.
    """

    means: Mapping[str, float]
    critical: float


@dataclass(frozen=True)
class Across:
    """Contenders over several data sets, one column.

    datasets: those on which two or more of `titles` were measured. titles: those that were on two data sets
    or more, in the order of their normalised scores. scores: of each title on each data set,
    `[titles][datasets]`, None where it is missing there. normalised: the mean over data sets of each score,
    scaled so that the worst of a data set has 0 and the best 1. records: of each title against each other,
    `[titles][titles]`, on how many data sets it is surely better, neither, surely worse. comparisons: the
    first title against each other, data sets being a random sample. note: what cannot be concluded from so
    few data sets, empty if nothing. ranks: None where a rank test could conclude nothing from them.
    """

    column: Column
    datasets: Sequence[str]
    titles: Sequence[str]
    scores: Sequence[Sequence[float | None]]
    normalised: Sequence[float]
    records: Sequence[Sequence[tuple[int, int, int]]]
    comparisons: Sequence[Comparison]
    note: str = ""
    ranks: Ranks | None = None


@dataclass(frozen=True)
class Extent:
    """How much was compared on a data set: rows that are done, and from how few to how many each of them had.

    seeds: of each row. classes: 0 if there are none, or they are not known. examples: by split. steps: of
    training. settings: of backbones, objectives, batches and limits, those that all cells share, by name.
    notes: of records, and how many have each, the most frequent first. cells: how many are done.
    """

    dataset: str
    rows: int
    seeds: tuple[int, int]
    classes: int = 0
    examples: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    steps: tuple[int, int] | None = None
    settings: Mapping[str, Value] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)
    cells: int = 0


@dataclass(frozen=True)
class Circumstances:
    """Where records come from: suites, cells, machines and software.

    cells: how many there are, by status. first, last: when the first and the last were started, UTC in ISO
    8601. seconds: time in all cells. machines, software: facts by name. commits: `commit`, and whether it
    was `dirty`. busy: how many of the cells that are done were disturbed by other programs. suite: the text
    of the suite that was run last, as YAML, empty if it was not kept. extents: one for each data set.
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
    suite: str = ""
    extents: Sequence[Extent] = ()


@dataclass(frozen=True)
class RowBreakdown:
    """The figures of a row on a split, part by part.

    labels, settings: what the row is called, as in `Row`. axis: what a part is called. parts: their names.
    figures: what was measured of each. measurements: `[parts][figures]`, over the row's cells; None where
    undefined. overall: of the whole, for each figure, as the tables have it; None where the task has no
    figure of that name. confusions: all that occurred in any cell, added up; empty where parts cannot be
    confused. cells: the ids of those that it rests on.
    """

    labels: Mapping[str, str]
    settings: str
    split: str
    axis: str
    parts: Sequence[str]
    figures: Sequence[Figure]
    measurements: Sequence[Sequence[Measurement | None]]
    overall: Sequence[Measurement | None]
    confusions: Sequence[Confusion]
    cells: Sequence[str]


@dataclass(frozen=True)
class Report:
    """Everything that a set of records shows.

    tables: quality first, then one for each table of resources. summary: of all these, the columns that most
    people ask for. verdicts: what is best, one for each data set and figure that ranks on it. fastest: one
    for each phase, data set and condition. across: one for each figure that ranks on several data sets.
    cells: what there is to look at of each cell, by its id. breakdowns: of rows whose predictions were kept,
    in the order of the first table, if these were asked for.
    """

    tables: Sequence[Table]
    summary: Table
    verdicts: Sequence[Verdict]
    fastest: Sequence[Verdict]
    circumstances: Circumstances
    across: Sequence[Across] = ()
    cells: Mapping[str, CellTrace] = field(default_factory=dict)
    breakdowns: Sequence[RowBreakdown] = ()

    @property
    def missing(self) -> Sequence[Row]:
        """The rows with cells that failed or were skipped."""
        return [row for row in self.tables[0].rows if row.missing]
