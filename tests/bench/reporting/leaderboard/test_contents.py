from __future__ import annotations

from bench.reporting.leaderboard.contents import told_apart

ONE, OTHER = {"dataset": {"fingerprint": "1"}}, {"dataset": {"fingerprint": "2"}}


def datasets(records) -> list[str]:
    return [record.labels["dataset"] for record in records]


def test_data_sets_of_one_name_and_other_content_get_names_of_their_own(record):
    records = [record("a", identity=ONE), record("b", identity=ONE), record("c", identity=OTHER)]
    first, second, third = datasets(told_apart(records))
    assert first == second != third
    assert {name[: len("digits (")] for name in (first, third)} == {"digits ("}
    assert datasets(told_apart(records[:2])) == ["digits", "digits"]
    assert datasets(records) == ["digits"] * 3


def test_what_is_asked_of_data_and_of_how_many_tells_them_apart_too(record):
    def names(**identity):
        return datasets(told_apart([record("a", identity=ONE), record("b", identity={**ONE, **identity})]))

    assert names() == ["digits", "digits"]
    assert names(task={"name": "other"})[0].startswith("digits (")
    assert names(limits={"test_examples": 10})[0].startswith("digits (")
    assert names(limits={"train_examples": 10}) == ["digits", "digits"]
