"""Records come back from disk as they were, and what is no record is passed over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import StoreError
from bench.records.record import Record
from bench.records.store import Store

HOLDER = """
import sys
from pathlib import Path
from bench.records.store import Store

with Store(Path(sys.argv[1])).claim():
    print("held", flush=True)
    sys.stdin.readline()
"""

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NUMBERS | TEXTS
READINGS = st.dictionaries(TEXTS, st.dictionaries(TEXTS, VALUES, max_size=3), max_size=3)
TABLES = st.dictionaries(TEXTS, READINGS, max_size=2)


def make(id: str = "0123456789abcdef", **changes: object) -> Record:
    parts = {
        "id": id,
        "suite": "tiny",
        "status": "done",
        "row": "fedcba9876543210",
        "labels": {"backbone": "layers/8"},
        "seed": 0,
        "primary": "accuracy",
        "cell": {},
        "identity": {},
        "started": "2026-01-01T00:00:00+00:00",
        "seconds": 1.5,
    }
    return Record.model_validate({**parts, **changes})


@settings(deadline=None, max_examples=100)
@given(
    TABLES,
    st.dictionaries(TEXTS, st.dictionaries(TEXTS, NUMBERS, max_size=3), max_size=2),
    TEXTS,
    st.lists(TEXTS),
)
def test_a_record_survives_text(
    resources: dict[str, dict[str, dict[str, object]]],
    quality: dict[str, dict[str, float]],
    reason: str,
    notes: list[str],
) -> None:
    record = make(resources=resources, quality=quality, reason=reason, notes=notes)
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_a_record_comes_back(tmp_path: Path) -> None:
    store, record = Store(tmp_path), make(quality={"test": {"accuracy": 0.5}})
    store.put(record)
    assert store.get(record.id) == record
    assert store.records() == [record]
    assert store.unreadable == []


def test_a_newer_record_takes_the_place_of_an_older(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put(make(status="failed", reason="it was dark"))
    store.put(make())
    assert [record.status for record in store.records()] == ["done"]


def test_records_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for id in ("b", "c", "a"):
        store.put(make(id))
    assert [record.id for record in store.records()] == ["a", "b", "c"]


def test_there_is_no_record_where_there_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path / "nowhere")
    assert store.get("a") is None
    assert store.records() == store.unreadable == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'{"id": "broken", "suite": "ti',
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"format": 1, "id": "broken", "suite": "tiny", "primary": "accuracy"}',
        make("broken").model_dump_json().replace('"done"', '"well"').encode(),
        make("broken").model_dump_json().replace('"seed":0', '"seed":"none"').encode(),
    ],
    ids=["empty", "truncated", "list", "null", "binary", "not-as-its-format", "status", "value"],
)
def test_what_is_no_record_is_passed_over_and_named(tmp_path: Path, text: bytes) -> None:
    store = Store(tmp_path)
    store.put(make("good"))
    store.record_path("broken").write_bytes(text)
    assert [record.id for record in store.records()] == ["good"]
    assert store.get("good") is not None
    (line,) = store.unreadable
    assert line.startswith(f"{store.record_path('broken')}: passed over, not a record: ")
    assert "\n" not in line


def test_a_pipe_among_records_is_passed_over(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put(make("good"))
    os.mkfifo(store.record_path("pipe"))
    assert [record.id for record in store.records()] == ["good"]
    assert store.unreadable == [f"{store.record_path('pipe')}: passed over, not a record: not a regular file"]


def test_what_was_passed_over_is_not_told_twice(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put(make())
    store.record_path("broken").mkdir()
    for _ in range(2):
        assert len(store.records()) == 1
        assert len(store.unreadable) == 1


def test_a_folder_is_held_by_one_run_at_a_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "new")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="another run is using it") as caught, store.claim():
            pass
        assert "\n" not in str(caught.value)
        holder.stdin.write("\n")
        holder.stdin.flush()
        assert holder.wait(timeout=30) == 0
    with store.claim():
        pass


def test_a_killed_holder_holds_no_more(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
        holder.wait()
        with store.claim():
            pass


def test_a_claim_ends_also_by_a_fault(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(ZeroDivisionError), store.claim():
        raise ZeroDivisionError
    with store.claim():
        pass


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file" / "folder")
    with pytest.raises(StoreError, match="cannot be written: Not a directory"), store.claim():
        pass
    with pytest.raises(StoreError, match="cannot be written: Not a directory"):
        store.put(make())


def test_a_head_is_taken_over_with_its_encoder(tmp_path: Path) -> None:
    theirs, ours = Store(tmp_path / "theirs"), Store(tmp_path / "ours")
    record = make()
    theirs.put(record)
    for path in theirs.artifact_paths(record.id):
        path.parent.mkdir(exist_ok=True)
        path.write_text(path.name)
    ours.adopt(record.id)
    assert [path.read_text() for path in ours.artifact_paths(record.id)] == [
        path.name for path in ours.artifact_paths(record.id)
    ]


@pytest.mark.parametrize("id", ["other", "../../escaped", "/etc/passwd"])
def test_a_record_under_another_name_than_its_own_is_none(tmp_path: Path, id: str) -> None:
    store = Store(tmp_path)
    store.put(make("mine"))
    path = store.record_path("mine")
    path.write_text(path.read_text().replace('"id": "mine"', f'"id": "{id}"'))
    assert store.get("mine") is None
    assert store.records() == []
    (line,) = store.unreadable
    assert line.endswith(f"passed over, not a record: it is of another cell, {id!r}")
