"""What records say of their figures, gathered once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..api import Role
from ..records.record import Facts, Record

RATE = "samples/s"

UNKNOWN = Facts()


class Catalogue:
    """The facts of figures by table and name. Of figures with one name those of the first record count."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.tables: dict[str, Mapping[str, Facts]] = {}
        # Thousands of records have their facts in common, as one and the same object.
        for facts in {id(record.figures): record.figures for record in records}.values():
            for table, figures in facts.items():
                known = self.tables.get(table, {})
                if not figures.keys() <= known.keys():
                    self.tables[table] = {**figures, **known}

    def facts(self, table: str, name: str) -> Facts:
        """Return what is known of a figure; that may be nothing but its name."""
        return self.tables.get(table, {}).get(name, UNKNOWN)

    def playing(self, role: Role) -> dict[str, list[str]]:
        """Return the names of the figures that have a role, by table."""
        return {
            table: [name for name, facts in figures.items() if facts.role == role]
            for table, figures in self.tables.items()
        }

    def speeds(self) -> list[tuple[str, str]]:
        """Return the table and name of each figure that cells are ranked by for how fast they are."""
        return [
            (table, name)
            for table, figures in self.tables.items()
            for name, facts in figures.items()
            if facts.unit == RATE and facts.better == "higher" and facts.headline > 0
        ]
