"""Who holds a results folder, and what is noticed when it goes away."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.records.claims import FILE, claimed, holders_of
from bench.records.joined import joined
from bench.records.runs import JOINED, claim_path


def test_a_claim_says_who_holds_the_folder(tmp_path: Path) -> None:
    assert holders_of(tmp_path) == []
    with claimed(tmp_path):
        (holder,) = holders_of(tmp_path)
        assert (holder.host, holder.pid) == (platform.node(), os.getpid())
        words = f"process {os.getpid()} on {platform.node()}, since {holder.since}"
        with pytest.raises(StoreError) as refused, claimed(tmp_path):
            pass
    assert f"another run is using it ({words}); wait for it" in str(refused.value)
    assert holders_of(tmp_path) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": 1}'])
def test_a_claim_that_does_not_say_so_holds_all_the_same(tmp_path: Path, content: str) -> None:
    with claimed(tmp_path):
        (tmp_path / FILE).write_text(content)
        with pytest.raises(StoreError, match="another run is using it; wait for it"), claimed(tmp_path):
            pass
        assert holders_of(tmp_path) == []


def test_a_reader_knows_the_holder_while_the_claim_changes(tmp_path: Path) -> None:
    with claimed(tmp_path):
        with (tmp_path / FILE).open("a") as file:
            file.write("the rest of a longer line that is not cut off yet")
        (holder,) = holders_of(tmp_path)
    assert holder.pid == os.getpid()


def test_what_killed_writers_have_left_goes_and_nothing_else(tmp_path: Path) -> None:
    kept = [
        tmp_path / "cells" / name
        for name in ("a.json", ".b.json", ".c.part", ".d.json.short.part", ".e.markdown")
    ]
    gone = [
        tmp_path / "cells" / ".a.json.ab3_x9zq.part",
        tmp_path / "files" / "x" / ".note.txt.12345678.part",
    ]
    for path in (*kept, *gone):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    with claimed(tmp_path):
        assert [path.exists() for path in kept] == [True] * len(kept)
        assert [path.exists() for path in gone] == [False] * len(gone)


def test_a_folder_that_is_moved_away_is_noticed(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "results", tmp_path / "elsewhere"
    with claimed(folder) as claim:
        claim.check()
        folder.rename(elsewhere)
        with pytest.raises(StoreError, match="moved or removed while a run was using it"):
            claim.check()
        with claimed(folder), pytest.raises(StoreError):  # another run begins there
            claim.check()
        shutil.rmtree(folder)
        elsewhere.rename(folder)
        claim.check()


def test_a_claim_that_is_removed_is_noticed(tmp_path: Path) -> None:
    with claimed(tmp_path) as claim:
        (tmp_path / FILE).unlink()
        with (
            claimed(tmp_path),
            pytest.raises(StoreError, match=r"or its claim \(\.lock\) was; the run stops"),
        ):
            claim.check()


def test_a_claim_says_which_cells_run_and_no_longer_those_that_ran(tmp_path: Path) -> None:
    with claimed(tmp_path) as claim:
        for cells in ({"a": "2030-01-01T00:00:00+00:00", "b": "2030-01-01T00:00:00+00:00"}, {"b": "now"}, {}):
            claim.say(cells)
            (holder,) = holders_of(tmp_path)
            assert holder.cells == cells


def test_a_pipe_in_place_of_a_claim_is_held_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".lock")
    assert holders_of(tmp_path) == []


def test_a_run_alone_and_runs_that_have_joined_exclude_each_other(tmp_path: Path) -> None:
    with claimed(tmp_path):
        (holder,) = holders_of(tmp_path)
        with pytest.raises(StoreError) as refused, joined(tmp_path):
            pass
    assert str(refused.value).startswith(f"{tmp_path}: another run is using it ({holder}); wait for it")
    with joined(tmp_path), joined(tmp_path):
        first, second = holders_of(tmp_path)
        assert first.pid == second.pid == os.getpid()
        with pytest.raises(StoreError) as refused, claimed(tmp_path):
            pass
    words = f"{tmp_path}: runs have joined on it ({first} and 1 more); wait for them, or run --join"
    assert str(refused.value) == words
    assert holders_of(tmp_path) == []


def test_a_run_alone_removes_what_runs_have_left_that_had_joined(tmp_path: Path) -> None:
    claim = claim_path(tmp_path, "a")
    claim.parent.mkdir()
    claim.symlink_to("host-1-0")
    (tmp_path / JOINED / "host-1-0" / "work").mkdir(parents=True)
    with claimed(tmp_path):
        assert not claim.is_symlink()
        assert not (tmp_path / JOINED).exists()
