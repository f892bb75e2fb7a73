"""`bench weights`: trained models, for use elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options

app = typer.Typer(help="Take trained models elsewhere.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def weights() -> None:
    """Take trained models elsewhere."""


@app.command()
def export(
    cell: options.CellId,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="New folder, for weights and model card.")],
    results: options.ResultsRoot = Path("results"),
    plugin: options.PluginFiles = None,
) -> None:
    """Write a cell's model under the names its own library uses, with a model card."""
    from ..records.find import find_cell
    from ..registry import load
    from ..reporting.model_card import write_model_card
    from ..trial.export import export_model

    store, record = find_cell(cell, results)
    exported = export_model(store, record, load(plugin or []), to)
    write_model_card(to, exported, record)
    print(f"{exported.cell.title}\n{to}: {', '.join(sorted(path.name for path in to.iterdir()))}\n")
    if exported.lack:
        print(f"The encoder alone: {exported.lack}\n")
    print(exported.python)
