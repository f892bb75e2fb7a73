"""What must be equal for figures of several records to be averaged or compared."""

from __future__ import annotations

from typing import Any

from ..api import Value
from .record import Record

Condition = tuple[Any, ...]

BATCHES = ("batch_size", "micro_batches", "eval_batch_size")
"""In what portions its examples went through a network."""

USED = ("precision", *BATCHES, "threads", "governor", "shared", "anew")
"""What a cell's record says of how it was computed, and speeds depend on."""


def quality_condition(record: Record) -> Condition:
    """Return what must be equal for qualities to be averaged: what was really used."""
    return tuple(record.effective.get(name) for name in ("precision", "batch_size"))


def resource_condition(record: Record) -> Condition:
    """Return what must be equal for speeds to be averaged or ranked: machine and device besides."""
    used = (record.effective.get(name) for name in ("device_name", *USED))
    return (machine_of(record), device_kind(record), *used)


def conditions_of(record: Record) -> dict[str, Value]:
    """Return where and how a record was measured, by name."""
    used = {name: record.effective.get(name) for name in ("device_name", *USED)}
    return {"machine": machine_of(record), "device": device_kind(record), **used}


def machine_of(record: Record) -> str:
    """Return the digest that is equal on machines of one kind."""
    return str(record.machine.get("id", ""))


def device_kind(record: Record) -> str:
    """Return `cpu`, `cuda`, ...: which of several equal devices it was makes no difference."""
    return str(record.effective.get("device") or "").partition(":")[0]
