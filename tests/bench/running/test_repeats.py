"""Further runs: which are missing, and what of them joins the record."""

from __future__ import annotations

from typing import Any

import pytest

import fakes
import trials
from bench.records.record import Facts, Record
from bench.running.repeats import missing_runs, with_run

SPEEDS = {"throughput": {"train": {"samples_per_s": 90.0}}}
FACTS = {"throughput": {"samples_per_s": Facts(unit="samples/s", better="higher")}}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return trials.done(fakes.cell(trials.Idle()), tmp_path_factory.mktemp("first"))


def changed(record: Record, **fields: Any) -> Record:
    return record.model_copy(update=fields)


def test_all_cells_come_once_before_any_comes_again(first: Record) -> None:
    records = [
        changed(first, id="a"),
        changed(first, id="b", repeats=[SPEEDS]),
        changed(first, id="c", status="failed"),
    ]
    assert list(missing_runs(records, 1)) == []
    assert list(missing_runs(records, 4)) == [("a", 2), ("a", 3), ("b", 3), ("a", 4), ("b", 4)]


def test_the_speeds_of_a_further_run_join_the_record_and_nothing_else(first: Record) -> None:
    again = changed(
        first,
        resources=SPEEDS,
        figures={**first.figures, **FACTS},
        quality={"test": {"accuracy": 0.1}},
        seconds=99.0,
        notes=["odd"],
    )
    joined = with_run(first, again)
    assert joined == changed(first, repeats=[SPEEDS], figures=again.figures, notes=["run 2: odd"])
    assert with_run(joined, again).repeats == [SPEEDS, SPEEDS]
    assert with_run(joined, again).runs == 3


def test_what_is_known_of_figures_that_only_a_further_run_measured_joins_too(first: Record) -> None:
    rate, quartile = (Facts(headline=number) for number in (1, 2))
    found = changed(first, figures={**first.figures, "throughput": {"samples_per_s": rate}})
    again = changed(first, figures={"throughput": {"samples_per_s": Facts(), "samples_per_s_q25": quartile}})
    assert with_run(found, again).figures == {
        **first.figures,
        "throughput": {"samples_per_s": rate, "samples_per_s_q25": quartile},
    }


def test_a_further_run_that_fails_leaves_one_note_however_often(first: Record) -> None:
    again = changed(first, status="failed", reason="it was dark")
    assert with_run(first, again) == changed(first, notes=["run 2: it was dark"])
    assert with_run(with_run(first, again), again) == with_run(first, again)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"machine": {"id": "another"}},
        {"software": {"torch": "0.1"}},
        {"effective": {"device": "cpu", "threads": 64}},
    ],
    ids=["machine", "software", "threads"],
)
def test_a_run_elsewhere_is_no_repetition(first: Record, elsewhere: dict[str, Any]) -> None:
    joined = with_run(first, changed(first, resources=SPEEDS, **elsewhere))
    assert joined.repeats == []
    assert "not counted" in joined.notes[0]


def test_a_record_without_repeats_is_read(first: Record) -> None:
    text = first.model_dump_json(exclude={"repeats"})
    assert Record.model_validate_json(text) == first
    assert first.runs == 1
