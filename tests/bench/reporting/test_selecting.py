from __future__ import annotations

from bench.records.conditions import quality_condition, resource_condition
from bench.reporting.selecting import newest, selected


def test_titles_and_names_of_data_sets_select(record):
    records = [record("a", seed=1), record("a", dataset="other"), record("b")]
    assert selected(records, "a ·", None) == records[:2]
    assert selected(records, "*seed 1", None) == records[:1]
    assert selected(records, None, "oth*") == records[1:2]
    assert selected(records, None, None) == records


def test_a_cell_that_was_measured_again_counts_as_it_was_last(record):
    old, new = (record("a", accuracy=0.5, started=f"203{year}-01-01") for year in (0, 1))
    assert newest([new, old], quality_condition) == [new]


def test_a_cell_on_two_machines_counts_once_in_quality_and_on_each_in_speed(record):
    here = record("a", accuracy=0.5, started="2030-01-01")
    there = record("a", accuracy=0.5, started="2031-01-01", machine={"id": "bbb"})
    assert newest([here, there], quality_condition) == [there]
    assert newest([here, there], resource_condition) == [here, there]


def test_a_cell_that_failed_somewhere_and_is_done_elsewhere_is_done(record):
    failed, done = record("a", started="2031-01-01"), record("a", accuracy=0.5, started="2030-01-01")
    assert failed.id == done.id
    assert newest([failed, done], quality_condition) == [done]
    assert newest([failed], quality_condition) == [failed]
