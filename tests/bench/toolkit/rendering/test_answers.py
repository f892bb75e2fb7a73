"""Verdicts in words: plain, and never more certain than the data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench import Basis, Column, Comparison, Contender, Figure, Need, Verdict
from bench.toolkit.rendering import speeds, verdict

ACCURACY = Column(Figure("accuracy", better="higher"), "test accuracy", split="test")
RATE = Column(Figure("rate", "samples/s", better="higher"), "train_rate", phase="train")


def better(difference=0.03, basis: Basis = "recipe"):
    return Comparison(difference, difference - 0.015, difference + 0.015, 0.001, "better", basis)


def worse():
    return Comparison(-0.03, -0.045, -0.015, 0.001, "worse", "recipe")


def same():
    return Comparison(0.001, -0.003, 0.005, 0.5, "same", "recipe")


def undecided(low=None, high=None, basis: Basis = "recipe"):
    return Comparison(0.01, -0.01, 0.03, 0.3, "undecided", basis, Need(low, high))


UNDECIDABLE = Comparison(0.01, float("-inf"), float("inf"), 1.0, "undecidable", "seeds")


def told(*comparisons, n=3, **fields):
    """The sentence about `a` and as many others, without what it is about."""
    contenders = [
        Contender(name, 0.91 - 0.01 * at, None if n == 1 else 0.0141, n, (1, 2))
        for at, name in enumerate("abcdefghijkl"[: 1 + len(comparisons)])
    ]
    found = Verdict("digits", ACCURACY, contenders, "seeds", comparisons=comparisons, chosen_on="test")
    sentence = verdict(replace(found, **fields))
    return sentence.removeprefix("digits, test accuracy: ")


def test_a_winner():
    assert told(better()) == (
        "a (0.9100 ± 0.0141, 3 seeds) is best, surely 0.0300 (0.0150 to 0.0450) ahead of b (0.9000 ± 0.0141)"
    )
    assert told(better(), better(0.05)) == (
        "a (0.9100 ± 0.0141, 3 seeds) is best, surely better than all 2 others, "
        "0.0300 (0.0150 to 0.0450) ahead of the next, b (0.9000 ± 0.0141)"
    )


def test_a_winner_where_lower_is_better():
    loss = Column(Figure("loss", better="lower"), "test loss", split="test")
    ahead = Comparison(-0.03, -0.045, -0.015, 0.001, "better", "recipe")
    assert told(ahead, column=loss).endswith("surely 0.0300 (0.0150 to 0.0450) ahead of b (0.9000 ± 0.0141)")


def test_nobody_to_compare_with():
    assert told() == "only a (0.9100 ± 0.0141, 3 seeds) was measured"
    assert told(n=1) == "only a (0.9100, 1 seed) was measured"


@pytest.mark.parametrize(
    ("needs", "wanted"),
    [
        ([(5, 9)], "5 to 9 seeds each might tell (3 now)"),
        ([(5, 5)], "5 seeds each might tell (3 now)"),
        ([(5, 9), (7, 8)], "7 to 9 seeds each might tell (3 now)"),
        ([(None, None)], "more test examples, not more seeds, would tell"),
        (
            [(50, 90), (5, 9), (None, None)],
            "5 to 9 seeds each might tell some of them, more test examples the others",
        ),
    ],
)
def test_what_it_would_take(needs, wanted):
    sentence, _, needed = told(*(undecided(*need) for need in needs)).partition("; ")
    assert sentence.startswith("undecided between a (0.9100 ± 0.0141, 3 seeds) and ")
    assert needed == wanted


def test_what_it_would_take_for_speeds():
    few, never = undecided(6, 9, "runs"), undecided(basis="runs")
    assert told(never, over="runs", column=RATE).endswith("; more runs would hardly tell")
    assert told(few, never, over="runs", column=RATE).endswith("; 6 to 9 runs each might tell some of them")


def test_undecided_ones_are_named_and_those_that_are_behind_counted():
    assert told(undecided(), better(), better()).startswith(
        "undecided between a (0.9100 ± 0.0141, 3 seeds) and b (0.9000 ± 0.0141) (2 others are surely worse); "
    )
    assert "and each of b (0.9000 ± 0.0141) and c (0.8900 ± 0.0141) (1 other is surely worse); " in told(
        undecided(), undecided(), better()
    )
    assert "e (0.8700 ± 0.0141) and 7 more; " in told(*[undecided()] * 11)


def test_the_same_within_a_margin():
    assert told(same(), same(), better(), margin=0.005) == (
        "a (0.9100 ± 0.0141, 3 seeds) is the same within 0.005 as "
        "b (0.9000 ± 0.0141) and c (0.8900 ± 0.0141) (1 other is surely worse)"
    )


def test_what_so_few_seeds_cannot_decide():
    assert told(UNDECIDABLE, UNDECIDABLE, UNDECIDABLE, n=1) == (
        "1 seed each cannot decide between a (0.9100, 1 seed) and each of b (0.9000) and 2 more"
    )


def test_all_kinds_in_one():
    sentence = told(worse(), undecided(5, 9), same(), UNDECIDABLE, better(), margin=0.005, chosen_on="val")
    assert sentence == (
        "a (0.9100 ± 0.0141, 3 seeds, chosen on val) is surely worse than b (0.9000 ± 0.0141) "
        "(1 other is surely worse); "
        "undecided between a and c (0.8900 ± 0.0141); 5 to 9 seeds each might tell (3 now); "
        "a is the same within 0.005 as d (0.8800 ± 0.0141); "
        "3 seeds each cannot decide between a and e (0.8700 ± 0.0141)"
    )


def test_what_the_answers_hold_for_is_said():
    assert told(better(basis="networks"), n=1).endswith(
        "; this holds for these trained networks only (one seed each)"
    )
    assert told(undecided(basis="networks"), n=3).endswith("; this holds for these trained networks only")
    assert told(better(basis="seeds")).endswith("; this holds for these test examples only")
    assert "holds" not in told(UNDECIDABLE)


def test_a_figure_that_was_chosen_by_is_corrected():
    flattered = "; being chosen by this very figure flatters a: expect about 0.9050"
    assert told(better(), corrected=0.905).endswith(flattered)
    assert "flatters" not in told(better(), corrected=0.91001)


def test_seeds_that_are_alike_are_said_to_be():
    alike = Contender("a", 0.89, 1e-16, 3, (1, 2), alike=True)
    assert told(contenders=[alike]) == "only a (0.8900, 3 seeds, all alike) was measured"


def test_a_speed_is_so_many_times_another_and_busy_runs_are_told():
    ratio = Comparison(2.0, 1.9, 2.1, 0.001, "better", "runs")
    rivals = [Contender("a", 200.0, 1.0, 5, (1, 1), busy=2), Contender("b", 100.0, 1.0, 6, (2, 2))]
    used = {"machine": "m", "device": "cpu", "device_name": "x", "precision": "fp32", "batch_size": 1}
    used |= {"eval_batch_size": 2, "threads": 3}
    found = Verdict("digits", RATE, rivals, "runs", comparisons=[ratio], conditions=used)
    assert list(speeds([found, replace(found, encoded=True)])) == [
        f"digits{encoded}: machine m, cpu (x), fp32, batch size 1, in evaluation 2, 3 threads. Training: "
        "a (200.0 ± 1.0 samples/s, 5 runs, the machine busy in 2) is fastest, "
        "surely 2.00 (1.90 to 2.10) times as fast as b (100.0 ± 1.0 samples/s, 6 runs)."
        for encoded in ("", ", on features encoded beforehand")
    ]
