"""How cells ended, read without the rest of their records."""

from __future__ import annotations

import os
from pathlib import Path

from bench.records.outcomes import Outcome, read_outcomes
from bench.records.record import Record
from bench.records.store import Store

GOLDEN = Path(__file__).parent / "golden"


def put(folder: Path, id: str, status: str, reason: str | None = None) -> None:
    Store(folder).put(
        Record.model_validate(
            {
                "id": id,
                "suite": "suite",
                "status": status,
                "reason": reason,
                "row": "a row",
                "labels": {},
                "seed": 0,
                "primary": "accuracy",
                "cell": {},
                "identity": {},
                "started": "2030-01-01T00:00:00+00:00",
                "seconds": 2.5,
            }
        )
    )


def test_only_the_cells_asked_for_and_only_those_with_a_record(tmp_path: Path) -> None:
    put(tmp_path, "one", "done")
    put(tmp_path, "two", "failed", "no memory")
    put(tmp_path, "other", "done")
    (tmp_path / "cells" / "three.json").write_text("{")
    os.mkfifo(tmp_path / "cells" / "five.json")
    (tmp_path / "cells" / "four.json").write_text('{"status": "finished"}')
    assert read_outcomes(tmp_path, ["one", "two", "three", "four", "five", "six"]) == {
        "one": Outcome(status="done", seconds=2.5, row="a row"),
        "two": Outcome(status="failed", reason="no memory", seconds=2.5, row="a row"),
    }


def test_a_folder_that_is_not_there_holds_none(tmp_path: Path) -> None:
    assert read_outcomes(tmp_path / "nothing", ["one"]) == {}


def test_records_of_all_formats_say_it_alike(tmp_path: Path) -> None:
    folders = [folder for folder in GOLDEN.rglob("cells") if folder.is_dir()]
    assert folders
    for folder in folders:
        store = Store(folder.parent)
        records = store.records()
        found = read_outcomes(folder.parent, [record.id for record in records])
        for record in records:
            outcome = found[record.id]
            assert (outcome.status, outcome.reason, outcome.seconds) == (
                record.status,
                record.reason,
                record.seconds,
            )
