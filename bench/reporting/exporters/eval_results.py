"""`.eval_results/*.yaml`: how models on the Hugging Face hub say what they reach on its benchmarks."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from ...api import ExportedCell, Exporter, Sheet, Split
from ...errors import BenchError
from ...hookspecs import hookimpl
from ...toolkit.messages import did_you_mean
from ...toolkit.rendering import file_stem


class EvalResults(Exporter):
    """A YAML file for each row, for the folder `.eval_results` of its model on the Hugging Face hub."""

    name: ClassVar[str] = "eval-results"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"dataset": "owner/name", "task_id": "default"},)

    dataset: str = Field(description="id of the benchmark on the hub, such as cais/hle")
    task_id: str = Field(description="id of the task in the benchmark's eval.yaml")
    of: str | None = Field(None, description="which data set, as tables call it, where there are several")
    split: Split = Field("test", description="which split was evaluated")
    metric: str | None = Field(None, description="which figure of quality; by default the one that ranks")

    def export(self, sheet: Sheet) -> Mapping[str, bytes]:
        """Return a document for each row on the data set.

        Raises BenchError if it is not said which data set, or no row has the figure on the split.
        """
        import yaml

        title = self._title(sheet)
        rows = [row for row in sheet.rows if row[0].data.title == title]
        entries = {_file(row): entry for row in rows if (entry := self._entry(sheet, row)) is not None}
        if not entries:
            figure = self.metric or "the figure that ranks"
            raise BenchError(f"no cell has reported {figure} on {self.split} of '{title}'")
        return {
            file: yaml.safe_dump([entry], sort_keys=False, allow_unicode=True).encode()
            for file, entry in entries.items()
        }

    def _title(self, sheet: Sheet) -> str:
        titles = list(dict.fromkeys(cell.data.title for cell in sheet.cells))
        if self.of is None and len(titles) > 1:
            raise BenchError(f"there are several data sets, {', '.join(titles)}; choose one: --set of=NAME")
        if self.of is not None and self.of not in titles:
            hint = did_you_mean(self.of, titles) or f"; there are {', '.join(titles)}"
            raise BenchError(f"there is no data set '{self.of}'{hint}")
        return self.of or titles[0]

    def _entry(self, sheet: Sheet, row: Sequence[ExportedCell]) -> dict[str, Any] | None:
        metric = self.metric or row[0].ranks_by
        wanted = (metric, self.split)
        columns = [(column.figure.name, column.split) for column in sheet.columns]
        if wanted not in columns:
            return None
        at = columns.index(wanted)
        values = [value for cell in row if isinstance(value := cell.value(at), int | float)]
        if not values:
            return None
        return {
            "dataset": {"id": self.dataset, "task_id": self.task_id},
            "value": statistics.fmean(values),
            "date": max(cell.started for cell in row),
            "notes": f"{' · '.join(row[0].labels.values())}: {self.split} {metric}, {_over(values)}",
        }


def _file(row: Sequence[ExportedCell]) -> str:
    return f"{file_stem(' '.join(row[0].labels.values()))}-{file_stem(row[0].id)[:8]}.yaml"


def _over(values: Sequence[float]) -> str:
    if len(values) == 1:
        return "one seed"
    return f"mean of {len(values)} seeds, standard deviation {statistics.stdev(values):.4g}"


@hookimpl
def bench_exporters() -> list[type[Exporter]]:
    """Return the format."""
    return [EvalResults]
