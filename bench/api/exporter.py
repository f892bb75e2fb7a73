"""Exporters: formats of other programs, and the cells of results as these are given them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Literal

from .examples import Split
from .figures import Value
from .plugin import Plugin
from .report import Column


@dataclass(frozen=True)
class ExportedData:
    """What cells tell of a data set.

    title: what tables call it. name: the plugin's. task: the name of the task it was used for. fingerprint:
    the digest of its content. examples: how many of each split a cell has used at most; classes: how many
    there are; both empty or 0 where no cell has got that far.
    """

    title: str
    name: str
    task: str
    fingerprint: str
    examples: Mapping[Split, int] = field(default_factory=dict)
    classes: int = 0
    licence: str | None = None


@dataclass(frozen=True)
class ExportedCell:
    """One cell.

    row: equal for cells that differ only in their seed. labels: what tables call it, by axis. ranks_by: the
    name of the figure that ranks. data: one of the sheet's. conditions: where and how it was computed, such
    as `machine`, `device`, `precision`, `batch_size`; empty where it is not done. runs: what each run
    measured, one sequence for each column of the sheet, empty where nothing was. started: UTC in ISO 8601.
    seconds: how long the cell took. machine, software, commit: facts by name.
    """

    id: str
    row: str
    suite: str
    labels: Mapping[str, str]
    seed: int
    status: Literal["done", "failed", "skipped"]
    ranks_by: str
    data: ExportedData
    runs: Sequence[Sequence[Value]]
    reason: str = ""
    conditions: Mapping[str, Value] = field(default_factory=dict)
    started: str = ""
    seconds: float = 0.0
    machine: Mapping[str, Value] = field(default_factory=dict)
    software: Mapping[str, Value] = field(default_factory=dict)
    commit: Mapping[str, Value] = field(default_factory=dict)

    def value(self, at: int) -> Value:
        """Return what there is of a column, by its position; None where nothing was measured.

        It is what all runs say; of numbers that differ the mean, otherwise all that they say.
        """
        runs = self.runs[at]
        if len(set(runs)) < 2:
            return runs[0] if runs else None
        numbers = [run for run in runs if isinstance(run, int | float) and not isinstance(run, bool)]
        if len(numbers) == len(runs):
            return fsum(numbers) / len(numbers)
        return "/".join(dict.fromkeys(map(str, runs)))


@dataclass(frozen=True)
class Sheet:
    """The cells of results, each once.

    columns: all figures that any cell has, quality first. Every text is on one line and free of control
    characters; it may still hold what means something in the format that is written.
    """

    columns: Sequence[Column]
    cells: Sequence[ExportedCell]
    data: Sequence[ExportedData]

    @property
    def rows(self) -> Sequence[Sequence[ExportedCell]]:
        """The cells that are done, in rows: those that differ only in their seed, each seed once.

        What was computed in unlike precision, or in batches of another size, is never in one row.
        """
        rows: dict[tuple[Value, ...], dict[int, ExportedCell]] = {}
        for cell in self.cells:
            if cell.status == "done":
                used = (cell.conditions.get(name) for name in ("precision", "batch_size"))
                rows.setdefault((cell.row, *used), {}).setdefault(cell.seed, cell)
        return [list(row.values()) for row in rows.values()]


class Exporter(Plugin):
    """A format of other programs. Its fields are settings: `bench export ... --set KEY=VALUE`."""

    @abstractmethod
    def export(self, sheet: Sheet) -> Mapping[str, bytes]:
        """Return documents by file name, such as `cells.parquet`; the same sheet gives the same bytes.

        Names are plain: letters, digits, `.`, `_` and `-`, and no dot at the start. Raises BenchError where
        the sheet holds nothing that can be said in this format, or a setting is missing.
        """
