"""Which examples a cell uses."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench import DatasetInfo, Limits, UnsuitableError
from bench.feeding.splits import select


def positions(sizes: dict[str, int], **limits: float) -> dict[str, list[int]]:
    subsets = select(DatasetInfo(sizes), Limits(**limits))
    return {split: selection.positions.tolist() for split, selection in subsets.items()}


def test_splits_of_the_data_set_are_taken_whole_and_in_order() -> None:
    sizes = {"train": 7, "val": 3, "test": 2}
    assert positions(sizes) == {split: list(range(size)) for split, size in sizes.items()}


@given(st.integers(2, 3000))
def test_a_missing_val_is_carved_from_train(size: int) -> None:
    subsets = select(DatasetInfo({"train": size, "test": 5}), Limits())
    train, val = (subsets[split].positions.tolist() for split in ("train", "val"))
    assert subsets["val"].source == subsets["train"].source == "train"
    assert sorted(train + val) == list(range(size))  # disjoint, and nothing lost
    assert len(val) == max(1, round(size / 10))
    assert train == sorted(train)
    assert val == sorted(val)


def test_what_is_carved_is_no_block_of_the_file_and_always_the_same() -> None:
    first, second = (positions({"train": 1000})["val"] for _ in range(2))
    assert first == second
    assert max(first) > 800
    assert min(first) < 200


def test_one_example_is_not_divided() -> None:
    assert positions({"train": 1, "test": 4}) == {"train": [0], "test": [0, 1, 2, 3]}


def test_a_data_set_may_have_nothing_but_a_test_split() -> None:
    assert positions({"test": 2}) == {"test": [0, 1]}


@given(st.integers(1, 2000), st.integers(1, 2000), st.sampled_from(["train", "val", "test"]))
def test_a_smaller_limit_is_part_of_a_larger_one(one: int, other: int, split: str) -> None:
    small, large = sorted((one, other))
    sizes = {"train": 1500, "val": 1500, "test": 1500}
    fewer = positions(sizes, **{f"{split}_examples": small})[split]
    more = positions(sizes, **{f"{split}_examples": large})[split]
    assert set(fewer) <= set(more)
    assert len(fewer) == min(small, 1500)
    assert fewer == sorted(fewer)


@pytest.mark.parametrize(("small", "large"), [(100, 1000), (1, 2)])
def test_so_it_is_beside_a_carved_val_which_the_limit_does_not_touch(small: int, large: int) -> None:
    fewer, more, all_of_it = (
        positions({"train": 2000}, **limit)
        for limit in ({"train_examples": small}, {"train_examples": large}, {})
    )
    assert set(fewer["train"]) < set(more["train"]) < set(all_of_it["train"])
    assert fewer["val"] == more["val"] == all_of_it["val"]


def test_a_limit_beyond_the_end_is_no_limit() -> None:
    assert positions({"test": 3}, test_examples=10) == {"test": [0, 1, 2]}


def test_a_limit_on_one_split_leaves_the_others() -> None:
    limited = positions({"train": 9, "val": 9, "test": 9}, val_examples=4)
    assert [len(limited[split]) for split in ("train", "val", "test")] == [9, 4, 9]


def stratified(labels: list[int], count: int) -> list[int]:
    limits = Limits(train_examples=count)
    chosen = select(DatasetInfo({"train": len(labels), "val": 1}), limits, {"train": labels}.get)["train"]
    return chosen.positions.tolist()


LABELS = st.lists(st.integers(0, 4), min_size=2, max_size=300)


@given(LABELS, st.data())
def test_a_choice_has_the_classes_in_proportion(labels: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(labels)))
    chosen = [labels[position] for position in stratified(labels, count)]
    assert len(chosen) == count
    for own in set(labels):
        fair = count * labels.count(own) / len(labels)
        # Each class lies evenly from 0 to 1, half a gap from the ends: one more or less, rarely two.
        assert abs(chosen.count(own) - fair) <= len(set(labels)) / 2 + 1


def test_equal_classes_are_equally_often_in_any_whole_round() -> None:
    labels = [0, 1, 2, 3] * 25
    for count in (4, 20, 48):
        chosen = [labels[position] for position in stratified(labels, count)]
        assert [chosen.count(own) for own in range(4)] == [count // 4] * 4


@given(LABELS, st.data())
def test_a_stratified_choice_is_part_of_a_larger_one(labels: list[int], data: st.DataObject) -> None:
    small = data.draw(st.integers(1, len(labels)))
    large = data.draw(st.integers(small, len(labels)))
    assert set(stratified(labels, small)) <= set(stratified(labels, large))


@given(st.lists(st.booleans(), min_size=2, max_size=60), st.integers(1, 60))
def test_limits_neither_cut_nor_count_candidates(marks: list[bool], limit: int) -> None:
    info, candidates = DatasetInfo({"train": 9, "test": len(marks)}), np.array(marks, int)
    limits = Limits(test_examples=limit, train_examples=4)
    chosen = select(info, limits, candidates={"test": candidates}.get)
    taken = candidates[chosen["test"].positions].tolist()
    assert (taken.count(1), taken.count(0)) == (sum(marks), min(limit, marks.count(False)))
    assert len(chosen["train"].positions) == 4


def test_a_carved_val_has_the_classes_in_proportion() -> None:
    labels = [0] * 90 + [1] * 10
    val = select(DatasetInfo({"train": 100}), Limits(), {"train": labels}.get)["val"].positions.tolist()
    assert [labels[position] for position in val].count(1) == 1


GROUPS = st.lists(st.integers(0, 12), min_size=2, max_size=300)


def grouped(groups: list[int], labels: list[int] | None = None, **limits: float) -> dict[str, list[int]]:
    """Which groups the examples of train and val are of."""
    sizes = DatasetInfo({"train": len(groups)})
    subsets = select(sizes, Limits(**limits), {"train": labels}.get, {"train": groups}.get)
    return {
        split: [groups[position] for position in subset.positions.tolist()]
        for split, subset in subsets.items()
    }


@given(GROUPS)
def test_no_group_is_divided_between_train_and_a_carved_val(groups: list[int]) -> None:
    found = grouped(groups)
    assert sorted(itertools.chain(*found.values())) == sorted(groups)
    if len(set(groups)) == 1:
        assert found.keys() == {"train"}
    else:
        train, val = set(found["train"]), set(found["val"])
        assert train
        assert val
        assert not train & val


@given(GROUPS)
def test_a_carved_val_of_groups_is_a_tenth_at_most_unless_every_group_is_larger(groups: list[int]) -> None:
    val = grouped(groups).get("val", [])
    smallest = min(map(groups.count, groups))
    assert len(val) <= max(1, round(len(groups) / 10), smallest)


@pytest.mark.parametrize("size", [1, 5, 20])
def test_groups_of_equal_size_give_exactly_a_tenth_and_no_block(size: int) -> None:
    groups = [number // size for number in range(1000)]
    val = grouped(groups)["val"]
    assert len(val) == 100
    assert min(val) < 400 / size
    assert max(val) > 600 / size


def test_groups_are_chosen_with_classes_in_proportion() -> None:
    groups = [number // 2 for number in range(400)]
    labels = [int(group % 4 == 0) for group in groups]
    val = grouped(groups, labels)["val"]
    assert sum(group % 4 == 0 for group in val) == len(val) / 4


def test_limits_leave_groups_on_their_side() -> None:
    groups = [number // 7 for number in range(700)]
    whole, limited = grouped(groups), grouped(groups, train_examples=50, val_examples=20)
    assert set(limited["train"]) <= set(whole["train"])
    assert set(limited["val"]) <= set(whole["val"])
    assert (len(limited["train"]), len(limited["val"])) == (50, 20)


@pytest.mark.parametrize(("fraction", "count"), [(0.1, 90), (1.0, 900), (0.0001, 1)])
def test_a_share_is_of_what_is_left_for_training(fraction: float, count: int) -> None:
    assert len(positions({"train": 1000}, train_fraction=fraction)["train"]) == count


def test_of_a_share_and_a_number_the_smaller_holds() -> None:
    sizes = {"train": 100, "val": 1}
    assert len(positions(sizes, train_fraction=0.5, train_examples=20)["train"]) == 20
    assert len(positions(sizes, train_fraction=0.5, train_examples=80)["train"]) == 50


def drawn(labels: list[int], draw: int = 0, **limits: float) -> list[int]:
    info = DatasetInfo({"train": len(labels), "val": 1})
    chosen = select(info, Limits(**limits), {"train": labels}.get, draw=draw)
    return chosen["train"].positions.tolist()


@given(LABELS, st.integers(0, 2**63 - 1), st.data())
def test_shots_are_as_many_of_each_class(labels: list[int], draw: int, data: st.DataObject) -> None:
    shots = data.draw(st.integers(1, min(map(labels.count, labels))))
    chosen = drawn(labels, draw, shots=shots)
    assert chosen == sorted(set(chosen))
    assert Counter(labels[position] for position in chosen) == dict.fromkeys(labels, shots)


@given(LABELS, st.integers(0, 99), st.data())
def test_fewer_shots_are_part_of_more(labels: list[int], draw: int, data: st.DataObject) -> None:
    more = data.draw(st.integers(1, min(map(labels.count, labels))))
    fewer = data.draw(st.integers(1, more))
    assert set(drawn(labels, draw, shots=fewer)) <= set(drawn(labels, draw, shots=more))


@pytest.mark.parametrize("limit", [{"shots": 3}, {"train_examples": 12}, {"train_fraction": 0.1}])
def test_another_draw_chooses_others_and_each_example_as_likely(limit: dict[str, float]) -> None:
    labels = [0, 1, 2, 3] * 30
    draws = [drawn(labels, draw, **limit) for draw in range(1000)]
    assert draws[:10] == [drawn(labels, draw, **limit) for draw in range(10)]
    often = Counter(itertools.chain(*draws))
    # Each of 120 examples is chosen in a tenth of the draws: 100 times, give or take 9.5 (binomial).
    assert len(often) == 120
    assert max(abs(count - 100) for count in often.values()) < 4.5 * 9.5
    assert stats.chisquare(list(often.values())).pvalue > 1e-4


def test_a_draw_is_of_train_alone() -> None:
    info, limits = DatasetInfo({"train": 300, "test": 300}), Limits(test_examples=9, val_examples=9, shots=2)
    labels = {"train": [0, 1, 2] * 100, "test": [0, 1, 2] * 100}.get
    one, other = (select(info, limits, labels, draw=draw) for draw in (1, 2))
    assert one["train"].positions.tolist() != other["train"].positions.tolist()
    for split in ("val", "test"):
        assert one[split].positions.tolist() == other[split].positions.tolist()
    for found in (one, other):
        assert not set(found["train"].positions) & set(select(info, Limits(), labels)["val"].positions)


def failure(classes: tuple[str, ...], labels: list[int] | None, shots: int) -> str:
    info = DatasetInfo({"train": len(labels or [0]), "val": 1}, classes)
    with pytest.raises(UnsuitableError) as caught:
        select(info, Limits(shots=shots), {"train": labels}.get)
    return str(caught.value)


def test_too_few_of_a_class_are_told_by_name_and_number_on_one_line() -> None:
    labels = [0] * 9 + [1] * 8 + [2] * 3
    assert failure(("cat", "dog", "a\nbird", "eel"), labels, 9) == (
        "limits.shots is 9, but train has only 8 of 'dog', 3 of 'a bird', 0 of 'eel'"
    )
    assert failure((), labels, 4) == "limits.shots is 4, but train has only 3 of class 2"
    many = tuple(f"class {number}" for number in range(1000))
    assert failure(many, list(range(1000)), 2) == (
        "limits.shots is 2, but train has only 1 of 'class 0', 1 of 'class 1', 1 of 'class 2', "
        "1 of 'class 3', 1 of 'class 4', and too few of 995 more classes"
    )


def test_without_classes_there_are_no_shots() -> None:
    reason = "limits.shots counts examples of each class, and this data set has no classes"
    assert failure((), None, 1) == reason


def test_shots_are_of_what_val_leaves() -> None:
    info, labels = DatasetInfo({"train": 20}, ("a", "b")), [0, 1] * 10
    subsets = select(info, Limits(shots=9), {"train": labels}.get)
    assert len(subsets["train"].positions) == 18
    assert not set(subsets["train"].positions) & set(subsets["val"].positions)
    with pytest.raises(UnsuitableError, match=r"train has only 9 of 'a', 9 of 'b'$"):
        select(info, Limits(shots=10), {"train": labels}.get)
