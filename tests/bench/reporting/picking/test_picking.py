"""From results to what is said, in all formats."""

from __future__ import annotations

import json

import pytest

from bench.reporting.picking import Limit, Wish, pick, to_json, to_markdown_page, to_text
from reports import InMemory, registry

LATENCY = Limit("latency_ms", 20.0, True)


def seeds(record, backbone, *cells, **fields):
    """Records with an accuracy on val and on test, a latency and a peak of memory, one a seed."""
    return [
        record(
            backbone,
            seed=seed,
            quality={"val": {"accuracy": val}, "test": {"accuracy": test}},
            resources={
                "throughput": {"": {"latency_ms": latency}},
                "memory": {"train": {"peak_mib": peak}},
            },
            **fields,
        )
        for seed, (val, test, latency, peak) in enumerate(cells)
    ]


def around(val, test, latency, peak):
    shifts = (-1, 0, 1)
    return [(val + s / 1e3, test + s / 1e3, latency * (1 + s / 1e2), peak * (1 + s / 1e2)) for s in shifts]


@pytest.fixture
def three(record):
    return [
        *seeds(record, "big", *around(0.95, 0.94, 60.0, 900.0)),
        *seeds(record, "mid", *around(0.90, 0.91, 12.0, 300.0)),
        *seeds(record, "small", *around(0.897, 0.905, 3.0, 90.0)),
    ]


def picks(records, **wish):
    return pick(InMemory(records), registry(), Wish(**wish))


def text(records, **wish) -> str:
    return to_text(picks(records, **wish))


def test_the_answer_comes_first_with_its_price(three):
    first, *rest = text(three, limits=[LATENCY], margin=0.01).splitlines()
    assert first.startswith("digits: take mid · fine-tune (test accuracy 0.9100 (")
    assert "), latency_ms 12.00 ms, train_peak_mib 300.0 MiB; chosen by val accuracy); " in first
    assert first.endswith(
        "small · fine-tune is the same within 0.0100 (test accuracy 0.9050) "
        "and takes 0.25 times the latency_ms"
    )
    told = "\n".join(rest)
    assert "surely within the limits: latency_ms 12.00 ms (surely at most 12." in told
    assert "from 3 seeds; at most 20 is allowed)" in told
    assert "a resample of seeds and examples would take another one in " in told
    assert "not within the limits: big · fine-tune: latency_ms 60.00 ms (surely at least 5" in told
    assert "Pareto front by val accuracy, latency_ms and train_peak_mib:" in told


def test_where_nothing_is_within_it_is_said_and_what_comes_closest(three):
    found = picks(three, limits=[Limit("latency_ms", 2.0, True)])
    assert not found.decided
    first, *_ = to_text(found).splitlines()
    assert first.startswith(
        "digits: nothing can be recommended: no row is surely within the limits; "
        "small · fine-tune comes closest: latency_ms 3.000 ms (surely at least 2."
    )


def test_where_nothing_was_measured_it_is_said(record):
    other = record("b", dataset="other", accuracy=0.5, resources={"throughput": {"": {"latency_ms": 3.0}}})
    records = [record("a", accuracy=0.5), other]
    told = text(records, limits=[LATENCY], dataset="digits")
    assert told.startswith("digits: nothing can be recommended: of no row there is latency_ms")
    assert "cannot be recommended: a · fine-tune: latency_ms was not measured" in told


def test_a_single_row_is_the_only_one_there_is(record):
    told = text([record("a", accuracy=0.5)])
    assert told.startswith("digits: take a · fine-tune (test accuracy 0.5000; the only one there is)")


def test_a_single_measurement_is_told_to_be_one(record):
    resources = {"throughput": {"": {"latency_ms": 3.0}}}
    told = text([record("a", accuracy=0.5, resources=resources)], limits=[LATENCY])
    assert (
        "a · fine-tune comes closest, and may be: latency_ms 3.000 ms (nothing is sure, from 1 seed;" in told
    )
    assert "open: whether a · fine-tune is within the limits: 5 runs of each seed may tell" in told


def test_what_does_not_vary_is_told_to_be_the_same(record):
    counted = {"memory": {"": {"parameters_trainable": 7}}}
    records = [record("a", seed=seed, accuracy=0.5, resources=counted) for seed in range(3)]
    told = text(records, limits=[Limit("parameters_trainable", 8, True)])
    assert "within the limits: parameters_trainable 7 (the same in 3 seeds; at most 8 is allowed)" in told


