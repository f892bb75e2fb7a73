"""Cells that other runs take and bring to their end."""

from __future__ import annotations

from pathlib import Path

import fakes
import trials
from bench.records.joined import PACE
from bench.records.store import Store
from bench.running.division import Division
from bench.trial.outcome import Attempt

CELL = fakes.cell(trials.Idle())


def end(store: Store, folder: Path, reason: str = "no data") -> None:
    store.put(Attempt(trials.job(CELL, folder)).failed(reason))


def test_what_another_run_holds_cannot_be_taken_nor_what_it_has_just_brought_to_its_end(
    tmp_path: Path,
) -> None:
    here, there = Store(tmp_path), Store(tmp_path)
    division = Division(here)
    with here.claim(PACE), there.claim(PACE):
        division.note(CELL)
        assert there.take(CELL.id)
        assert not division.take(CELL)
        assert division.news(CELL) is None
        end(there, tmp_path)
        there.let_go(CELL.id)
        assert not division.take(CELL)
        assert there.take(CELL.id)  # it was let go of here
        news = division.news(CELL)
        assert news is not None
        assert news.reason == "no data"


def test_a_record_that_was_there_before_is_no_news(tmp_path: Path) -> None:
    store = Store(tmp_path)
    division = Division(store)
    end(store, tmp_path)
    with store.claim(PACE):
        division.note(CELL)
        assert division.news(CELL) is None
        assert division.take(CELL)
        end(store, tmp_path, "no data again")
        assert division.news(CELL) is not None


def test_who_is_alone_gets_every_cell(tmp_path: Path) -> None:
    store = Store(tmp_path)
    division = Division(store)
    with store.claim():
        division.note(CELL)
        assert division.take(CELL)
        division.let_go(CELL)
        assert division.take(CELL)
    assert not list(tmp_path.rglob("*.claim"))
