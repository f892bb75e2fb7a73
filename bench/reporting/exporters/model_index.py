"""The `model-index` of model cards, from which the Hugging Face hub shows results beside a model."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ...api import ExportedCell, Exporter, Sheet
from ...errors import BenchError
from ...hookspecs import hookimpl
from ...toolkit.rendering import file_stem, markdown


class ModelIndex(Exporter):
    """A model card for each row, with its figures of quality in `model-index`: means over seeds."""

    name: ClassVar[str] = "model-index"

    def export(self, sheet: Sheet) -> Mapping[str, bytes]:
        """Return a document for each row.

        Raises BenchError if no cell has reported a quality.
        """
        cards = {_file(row): card for row in sheet.rows if (card := _card(sheet, row)) is not None}
        if not cards:
            raise BenchError("no cell has reported a quality")
        return cards


def _file(row: Sequence[ExportedCell]) -> str:
    return f"{file_stem(_title(row))}-{file_stem(row[0].id)[:8]}.md"


def _title(row: Sequence[ExportedCell]) -> str:
    return " · ".join(row[0].labels.values())


def _card(sheet: Sheet, row: Sequence[ExportedCell]) -> bytes | None:
    import yaml

    metrics = list(_metrics(sheet, row))
    if not metrics:
        return None
    splits = dict.fromkeys(split for split, _ in metrics)
    results = [_result(row, split, [found for on, found in metrics if on == split]) for split in splits]
    front = {
        "metrics": list(dict.fromkeys(found["type"] for _, found in metrics)),
        "model-index": [{"name": _title(row), "results": results}],
    }
    text = yaml.safe_dump(front, sort_keys=False, allow_unicode=True)
    return f"---\n{text}---\n\n# {markdown(_title(row))}\n".encode()


def _metrics(sheet: Sheet, row: Sequence[ExportedCell]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each figure of quality with its split."""
    for at, column in enumerate(sheet.columns):
        values = [value for cell in row if isinstance(value := cell.value(at), int | float)]
        if column.split and values:
            spread = {"std": statistics.stdev(values)} if len(values) > 1 else {}
            yield (
                column.split,
                {
                    "type": column.figure.name,
                    "name": column.title,
                    "value": statistics.fmean(values),
                    "args": {"seeds": len(values), **spread},
                },
            )


def _result(row: Sequence[ExportedCell], split: str, metrics: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    data = row[0].data
    return {
        "task": {"type": data.task},
        "dataset": {"type": data.name, "name": data.title, "split": split},
        "metrics": list(metrics),
    }


@hookimpl
def bench_exporters() -> list[type[Exporter]]:
    """Return the format."""
    return [ModelIndex]
