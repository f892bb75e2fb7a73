"""JSON lines: an object a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ...api import Exporter, Sheet
from ...hookspecs import hookimpl
from ...toolkit.rendering import cell_columns
from ...toolkit.strict_json import to_json


class Jsonl(Exporter):
    """A JSON object a line, each a cell; null where nothing was measured."""

    name: ClassVar[str] = "jsonl"

    def export(self, sheet: Sheet) -> Mapping[str, bytes]:
        """Return one document."""
        titles, columns = zip(*cell_columns(sheet), strict=True)
        lines = [to_json(dict(zip(titles, line, strict=True))) for line in zip(*columns, strict=True)]
        return {"cells.jsonl": "".join(f"{line}\n" for line in lines).encode()}


@hookimpl
def bench_exporters() -> list[type[Exporter]]:
    """Return the format."""
    return [Jsonl]
