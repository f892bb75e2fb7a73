"""Which row is taken, and what is said of the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench import Column, Figure
from bench.reporting.picking import Limit, Wish, choose
from bench.reporting.picking.candidates import Candidates
from bench.reporting.picking.measured import Measured, of_runs
from picking import LATENCY, MEMORY, quality, rows

SPEED = Column(Figure("samples_per_s", "samples/s", better="higher", headline=1), "train_samples_per_s")


def right(*shares: float, seeds: int = 3, of: int = 4000, start: int = 0) -> list[np.ndarray]:
    """Rows that are right of the first examples, all seeds nearly alike."""
    at = np.arange(of)
    return [
        np.stack([(at - start - 7 * seed) % of < round(share * of) for seed in range(seeds)])
        for share in shares
    ]


def around(*values: float) -> list[list[list[float]]]:
    return [[[value * factor] for factor in (0.99, 1.0, 1.01)] for value in values]


def candidates(test, val=None, latencies=(), limit=None) -> Candidates:
    tested = quality("test", right(*test))
    latency = of_runs(LATENCY, around(*latencies), [""] * len(latencies))
    return Candidates(
        "data",
        rows(len(test)),
        tested,
        quality("val", right(*val)) if val else tested,
        [(Limit("latency_ms", limit, True), latency)] if limit else [],
        [latency] if latencies else [],
    )


def test_val_chooses_and_test_is_reported():
    found = choose(candidates((0.80, 0.90, 0.85), val=(0.80, 0.85, 0.90)), Wish())
    assert found.taken is found.options[0]
    assert (found.taken.title, found.chosen_on, found.column.title) == (
        *("row 02", "val accuracy", "test accuracy"),
    )
    assert found.taken.values == {"test accuracy": 0.85, "val accuracy": 0.9}
    assert [option.title for option in found.options] == ["row 02", "row 01", "row 00"]
    # Test says otherwise, and that is told.
    assert [option.comparison and option.comparison.answer for option in found.options] == [
        *(None, "worse", "better"),
    ]
    assert found.corrected is None


def test_only_what_is_surely_within_the_limits_is_taken():
    made = candidates((0.90, 0.80, 0.70), latencies=(40.0, 19.9, 5.0), limit=20.0)
    found = choose(made, Wish([made.limits[0][0]]))
    assert found.taken is not None
    assert [(option.title, option.state) for option in found.options] == [
        ("row 02", "within"),
        ("row 00", "outside"),
        ("row 01", "open"),
    ]
    assert found.taken.title == "row 02"
    assert found.closest is None
    assert found.otherwise is None


def test_where_nothing_is_within_what_comes_closest_is_named():
    made = candidates((0.90, 0.80, 0.70), latencies=(40.0, 24.0, 30.0), limit=20.0)
    found = choose(made, Wish([made.limits[0][0]]))
    assert (found.taken, found.otherwise, found.corrected) == (None, None, None)
    assert found.closest is not None
    assert found.closest.title == "row 01"
    assert found.closest.excess == pytest.approx(0.2, rel=1e-3)


def test_a_row_that_was_not_measured_is_neither_taken_nor_closest():
    made = candidates((0.9, 0.8), latencies=(5.0, 5.0), limit=20.0)
    limit, latency = made.limits[0]
    lacking = of_runs(LATENCY, [[], *around(50.0)], [""] * 2)
    found = choose(replace(made, limits=[(limit, lacking)], prices=[]), Wish([limit]))
    assert found.options[0].state == "unmeasured"
    assert found.taken is None
    assert found.closest is found.options[1]
    nowhere = of_runs(LATENCY, [[], []], [""] * 2)
    assert choose(replace(made, limits=[(limit, nowhere)], prices=[]), Wish([limit])).closest is None
    assert choose(replace(made, limits=[(limit, latency)]), Wish([limit])).taken is not None


def test_a_row_without_the_figure_to_choose_by_is_not_taken():
    made = candidates((0.9, 0.8))
    values, scores = [None, made.goal.values[1]], [None, made.goal.scores[1]]
    lacking = replace(made.goal, values=values, scores=scores)
    found = choose(replace(made, goal=lacking, chooser=lacking), Wish())
    assert found.taken is not None
    assert found.taken.title == "row 01"


def test_of_equals_the_cheapest_is_taken():
    made = candidates((0.90, 0.80), val=(0.9, 0.9), latencies=(9.0, 4.0))
    assert choose(made, Wish()).options[0].title == "row 01"
    assert choose(replace(made, prices=[]), Wish()).options[0].title == "row 00"


def test_the_pareto_front_is_of_val_and_prices():
    found = choose(candidates((0.9, 0.8, 0.7), val=(0.9, 0.8, 0.7), latencies=(9.0, 4.0, 5.0)), Wish())
    assert [(option.title, option.front) for option in found.options] == [
        ("row 00", True),
        ("row 01", True),
        ("row 02", False),
    ]
    assert [column.title for column in found.priced] == ["latency_ms"]


def test_what_is_cheaper_and_not_surely_worse_has_its_price_told():
    found = choose(
        candidates((0.9, 0.9, 0.7), val=(0.9, 0.89, 0.7), latencies=(9.0, 3.0, 1.0)), Wish(margin=0.05)
    )
    first, second, third = found.options
    assert (first.comparison, first.ratios) == (None, {})
    assert second.comparison is not None
    assert third.comparison is not None
    assert (second.comparison.answer, third.comparison.answer) == ("same", "better")
    assert second.ratios == {"latency_ms": pytest.approx(1 / 3)}


def test_a_price_that_a_row_lacks_does_not_count():
    made = candidates((0.9, 0.8), latencies=(9.0, 4.0))
    lacking = of_runs(MEMORY, [*around(5.0), []], [""] * 2)
    assert choose(replace(made, prices=[lacking, *made.prices]), Wish()).priced == [LATENCY]


def test_speeds_on_encoded_features_are_no_price_beside_others():
    made = candidates((0.9, 0.8), latencies=(9.0, 4.0))
    speed = of_runs(SPEED, around(100.0, 9000.0), [""] * 2)
    made = replace(made, prices=[speed, *made.prices])
    assert choose(replace(made, encoded=[False, True]), Wish()).priced == [LATENCY]
    assert choose(replace(made, encoded=[True, True]), Wish()).priced == [SPEED, LATENCY]


def test_a_resource_can_be_chosen_by():
    made = candidates((0.9, 0.8), val=(0.9, 0.8), latencies=(9.0, 4.0))
    by_latency = replace(
        made, goal=made.prices[0], chooser=made.prices[0], prices=[made.chooser], quality=made.goal
    )
    found = choose(by_latency, Wish())
    assert found.taken is not None
    assert found.taken.title == "row 01"
    assert found.chosen_on == "latency_ms"
    assert [column.title for column in found.priced] == ["val accuracy"]
    assert found.otherwise == pytest.approx(0.0, abs=0.05)
    assert set(found.taken.values) == {"latency_ms", "val accuracy", "test accuracy"}


def test_how_often_resamples_take_another_is_told():
    clear = choose(candidates((0.9, 0.5)), Wish()).otherwise
    close = choose(candidates((0.9, 0.8999), val=(0.9, 0.8999)), Wish()).otherwise
    assert clear == 0.0
    assert close is not None
    assert 0.2 < close < 0.8


def test_what_was_chosen_by_its_own_figure_is_told_to_be_flattered():
    rng = np.random.default_rng(0)
    found = choose(
        Candidates("data", rows(8), *[quality("test", list(rng.random((8, 3, 500)) < 0.8))] * 2), Wish()
    )
    assert found.taken is not None
    assert found.corrected is not None
    assert found.corrected < found.taken.values["test accuracy"]


def test_one_row_is_taken_without_a_choice():
    found = choose(candidates((0.9,)), Wish())
    assert found.taken is not None
    assert (found.otherwise, found.corrected, found.taken.comparison) == (None, None, None)


def test_each_look_must_be_surer_than_the_one_before():
    assert Wish().alpha == pytest.approx(0.05 * 6 / np.pi**2)
    assert Wish(look=2).alpha < Wish().alpha
    assert choose(candidates((0.9, 0.8)), Wish(look=2)).confidence == pytest.approx(1 - Wish(look=2).alpha)


def test_a_figure_of_which_less_is_better_can_be_chosen_by():
    rng = np.random.default_rng(0)
    figure = Column(Figure("loss", better="lower"), "test loss", split="test")
    losses = [rng.normal(mean, 0.1, (3, 200)) for mean in (2.0, 1.0)]
    made = quality("test", [-each for each in losses])
    loss = Measured(figure, [float(each.mean()) for each in losses], made.scores)
    found = choose(Candidates("data", rows(2), loss, loss), Wish())
    assert found.taken is not None
    assert found.taken.title == "row 01"
    assert found.corrected == pytest.approx(1.0, abs=0.05)
