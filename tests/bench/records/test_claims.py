"""Who holds a results folder, and what is noticed when it goes away."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.records.claims import FILE, claimed, holder_of


def test_a_claim_says_who_holds_the_folder(tmp_path: Path) -> None:
    assert holder_of(tmp_path) is None
    with claimed(tmp_path):
        holder = holder_of(tmp_path)
        assert holder is not None
        assert (holder.host, holder.pid) == (platform.node(), os.getpid())
        words = f"process {os.getpid()} on {platform.node()}, since {holder.since}"
        with pytest.raises(StoreError) as refused, claimed(tmp_path):
            pass
    assert f"another run is using it ({words}); wait for it" in str(refused.value)
    assert holder_of(tmp_path) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": 1}'])
def test_a_claim_that_does_not_say_so_holds_all_the_same(tmp_path: Path, content: str) -> None:
    with claimed(tmp_path):
        (tmp_path / FILE).write_text(content)
        with pytest.raises(StoreError, match="another run is using it; wait for it"), claimed(tmp_path):
            pass
        assert holder_of(tmp_path) is None


def test_a_reader_knows_the_holder_while_the_claim_changes(tmp_path: Path) -> None:
    with claimed(tmp_path):
        with (tmp_path / FILE).open("a") as file:
            file.write("the rest of a longer line that is not cut off yet")
        holder = holder_of(tmp_path)
    assert holder is not None
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
            holder = holder_of(tmp_path)
            assert holder is not None
            assert holder.cells == cells


def test_a_pipe_in_place_of_a_claim_is_held_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".lock")
    assert holder_of(tmp_path) is None
