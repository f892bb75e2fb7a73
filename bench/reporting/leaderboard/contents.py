"""What data sets are called where many folders come together: one name for one content."""

from __future__ import annotations

from collections.abc import Sequence

from ...planning.identity import digest
from ...records.record import Record
from ..evidence import data_of

DATASET = "dataset"
"""The axis of data sets."""

EVALUATED = ("val_examples", "test_examples")
"""The limits that say on how many examples quality is measured."""

SHORT = 6
"""Hexadecimal digits that tell data sets of one name apart."""


def told_apart(records: Sequence[Record]) -> list[Record]:
    """Return records whose data sets have different names where not the same is asked of the same data."""
    contents: dict[str, dict[str, None]] = {}
    digests = [_content(record) for record in records]
    for record, content in zip(records, digests, strict=True):
        contents.setdefault(record.labels.get(DATASET, ""), {})[content] = None
    return [
        _renamed(record, content) if len(contents[record.labels.get(DATASET, "")]) > 1 else record
        for record, content in zip(records, digests, strict=True)
    ]


def _content(record: Record) -> str:
    limits = record.identity.get("limits") or {}
    evaluated = [limits.get(name) for name in EVALUATED]
    return digest([data_of(record), record.identity.get("task"), evaluated])


def _renamed(record: Record, content: str) -> Record:
    name = f"{record.labels.get(DATASET, '')} ({content[:SHORT]})"
    return record.model_copy(update={"labels": {**record.labels, DATASET: name}})
