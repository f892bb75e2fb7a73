from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench.reporting.comparing import to_data, to_markdown_page, to_text
from bench.reporting.comparing.tolerances import Amount, Tolerance
from bench.reporting.comparing.values import Check, Compared, Pair, Versus

HOSTILE = "<script>alert(1)</script>|`x`"


@pytest.fixture
def compared(change):
    return lambda name="resnet20", axis="": make(change, name, axis)


def make(change, name, axis) -> Compared:
    worse = change("accuracy", -0.03, -0.04, -0.02, "worse")
    rows = [
        worse,
        change("speed", 3.08, 3.0, 3.2, "better", first=100.0),
        replace(worse, second=None, comparison=None, note="not measured on both sides"),
    ]
    pair = Pair(name, {"backbone": name}, "", (3, 2), rows, ["a: 1 → 2", "b", "c", "d", "e"])
    against = Versus("old", "new", [pair], ["gone: out of memory"], ["fresh"])
    tolerance = Tolerance("accuracy", Amount(0.01, True, "1 %"))
    lost = Check(against, pair, rows[0], tolerance, 0.03, 0.06, "lost", 0.001)
    return Compared([against], [lost], axis=axis)


def test_text_has_the_line_that_says_it_all_first_and_losses_last(compared):
    lines = to_text(compared()).splitlines()
    assert lines[0] == (
        "new against old: worse by 3.00 points, 3.08 times as fast (train_samples_per_s); 1 loss; "
        "1 row vanished"
    )
    assert lines[2] == "resnet20 (3 and 2 seeds)"
    assert lines[3:7] == ["  a: 1 → 2", "  b", "  c", "  and 2 more differences"]
    assert " ".join(lines[7].split()) == (
        "test accuracy 0.5000 → 0.4700 −3.00 points −4.00 to −2.00 points worse"
    )
    assert lines[-3:] == [
        "LOST: resnet20: test accuracy has lost 3.00 points, more than 1 % (p = 0.001)",
        "vanished: gone: out of memory",
        "only in new: fresh",
    ]


def test_markdown_shows_every_name_as_text(compared):
    page = to_markdown_page(compared(HOSTILE))
    assert "<script>" not in page
    assert page.startswith("**new against old: worse by 3.00 points, 3.08 times as fast")
    assert "| row | figure | old | new | change | 95 % interval | answer |" in page
    assert all(line.count("|") == 8 for line in page.splitlines() if line.startswith("|"))


def test_data_are_json_for_programs(compared):
    found = json.loads(json.dumps(to_data(compared()), allow_nan=False))
    [row] = found["versus"][0]["rows"]
    assert row["labels"] == {"backbone": "resnet20"}
    assert row["changes"][0]["comparison"]["answer"] == "worse"
    assert row["changes"][2]["second"] is None
    assert found["checks"][0]["outcome"] == "lost"
    assert found["versus"][0]["vanished"] == ["gone: out of memory"]


def test_along_an_axis_nothing_vanishes(compared):
    lines = to_text(compared(axis="backbone")).splitlines()
    assert "vanished" not in lines[0]
    assert lines[-2:] == ["only in old: gone: out of memory", "only in new: fresh"]
