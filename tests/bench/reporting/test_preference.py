"""Of rows that are equally good, the one to take is cheaper by more than two runs of one cell differ."""

from collections.abc import Sequence

from bench.reporting.preference import Price, preferred


def order(losses: Sequence[float], titles: str, *prices: Price) -> list[int]:
    """Return what is preferred of rows that all have the same prices to compare."""

    def of(rows: Sequence[int]) -> list[Price]:
        return [Price([price.losses[row] for row in rows], price.slack) for price in prices]

    return [*preferred(losses, list(titles), of)]


def test_the_best_comes_first_whatever_it_costs() -> None:
    assert order([0.2, 0.1], "ab", Price([1.0, 9.0])) == [1, 0]


def test_of_equals_the_cheaper_comes_first() -> None:
    assert order([0.1, 0.1, 0.1], "abc", Price([9.0, 1.0, 5.0])) == [1, 2, 0]


def test_a_price_that_is_lower_by_no_more_than_its_slack_decides_nothing() -> None:
    assert order([0.1, 0.1], "ab", Price([105.0, 100.0])) == [0, 1]
    assert order([0.1, 0.1], "ab", Price([105.0, 100.0], slack=0.0)) == [1, 0]


def test_speeds_are_losses_below_zero() -> None:
    assert order([0.1, 0.1], "ab", Price([-95.0, -100.0])) == [0, 1]
    assert order([0.1, 0.1], "ab", Price([-85.0, -100.0])) == [1, 0]


def test_where_the_first_price_tells_nothing_the_next_decides() -> None:
    assert order([0.1, 0.1], "ab", Price([100.0, 104.0]), Price([7.0, 3.0])) == [1, 0]


def test_a_chain_of_small_steps_does_not_lead_away_from_the_cheapest() -> None:
    assert order([0.1, 0.1, 0.1], "cba", Price([100.0, 108.0, 116.0])) == [1, 0, 2]


def test_without_prices_titles_decide() -> None:
    assert order([0.1, 0.1, 0.0], "bac") == [2, 1, 0]


def test_only_prices_of_equals_are_asked_for() -> None:
    asked: list[list[int]] = []

    def prices(rows: Sequence[int]) -> list[Price]:
        asked.append(sorted(rows))
        return []

    list(preferred([0.1, 0.3, 0.1, 0.2], list("abcd"), prices))
    assert asked == [[0, 2]]
