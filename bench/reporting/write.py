"""Writing the tables of a results folder."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from ..records.files import write_atomic
from .page import summary_page
from .render import cells, to_csv, to_markdown
from .rows import Standings
from .tables import all_tables


def write_tables(folder: Path, standings: Standings) -> dict[str, pd.DataFrame]:
    """Write each table as .csv and .md and the summary as summary.md; return the tables by name.

    Raises StoreError if the folder cannot be written.
    """
    made = all_tables(standings)
    for name, table in made.items():
        if name == "summary":
            _write(folder / "summary.md", summary_page(standings, table))
        else:
            _write(folder / f"{_file_name(name)}.csv", to_csv(table))
            _write(folder / f"{_file_name(name)}.md", to_markdown(cells(table)))
    return made


def _file_name(table: str) -> str:
    # Meters name tables, and a record may come from anywhere: no name may lead out of the folder.
    return re.sub(r"[^a-z0-9_-]", "_", table.lower())


def _write(path: Path, text: str) -> None:
    write_atomic(path, text.encode())
