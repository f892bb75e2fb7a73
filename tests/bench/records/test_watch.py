"""Which runs are taken to have gone."""

from __future__ import annotations

from bench.records.holders import Holder
from bench.records.watch import Watch

HERE = Holder.here()


def test_a_run_that_stays_silent_for_so_many_looks_has_gone_and_no_other() -> None:
    watch = Watch(looks=3)
    found = [watch.gone({"silent": b"1", "alive": str(look).encode()}) for look in range(5)]
    assert found == [[], [], [], ["silent"], ["silent"]]


def test_a_sign_of_life_begins_the_count_again() -> None:
    watch = Watch(looks=2)
    beats = [b"1", b"1", b"2", b"2", b"2"]
    assert [watch.gone({"run": beat}) for beat in beats] == [[], [], [], [], ["run"]]


def test_a_run_that_comes_back_under_its_name_is_a_new_one() -> None:
    watch = Watch(looks=2)
    assert [watch.gone(beats) for beats in ({"run": b"1"}, {}, {"run": b"1"}, {"run": b"1"})] == [[]] * 4
    assert watch.gone({"run": b"1"}) == ["run"]


def test_without_any_sign_it_has_gone_at_once() -> None:
    assert Watch(looks=3).gone({"run": None, "other": b""}) == ["run"]


def test_a_process_of_this_machine_that_has_ended_has_gone_at_once() -> None:
    ended = HERE.model_copy(update={"born": "1"})
    beats = {"alive": HERE.model_dump_json().encode(), "ended": ended.model_dump_json().encode()}
    assert Watch(looks=3).gone(beats) == (["ended"] if HERE.numbering else [])
