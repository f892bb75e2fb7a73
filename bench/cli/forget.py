"""`bench forget`: delete results, so that `bench run` makes them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import NothingSelected
from . import options

if TYPE_CHECKING:
    from ..planning.cell import Training
    from ..records.forgetting import Forgettable
    from ..records.record import Record
    from ..records.store import Store
    from ..registry import Registry


def forget(
    cells: Annotated[
        list[str],
        typer.Argument(
            metavar="CELL|PATTERN...",
            help="Ids, beginnings of ids, or what titles contain or fit as shell patterns.",
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    results: Annotated[Path, typer.Option(help="Results folder of a suite, or the folder of these.")] = Path(
        "results"
    ),
    plugin: options.PluginFiles = None,
) -> None:
    """Delete what is kept of cells, after showing it: records, predictions, models, checkpoints, logs."""
    from ..records.find import suite_folders
    from ..records.forgetting import remove
    from ..records.store import Store
    from .tables import loaded

    registry = loaded(plugin)
    with ExitStack() as claims:
        found: dict[Path, list[Forgettable]] = {}
        for store in map(Store, suite_folders(results)):
            if _chosen(store, cells):
                claims.enter_context(store.claim())
                found[store.folder] = list(_forgettable(store, cells, registry))
        if not found:
            named = ", ".join(f"'{word}'" for word in cells)
            raise NothingSelected(f"no cell in {results} has an id or a title like {named}")
        print("\n".join(_shown(found)))
        if not yes and not typer.confirm("Delete?"):
            print("nothing was deleted")
            raise typer.Exit(1)
        for item in [item for items in found.values() for item in items]:
            remove(item.paths)
    print("deleted; `bench run` runs these cells again, `bench report FOLDER` makes the tables without them")


def _chosen(store: Store, words: Sequence[str]) -> dict[str, str]:
    """Return the ids that are meant, and what each cell is called."""
    from ..planning.titles import fits, title

    titles = {record.id: title(record.labels, record.seed) for record in store.records()}
    return {
        id: titles.get(id, "its record cannot be read")
        for id in store.ids()
        if any(word and (id.startswith(word) or fits(titles.get(id, ""), word)) for word in words)
    }


def _forgettable(store: Store, words: Sequence[str], registry: Registry) -> Iterator[Forgettable]:
    from ..records.forgetting import Forgettable, children_of, kept_of

    records = {record.id: record for record in store.records()}
    chosen = _chosen(store, words)
    for id, name in chosen.items():
        training = _training(records[id], registry) if id in records else None
        children = [child for child in children_of(records.values(), id) if child.id not in chosen]
        yield Forgettable(id, name, kept_of(store, id, *(training or ())), children)


def _training(record: Record, registry: Registry) -> Training | None:
    """Return what the end of a cell's training is kept under; None if its objective no longer says."""
    from pydantic import ValidationError

    from ..errors import BenchError
    from ..planning.cell import Training

    try:
        objective = registry.create("objective", record.cell["objective"])
    except (BenchError, ValidationError):
        return None
    return Training.of(record.identity, objective)


def _shown(found: dict[Path, list[Forgettable]]) -> Iterator[str]:
    from ..planning.titles import title
    from ..toolkit.rendering import plain

    for folder, items in found.items():
        for item in items:
            kinds = ", ".join(sorted({str(path.relative_to(folder).parts[0]) for path in item.paths}))
            yield f"{folder}: {item.id}  {plain(item.title)}: {kinds}, {item.bytes / 2**20:.1f} MiB"
            for child in item.children:
                name = plain(title(child.labels, child.seed))
                yield f"  {child.id}  {name} started from its encoder, and stays"
    count = sum(map(len, found.values()))
    yield "1 cell" if count == 1 else f"{count} cells"
