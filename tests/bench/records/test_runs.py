"""The folders of runs that have joined, and their claims, whatever somebody has put there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.records.files import PLAIN_NAME
from bench.records.holders import Holder
from bench.records.runs import (
    BEAT,
    JOINED,
    NOBODY,
    beat_of,
    claim_path,
    claimant,
    folders_in,
    holder_in,
    joined_runs,
    new_name,
)


def test_names_are_plain_and_no_two_are_the_same() -> None:
    names = {new_name() for _ in range(100)}
    assert len(names) == 100
    assert all(PLAIN_NAME.fullmatch(name) for name in names)


@pytest.mark.parametrize("target", ["../../elsewhere", "/etc/passwd", "a b", "x" * 200])
def test_a_claim_that_no_run_has_made_is_nobody_s_and_not_followed(tmp_path: Path, target: str) -> None:
    claim = claim_path(tmp_path, "a")
    claim.parent.mkdir()
    assert claimant(claim) is None
    claim.symlink_to(target)
    assert claimant(claim) == NOBODY
    claim.unlink()
    claim.write_text("no link")
    assert claimant(claim) == NOBODY
    claim.unlink()
    claim.symlink_to("host-1-abc")
    assert claimant(claim) == "host-1-abc"


def test_runs_are_folders_with_a_sign_of_life_that_says_whose_it_is(tmp_path: Path) -> None:
    here = Holder.here()
    runs = tmp_path / JOINED
    for name in ("a-run", "a-pipe", "without", "garbage", ".not-yet"):
        (runs / name).mkdir(parents=True)
    (runs / "a-run" / BEAT).write_text(f"{here.model_dump_json()}\nthe rest of a longer line")
    (runs / "garbage" / BEAT).write_text('{"pid": -1}')
    os.mkfifo(runs / "a-pipe" / BEAT)
    (runs / "a-file").touch()
    (runs / "a-link").symlink_to(runs / "a-run")
    assert [run.name for run in folders_in(runs)] == ["a-pipe", "a-run", "garbage", "without"]
    assert holder_in(beat_of(runs / "a-run")) == here
    assert (beat_of(runs / "without"), beat_of(runs / "a-file")) == (None, None)
    assert joined_runs(tmp_path) == {"a-run": here}
    assert joined_runs(tmp_path / "nowhere") == {}
