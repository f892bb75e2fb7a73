"""Who takes over the runs that have gone."""

from __future__ import annotations

from pathlib import Path

from bench.records.runs import BEAT, GATE, JOINED, claim_path, claimant, folders_in
from bench.records.succession import Succession


def runs(folder: Path, *names: str) -> None:
    for name in names:
        (folder / JOINED / name / GATE).mkdir(parents=True)
        (folder / JOINED / name / BEAT).write_text("alive")
        claim_path(folder, name).parent.mkdir(exist_ok=True)
        claim_path(folder, name).symlink_to(name)


def die(folder: Path, *names: str) -> None:
    for name in names:
        (folder / JOINED / name / BEAT).unlink()


def left(folder: Path) -> list[str]:
    return [run.name for run in folders_in(folder / JOINED)]


def test_each_run_looks_at_the_few_after_it_and_in_the_end_all_that_have_gone_are_taken_over(
    tmp_path: Path,
) -> None:
    names = ["a", "b", "c", "d", "e", "f"]
    runs(tmp_path, *names)
    die(tmp_path, "a", "b", "c", "e", "f")
    succession = Succession(tmp_path, "d", looks=3)
    assert [succession.look() for _ in range(3)] == [3, 2, 0]
    assert left(tmp_path) == ["d"]
    assert {name: claimant(claim_path(tmp_path, name)) for name in names} == {
        **dict.fromkeys(names, None),
        "d": "d",
    }


def test_nothing_is_freed_by_a_run_that_has_been_taken_over_itself(tmp_path: Path) -> None:
    runs(tmp_path, "a", "b", "c")
    late = Succession(tmp_path, "b", looks=3)
    die(tmp_path, "b", "c")
    assert Succession(tmp_path, "a", looks=3).look() == 2
    runs(tmp_path, "c")
    die(tmp_path, "c")
    assert late.look() == 0
    assert left(tmp_path) == ["a", "c"]
    assert claimant(claim_path(tmp_path, "c")) == "c"


def test_what_cannot_be_freed_now_is_freed_later(tmp_path: Path) -> None:
    runs(tmp_path, "a", "b")
    die(tmp_path, "b")
    succession = Succession(tmp_path, "a", looks=3)
    gate = tmp_path / JOINED / "a" / GATE
    gate.rmdir()  # nothing can pass
    assert succession.look() == 1
    assert claimant(claim_path(tmp_path, "b")) == "b"
    gate.mkdir()
    succession.look()
    assert claimant(claim_path(tmp_path, "b")) is None
    assert folders_in(gate.parent) == []
