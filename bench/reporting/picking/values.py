"""A pick as values: what was wished for, how each row stands to it, and which one to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ...api import Column, Comparison, Interval, Value
from ...statistics import spent

Standing = Literal["within", "outside", "open", "unmeasured"]
"""How a row stands to a limit: surely within it, surely not, it may be either, or nothing was measured."""

ALPHA = 0.05
"""How often limits may be broken by what is recommended, over all looks together."""

TINY = 1e-12
"""What stands for a limit of 0, of which nothing is a share."""


def spelled(number: float) -> str:
    """Return a number in full, a whole one without its decimal point."""
    return repr(number).removesuffix(".0")


@dataclass(frozen=True)
class Limit:
    """The most or the least that a column may be; `column` is its title, or a metric on the ranking split."""

    column: str
    bound: float
    most: bool

    @property
    def option(self) -> str:
        """How the command line spells it."""
        return f"--{'max' if self.most else 'min'} {self.column}={spelled(self.bound)}"

    def allows(self, value: float) -> bool:
        """Tell whether a value is within the limit."""
        return value <= self.bound if self.most else value >= self.bound


@dataclass(frozen=True)
class Wish:
    """What is asked for: limits, the title of the column to choose by, empty for the metric that ranks.

    dataset: the label of the only one to look at, empty for all. margin: within what difference two are the
    same. look: how often this was asked, 1 for the first time, as more is measured in between. plugins: files
    of plugins that were given, which what is run next needs, too.
    """

    limits: Sequence[Limit] = ()
    goal: str = ""
    dataset: str = ""
    margin: float = 0.0
    look: int = 1
    plugins: Sequence[str] = ()

    @property
    def alpha(self) -> float:
        """How often any statement of this look may be wrong, so that all looks together are in 5 %."""
        return spent(ALPHA, self.look)


@dataclass(frozen=True)
class Held:
    """How a row stands to a limit.

    column: what the limit is on. value: the row's. bound: what the row surely is at most where the limit is
    the most that it may be, and at least where it is the least; the other way round of a row that is outside.
    None where that cannot be told. over: what this rests on, such as `3 seeds`.
    """

    limit: Limit
    column: Column
    standing: Standing
    value: float | None = None
    bound: float | None = None
    over: str = ""

    @property
    def excess(self) -> float:
        """By what share of the limit the value is beyond it, 0 if it is not."""
        if self.value is None or self.limit.allows(self.value):
            return 0.0
        return abs(self.value - self.limit.bound) / max(abs(self.limit.bound), TINY)


@dataclass(frozen=True)
class Option:
    """A row that could be taken.

    values: its means by the title of a column, of those that count; cells: the ids of what they rest on.
    interval: that of the column to choose by. front: no other row within the limits is at least as good in
    everything. comparison: the one to take against this one. ratios: by the title of a column that has a
    price, how many times this one's value is that of the one to take, where it is surely cheaper.
    """

    title: str
    cells: Sequence[str]
    seeds: int
    values: Mapping[str, float]
    held: Sequence[Held] = ()
    interval: Interval | None = None
    front: bool = False
    comparison: Comparison | None = None
    ratios: Mapping[str, float] = field(default_factory=dict)

    @property
    def excess(self) -> float:
        """By what share of it the value is beyond the limit that it breaks most, 0 if it breaks none."""
        return max((held.excess for held in self.held), default=0.0)

    @property
    def state(self) -> Standing:
        """How it stands to all limits together."""
        found = {held.standing for held in self.held}
        order: tuple[Standing, ...] = ("unmeasured", "outside", "open")
        return next((standing for standing in order if standing in found), "within")


@dataclass(frozen=True)
class Step:
    """What is open, and the command that may tell; empty where no command would."""

    why: str
    command: str


@dataclass(frozen=True)
class Pick:
    """What to take for a data set.

    place: on which machine and how the limits were measured, as far as there are several. column: what to
    choose by, as it is reported. chosen_on: the title of the column that chose. priced: the columns that have
    a price. quality: the metric that ranks, where that is not what to choose by. options: all rows, those
    within the limits first, the best of them first. taken: the one to take, None if none is surely within the
    limits. otherwise: how often a resample of seeds and examples would take another. corrected: the value of
    the one to take without what it owes to having been chosen by it, where val did not choose. closest: what
    comes closest where none is taken. examples: how many examples all rows have in common. next: what remains
    open.
    """

    dataset: str
    column: Column
    chosen_on: str
    options: Sequence[Option]
    place: Mapping[str, Value] = field(default_factory=dict)
    priced: Sequence[Column] = ()
    quality: Column | None = None
    taken: Option | None = None
    otherwise: float | None = None
    corrected: float | None = None
    closest: Option | None = None
    examples: int | None = None
    confidence: float = 0.95
    margin: float = 0.0
    next: Sequence[Step] = ()


@dataclass(frozen=True)
class Overall:
    """What to take for several data sets alike.

    title: of the row with the best mean of normalised scores among those within the limits on each data set;
    None if there is none. scores: these means by title; on a data set the best row has 1, the worst 0. note:
    what cannot be concluded of other data sets, empty if nothing.
    """

    datasets: Sequence[str]
    chosen_on: str
    scores: Mapping[str, float]
    title: str | None
    note: str = ""


@dataclass(frozen=True)
class Picks:
    """What to take: for each data set, and over all that share rows."""

    wish: Wish
    picks: Sequence[Pick]
    overall: Sequence[Overall] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Why rows that failed or were skipped have nothing to choose by, by title."""

    @property
    def decided(self) -> bool:
        """Whether anything can be recommended."""
        return any(pick.taken for pick in self.picks)
