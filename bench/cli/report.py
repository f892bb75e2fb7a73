"""`bench report`: make the tables again from the records alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import StoreError
from . import options


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a suite's results, such as results/vision.")],
    as_json: options.Json = False,
) -> None:
    """Rebuild and print the tables of a results folder from its records."""
    from .tables import no_collection

    with no_collection():
        _report(folder, as_json)


def _report(folder: Path, as_json: bool) -> None:
    from ..records.store import Store
    from ..reporting import Standings, verdicts, write_tables
    from .tables import print_tables, warn_unreadable

    store = Store(folder)
    records = store.records()
    warn_unreadable(store)
    if not records:
        raise StoreError(f"{folder}: holds no records; give the folder that `bench run` made for a suite")
    standings = Standings(records)
    tables = write_tables(folder, standings)
    if as_json:
        found = {name: _plain(table) for name, table in tables.items()}
        print(json.dumps({"tables": found, "verdicts": verdicts(standings)}, indent=1))
    else:
        print_tables(tables, standings)


def _plain(table: Any) -> list[dict[str, Any]]:
    """Return a table's rows as JSON data, null where nothing was measured."""
    rows: list[dict[str, Any]] = table.astype("object").where(table.notna(), None).to_dict("records")
    return rows