def test_choosing_by_what_is_reported_is_told_to_flatter(record):
    records = [
        record(name, seed=seed, accuracy=0.5 + 0.01 * seed + 0.001 * at)
        for at, name in enumerate("abcdef")
        for seed in range(3)
    ]
    told = text(records)
    assert "chosen by test accuracy" in told
    assert "being chosen by this very figure flatters it: expect about 0.5" in told


def test_rows_that_failed_are_named(record, three):
    found = picks([*three, record("broken")])
    assert found.left_out == {"digits, broken · fine-tune": "out of memory"}
    assert to_text(found).endswith("not done: digits, broken · fine-tune: out of memory\n")


def test_nothing_done_is_nothing_to_pick(record):
    found = picks([record("broken")])
    assert (found.decided, found.picks) == (False, [])
    assert "out of memory" in to_text(found)


def test_several_data_sets_have_an_answer_each_and_one_together(record, three):
    others = [
        *seeds(record, "mid", *around(0.8, 0.8, 12.0, 300.0), dataset="letters"),
        *seeds(record, "small", *around(0.7, 0.7, 3.0, 90.0), dataset="letters"),
    ]
    first, *_, last = (line for line in text([*three, *others]).splitlines() if not line.startswith(" "))
    assert first.startswith("digits: take big")
    assert last.startswith(
        "over digits and letters: take mid · fine-tune (mean val accuracy 1.000, where the best of a data set"
    )


def test_places_are_told_where_there_are_several(record, three):
    there = seeds(record, "mid", *around(0.9, 0.91, 40.0, 300.0), machine={"id": "bbb", "processor": "B"})
    moved = [each.model_copy(update={"seed": each.seed + 3, "id": f"other{each.seed}"}) for each in there]
    first, second = (
        line for line in text([*three, *moved], limits=[LATENCY]).splitlines() if line.startswith("digits")
    )
    assert first.startswith("digits, machine aaa (A): take mid")
    assert second.startswith("digits, machine bbb (B): nothing can be recommended")


def test_markdown_has_a_table_of_all_rows(three):
    page = to_markdown_page(picks(three, limits=[LATENCY]))
    assert page.startswith("**digits: take mid")
    assert (
        "| row | limits | Pareto front | test accuracy | val accuracy | latency_ms | train_peak_mib |" in page
    )
    assert "| mid · fine-tune | take | yes | 0.9100 | 0.9000 | 12.00 | 300.0 |" in page
    assert "| big · fine-tune | not within |  | 0.9400 | 0.9500 | 60.00 | 900.0 |" in page


def test_json_has_all_of_it_with_the_ids_of_cells(three):
    found = json.loads(to_json(picks(three, limits=[LATENCY])))
    [answer] = found["picks"]
    assert (found["decided"], answer["taken"], answer["closest"]) == (True, "mid · fine-tune", None)
    assert answer["sentence"].startswith("digits: take mid")
    rows = {option["title"]: option for option in answer["options"]}
    for name in ("big", "mid", "small"):
        cells = sorted(record.id for record in three if record.labels["backbone"] == name)
        assert sorted(rows[f"{name} · fine-tune"]["cells"]) == cells
    mid, big = rows["mid · fine-tune"], rows["big · fine-tune"]
    assert (mid["state"], big["state"]) == ("within", "outside")
    assert mid["held"][0]["limit"] == {"column": "latency_ms", "bound": 20.0, "most": True}
    assert mid["held"][0]["value"] == pytest.approx(12.0)


HOSTILE = "\x1b[2J<script>alert(1)</script>|`x`\n# [a](b)"


def test_names_do_no_harm(record):
    records = [
        *seeds(record, HOSTILE, *around(0.9, 0.9, 3.0, 90.0), dataset=HOSTILE),
        *seeds(record, "b", *around(0.9, 0.9, 3.0, 90.0), dataset=HOSTILE),
        record(HOSTILE, reason=HOSTILE, dataset=HOSTILE, objective="x"),
    ]
    found = picks(records, limits=[LATENCY])
    shown = to_text(found)
    assert "\x1b" not in shown
    assert "\n#" not in shown
    page = to_markdown_page(found)
    outside = "".join(page.split("```")[::2])
    assert "<script" not in outside
    assert "\x1b" not in page
    assert "\n#" not in page
    assert "[a](b)" not in outside
