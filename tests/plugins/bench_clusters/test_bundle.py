"""The messages of a bundle's cells, by files of which any line may be torn."""

from __future__ import annotations

import json
from pathlib import Path

from bench_clusters.bundle import Cell, read_messages

PROGRESS, RECORD = {"progress": {"phase": "train"}}, {"record": {"id": "x"}}


def test_messages_are_read_as_they_come_and_once(tmp_path: Path) -> None:
    cell = Cell(tmp_path, 0)
    assert read_messages(cell.messages, 0) == ([], 0)
    cell.say(PROGRESS)
    messages, place = read_messages(cell.messages, 0)
    assert messages == [PROGRESS]
    assert not cell.is_over
    cell.say(RECORD)
    assert read_messages(cell.messages, place)[0] == [RECORD]
    assert cell.is_over


def test_a_line_that_is_still_being_written_waits(tmp_path: Path) -> None:
    cell = Cell(tmp_path, 0)
    whole = json.dumps(RECORD) + "\n"
    cell.messages.write_text(whole[:9])
    assert read_messages(cell.messages, 0) == ([], 0)
    cell.messages.write_text(whole)
    assert read_messages(cell.messages, 0) == ([RECORD], len(whole))


def test_a_line_that_was_cut_off_takes_no_other_along(tmp_path: Path) -> None:
    cell = Cell(tmp_path, 0)
    cell.messages.write_text('{"progress": {"pha')
    cell.begin()
    cell.say(RECORD)
    assert read_messages(cell.messages, 0)[0] == [RECORD]
