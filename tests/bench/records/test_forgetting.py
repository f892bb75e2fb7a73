"""Forgetting: what is kept of a cell, and its removal."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.records.forgetting import kept_of, remove
from bench.records.store import Store


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    return path


def test_the_end_of_a_training_is_kept_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    record, end = write(store.record_path("a")), write(store.kept_checkpoint_path("t", 3))
    write(store.kept_checkpoint_path("t", 5))
    assert kept_of(store, "a", "t", 3) == [record, end]
    assert kept_of(store, "a") == [record]


def test_ids_that_begin_alike_are_others(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for id in ("a", "ab"):
        write(store.record_path(id))
        write(store.log_path(f"{id}-run2"))
    assert kept_of(store, "a") == [store.record_path("a"), store.log_path("a-run2")]


def test_the_record_goes_last(tmp_path: Path) -> None:
    store = Store(tmp_path)
    record, head = write(store.record_path("a")), write(store.head_path("a"))
    (tmp_path / "gone").write_text("")
    faulty = tmp_path / "gone" / "below a file"
    with pytest.raises(StoreError, match="cannot be removed"):
        remove([record, faulty, head])
    assert record.exists()
    assert not head.exists()
