"""How cells of a results folder ended, read without all else that their records hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..toolkit.files import read_regular
from .store import Store


class Outcome(BaseModel):
    """How a cell ended; the same part of a record in all formats. What is called what, `Record` tells."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["done", "failed", "skipped"]
    reason: str | None = None
    seconds: float
    row: str | None = None


def read_outcomes(folder: Path, ids: Iterable[str]) -> dict[str, Outcome]:
    """Return how those of some cells ended that have a record in a results folder; none if it is not there.

    A file that is no record is passed over, as if the cell had not run.
    """
    store = Store(folder)
    there = {path.stem for path in folder.glob("cells/*.json")}
    found: dict[str, Outcome] = {}
    if not there:
        return found
    for id in ids:
        if id in there:
            try:
                found[id] = Outcome.model_validate_json(read_regular(store.record_path(id)))
            except (OSError, ValueError):
                continue
    return found
