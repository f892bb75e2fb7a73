"""The records of some results folders, each once, and the predictions kept beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..api import Split
from ..errors import StoreError
from .contributions import Contributions
from .record import Record
from .store import Store

Key = tuple[str, str, str]


class Results:
    """What some folders hold. A record that is in several of them, as a copied folder's, is there once.

    unreadable: what was passed over, a line each.
    """

    def __init__(self, stores: Sequence[Store]) -> None:
        self.stores = stores
        self.unreadable: list[str] = []
        self._owners: dict[Key, Store] = {}
        records: dict[Key, Record] = {}
        for store in stores:
            for record in store.records():
                records.setdefault(_key(record), record)
                self._owners.setdefault(_key(record), store)
            self.unreadable += store.unreadable
        self.records: Sequence[Record] = list(records.values())

    @classmethod
    def of(cls, *folders: Path) -> Results:
        """Return what suites' results folders hold."""
        return cls([Store(folder) for folder in folders])

    def store(self, record: Record) -> Store:
        """Return the store that a record is in."""
        return self._owners[_key(record)]

    def predictions(self, record: Record, only: str | None = None) -> Mapping[Split, Contributions] | None:
        """Return what the examples of a cell contribute, by split; None where it was not kept.

        only: the name of a statistic; those with other names are not read.
        """
        path = self.store(record).predictions_path(record.id)
        if not path.exists():
            return None
        from .predictions import (
            read_predictions,  # loads pyarrow, which a report without these need not wait for
        )

        try:
            return read_predictions(path, only)
        except StoreError:
            return None

    def classes(self, record: Record) -> tuple[str, ...]:
        """Return the names of the classes of a cell's data; none where predictions were kept without."""
        from .predictions import read_classes

        try:
            return read_classes(self.store(record).predictions_path(record.id))
        except StoreError:
            return ()


def _key(record: Record) -> Key:
    """Return what tells one measurement of a cell from another, of the same cell elsewhere or earlier."""
    return (record.id, record.started, str(record.machine.get("id", "")))
