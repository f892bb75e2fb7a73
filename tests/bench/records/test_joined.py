"""Runs that share a folder: each cell is one run's, and a run that was given up can do nothing any more."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.records.joined import JoinedClaim, Pace, joined
from bench.records.runs import BEAT, JOINED, NOBODY, claim_path, claimant, folders_in
from bench.records.store import Store

QUICK = Pace(0.02, 5)
NEVER = Pace(3600, 5)
"""A run of this pace is taken for dead by others: it shows no sign of life."""
SECONDS = 30


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def alone(folder: Path, claim: JoinedClaim) -> bool:
    return [run.name for run in folders_in(folder / JOINED)] == [claim.name]


def test_a_cell_is_one_run_s_until_that_lets_go_of_it(tmp_path: Path) -> None:
    with joined(tmp_path) as one, joined(tmp_path) as other:
        assert [one.take("a"), other.take("a"), one.take("a"), other.take("b")] == [True, False, False, True]
        assert claimant(claim_path(tmp_path, "a")) == one.name
        other.let_go("a")
        assert not other.take("a")
        one.let_go("a")
        assert other.take("a")
    assert not list(tmp_path.rglob("*.claim"))
    assert not (tmp_path / JOINED).exists()


def test_of_many_that_take_a_cell_at_once_one_gets_it(tmp_path: Path) -> None:
    def take(claim: JoinedClaim) -> None:
        gate.wait(SECONDS)
        taken.extend((id, claim.name) for id in ids if claim.take(id))

    ids, taken = [str(number) for number in range(50)], list[tuple[str, str]]()
    gate = threading.Barrier(8)
    claims = [JoinedClaim(tmp_path) for _ in range(8)]
    threads = [threading.Thread(target=take, args=(claim,)) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert sorted(id for id, _ in taken) == sorted(ids)
    assert {id: claimant(claim_path(tmp_path, id)) for id in ids} == dict(taken)
    for claim in claims:
        claim.leave()


def test_a_silent_run_loses_its_cells_and_can_store_and_let_go_of_nothing(tmp_path: Path) -> None:
    silent = JoinedClaim(tmp_path, NEVER)
    silent.take("a")
    place = silent.place("a")
    (place / "logs").mkdir(parents=True)
    (place / "logs" / "a.log").write_text("late")
    with joined(tmp_path, QUICK) as other:
        assert not other.take("a")
        wait_for(lambda: other.take("a"))
        (place / "logs").mkdir(parents=True)  # as the cell that it still runs does
        (place / "logs" / "a.log").write_text("later")
        for deed in (silent.check, lambda: silent.bring_home("a", Path("logs/a.log"))):
            with pytest.raises(StoreError, match="was not heard of for too long, so others have taken over"):
                deed()
        store = Store(tmp_path)
        store._claim = silent
        with pytest.raises(StoreError, match="taken over its cells; it stops and stores nothing more"):
            store.write(tmp_path / "cells" / "a.json", b"late")
        silent.let_go("a")
        assert claimant(claim_path(tmp_path, "a")) == other.name
        assert not (tmp_path / "logs").exists()
        wait_for(lambda: alone(tmp_path, other))  # what its cell has made anew goes, too
    silent.leave()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "cells"]
    assert list((tmp_path / "cells").iterdir()) == []


def test_a_claim_that_a_run_makes_after_it_was_given_up_is_freed_as_well(tmp_path: Path) -> None:
    (tmp_path / "cells").mkdir()
    for name in ("host-1-late", "../../elsewhere"):
        claim = claim_path(tmp_path, "a")
        claim.symlink_to(name)
        with joined(tmp_path, QUICK) as other:
            wait_for(lambda other=other: other.take("a"))  # each try tells whose it is
    assert not (tmp_path / JOINED / NOBODY).exists()


def test_the_checkpoint_of_a_cell_is_kept_for_who_takes_it_over(tmp_path: Path) -> None:
    kept = tmp_path / "checkpoints" / "a.safetensors"

    def train(claim: JoinedClaim, steps: str) -> None:
        checkpoints = claim.place("a") / "checkpoints"
        checkpoints.mkdir(parents=True)
        (checkpoints / "a.safetensors").write_text(steps)
        begun = claim.place("b") / "checkpoints" / "b.safetensors"
        begun.parent.mkdir(parents=True)
        begun.symlink_to(kept)  # as one that goes on from a checkpoint that was kept earlier

    silent = JoinedClaim(tmp_path, NEVER)
    train(silent, "7 steps")
    with joined(tmp_path, QUICK) as other:
        wait_for(kept.exists)
        assert kept.read_text() == "7 steps"
        train(other, "8 steps")
    assert kept.read_text() == "8 steps"  # so does one that is interrupted
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    silent.leave()


def test_what_a_run_was_freeing_when_it_went_is_freed_by_its_own_heir(tmp_path: Path) -> None:
    first, second = JoinedClaim(tmp_path, NEVER), JoinedClaim(tmp_path, NEVER)
    first.take("a")
    second.take("b")
    runs = tmp_path / JOINED
    os.rename(runs / first.name, runs / second.name / first.name)  # and there it stops
    with joined(tmp_path, QUICK) as third:
        wait_for(lambda: third.take("a"))
        wait_for(lambda: third.take("b"))
    first.leave()
    second.leave()


def test_a_folder_that_is_moved_away_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    with joined(folder) as claim:
        folder.rename(tmp_path / "elsewhere")
        with pytest.raises(StoreError, match="moved or removed while a run was using it"):
            claim.check()
    assert not folder.exists()


def test_what_a_lone_writer_has_left_goes_unless_others_may_be_writing(tmp_path: Path) -> None:
    leftover, report = tmp_path / "cells" / ".a.json.ab3_x9zq.part", tmp_path / ".a.md.ab3_x9zq.part"
    leftover.parent.mkdir()
    report.touch()
    with joined(tmp_path):
        leftover.touch()
        with joined(tmp_path):
            assert leftover.exists()
    with joined(tmp_path):
        assert (leftover.exists(), report.exists()) == (False, True)


def test_where_no_claim_can_be_made_it_is_said_in_a_line(tmp_path: Path) -> None:
    with joined(tmp_path) as claim, pytest.raises(StoreError) as refused:
        claim.take("x" * 300)
    assert str(refused.value).endswith("cannot be made: File name too long; --join needs symbolic links")


def test_signs_of_life_are_renewed(tmp_path: Path) -> None:
    with joined(tmp_path, QUICK) as claim:
        beat = tmp_path / JOINED / claim.name / BEAT
        before = beat.read_text()
        wait_for(lambda: beat.read_text() != before)
