"""What to run next, as a command."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from bench import Column, Comparison, Figure, Need
from bench.records.results import Results
from bench.records.store import Store
from bench.reporting.picking.following import with_next
from bench.reporting.picking.values import Held, Limit, Option, Pick, Wish
from bench.reporting.standings import Standings

ACCURACY = Column(Figure("accuracy", better="higher"), "test accuracy", split="test")
LATENCY = Column(Figure("latency_ms", "ms", better="lower"), "latency_ms")
LIMIT = Limit("latency_ms", 20.0, True)


def comparison(answer, need=None) -> Comparison:
    return Comparison(0.01, -0.02, 0.04, 0.5, answer, "recipe", need)


def option(name, value=0.5, standing="within", against=None, column=LATENCY, latency=19.0) -> Option:
    held = [Held(LIMIT, column, standing, latency, 21.0, "2 seeds")]
    return Option(f"{name} · fine-tune", [], 2, {"val accuracy": value}, held, comparison=against)


def pick(*options, column=ACCURACY) -> Pick:
    taken = options[0] if options[0].state == "within" else None
    return Pick("digits", column, "val accuracy", options, taken=taken)


@pytest.fixture
def folder(record, tmp_path):
    store = Store(tmp_path / "my results" / "vision")
    for name in "abc":
        for seed in (0, 1):
            store.put(record(name, seed=seed, accuracy=0.5, axes={"batch_size": "16"}))
    store.suite_path.write_text("matrix: {}")
    return store.folder


def steps(found: Pick, folder, wish=Wish([LIMIT])):  # noqa: B008
    results = Results.of(folder)
    rows = [
        replace(
            row, labels={"backbone": row.labels["backbone"], "objective": "fine-tune", "dataset": "digits"}
        )
        for row in Standings(results.records).quality
    ]
    return with_next(found, rows, results, wish).next


def test_more_seeds_are_run_of_the_two_that_are_undecided(folder):
    rival = option("b", against=comparison("undecided", Need(3, 4)))
    [step] = steps(pick(option("a"), rival, option("c", against=comparison("better"))), folder)
    assert step.why == "whether a · fine-tune or b · fine-tune is better: 3 to 4 seeds of each may tell"
    run = ["bench", "run", f"{folder}/suite.yaml", "--results", str(folder.parent), "--set", "name=vision"]
    more = ["--seed", "2-3", "--only"]
    assert shlex.split(step.command) == [
        *(*run, *more, "a · fine-tune · digits · batch_size 16 · seed", "&&"),
        *(*run, *more, "b · fine-tune · digits · batch_size 16 · seed", "&&"),
        *("bench", "pick", str(folder), "--max", "latency_ms=20", "--look", "2"),
    ]


def test_the_pick_is_made_again_as_it_was_wished(folder):
    wish = Wish([Limit("accuracy", 0.5, False)], "latency_ms", "digits 0-4", 0.005, look=3)
    rival = option("b", against=comparison("undecided", Need(3, 3)))
    [step] = steps(pick(option("a"), rival), folder, wish)
    assert step.why.endswith("3 seeds of each may tell")
    again = "--dataset 'digits 0-4' --min accuracy=0.5 --for latency_ms --margin 0.005 --look 4"
    assert step.command.endswith(again)


@pytest.mark.parametrize(
    ("need", "told"),
    [
        (Need(), "more test examples would tell, not more seeds"),
        (Need(21, 90), "that would take more than 20 seeds of each"),
    ],
)
def test_what_no_reasonable_number_of_seeds_decides_has_no_command(folder, need, told):
    [step] = steps(pick(option("a"), option("b", against=comparison("undecided", need))), folder)
    assert (step.why, step.command) == (f"whether a · fine-tune or b · fine-tune is better: {told}", "")


def test_where_nothing_could_be_decided_there_are_more_seeds(folder):
    [step] = steps(pick(option("a"), option("b", against=comparison("undecidable"))), folder)
    assert step.why.endswith("4 seeds may tell")
    assert "--seed 2-3 --only" in step.command


def test_speeds_are_measured_again(folder):
    found = pick(option("a"), option("b", against=comparison("undecided")), column=LATENCY)
    [step] = steps(found, folder)
    assert step.why.endswith("5 runs of each seed may tell")
    assert "--seed 0-1 --repeat 5 --only" in step.command


def test_rows_that_may_be_within_and_would_be_taken_are_measured_again(folder):
    better, worse = option("b", 0.6, "open"), option("c", 0.4, "open")
    [step] = steps(pick(option("a", 0.5), better, worse), folder)
    assert step.why == "whether b · fine-tune is within the limits: 5 runs of each seed may tell"
    assert step.command.count("bench run") == 1


def test_where_none_is_within_those_that_come_closest_are_measured_again(folder):
    found = pick(
        option("a", standing="open", latency=22.0),
        option("b", standing="open", latency=19.0),
        option("c", standing="outside", latency=90.0),
    )
    [step] = steps(found, folder)
    assert step.why.startswith("whether b · fine-tune and a · fine-tune are within the limits")


def test_a_limit_on_quality_wants_seeds(folder):
    [step] = steps(pick(option("a", standing="open", column=ACCURACY)), folder)
    assert step.why == "whether a · fine-tune is within the limits: 4 seeds may tell"
    assert "--repeat" not in step.command


def test_where_all_is_decided_there_is_nothing_to_run(folder):
    assert steps(pick(option("a"), option("b", against=comparison("better"))), folder) == []


def test_a_suite_that_was_not_kept_is_told(folder):
    Store(folder).suite_path.unlink()
    [step] = steps(pick(option("a"), option("b", against=comparison("undecidable"))), folder)
    assert step.why.endswith("; SUITE.yaml stands for the suite, which was not kept")
    assert step.command.startswith("bench run SUITE.yaml --results ")
