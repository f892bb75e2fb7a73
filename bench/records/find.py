"""Finding results: the folders of suites, and one cell among all of them."""

from __future__ import annotations

import glob
from pathlib import Path

from ..errors import StoreError
from .record import Record
from .store import Store

NAMED = 3
"""How many ids a message names."""


def suite_folders(*paths: Path) -> list[Path]:
    """Return the results folders of suites that paths are, or that lie in them.

    Raises StoreError for a path with no records.
    """
    found: list[Path] = []
    for path in paths:
        inside = [cells.parent for cells in sorted((*path.glob("cells"), *path.glob("*/cells")))]
        if not inside:
            raise StoreError(f"{path}: holds no records; give the folder that `bench run` wrote into")
        found += inside
    return list(dict.fromkeys(found))


def find_cell(wanted: str, results: Path) -> tuple[Store, Record]:
    """Return the record of a cell, and the store it is in.

    `wanted` is its id, a prefix that no other cell in `results/*` has, or the path of its record.
    Of a cell that several suites share, one whose encoder was kept comes first.

    Raises StoreError if there is no such cell, or more than one, or its record cannot be read.
    """
    paths = _paths(wanted, results)
    ids = sorted({path.stem for path in paths})
    if not ids:
        raise StoreError(
            f"there is no record of a cell '{wanted}' in {results}; "
            "`bench plan SUITE` shows the ids, --results names another folder"
        )
    if len(ids) > 1:
        named = ", ".join(ids[:NAMED]) + (", ..." if len(ids) > NAMED else "")
        raise StoreError(
            f"'{wanted}' begins the ids of {len(ids)} cells in {results}: {named}; give more of it"
        )
    found = [_read(path) for path in paths]
    kept = (pair for pair in found if pair[0].artifact_path(pair[1].id).exists())
    return next(kept, found[0])


def _paths(wanted: str, results: Path) -> list[Path]:
    if "/" in wanted or wanted.endswith(".json"):
        path = Path(wanted)
        return [path] if path.is_file() else []
    return sorted(results.glob(f"*/cells/{glob.escape(wanted)}*.json"))


def _read(path: Path) -> tuple[Store, Record]:
    store = Store(path.absolute().parents[1])
    record = store.get(path.stem)
    if record is None:
        faults = [*store.unreadable, f"{path}: is not in the folder `cells` of a suite's results"]
        raise StoreError(faults[0])
    return store, record
