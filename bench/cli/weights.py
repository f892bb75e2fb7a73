"""`bench weights`: trained encoders, for use elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options

app = typer.Typer(help="Take trained encoders elsewhere.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def weights() -> None:
    """Take trained encoders elsewhere."""


@app.command()
def export(
    cell: Annotated[str, typer.Argument(help="Id of a finished cell, its beginning, or its record's path.")],
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="New folder, for weights and model card.")],
    results: Annotated[Path, typer.Option(help="Folder with the folders of suites.")] = Path("results"),
    plugin: options.PluginFiles = None,
) -> None:
    """Write a cell's encoder under the names its own library uses, with a model card."""
    from ..records.find import find_cell
    from ..registry import load
    from ..reporting.model_card import write_model_card
    from ..trial.export import export_encoder

    store, record = find_cell(cell, results)
    made, loading = export_encoder(store, record, load(plugin or []), to)
    write_model_card(to, made, record, loading)
    print(f"{made.title}\n{to}: {', '.join(sorted(path.name for path in to.iterdir()))}\n\n{loading}")
