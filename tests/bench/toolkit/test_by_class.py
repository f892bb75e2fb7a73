"""What is known of each class is what scikit-learn's report has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import classification_report, confusion_matrix

from bench.toolkit.by_class import ByClass
from bench.toolkit.classification import ClassificationMetrics

Answers = tuple[int, list[tuple[int, int]]]


@st.composite
def answers(draw: st.DrawFn) -> Answers:
    """A number of classes, and pairs of targets and predictions."""
    count = draw(st.integers(2, 12))
    label = st.integers(0, count - 1)
    return count, draw(st.lists(st.tuples(label, label), min_size=1, max_size=60))


def statistics(pairs: list[tuple[int, int]]) -> dict[str, np.ndarray]:
    target, prediction = np.array(pairs).T
    return {"target": target, "prediction": prediction, "correct": target == prediction}


@given(answers())
@settings(deadline=None)
def test_figures_are_those_of_scikit_learn_s_report(case: Answers) -> None:
    count, pairs = case
    found = ByClass(list(map(str, range(count)))).compute(statistics(pairs))
    expected = classification_report(*zip(*pairs, strict=True), output_dict=True, zero_division=0.0)
    for at in range(count):
        own = expected.get(str(at))
        assert found["support"][at] == (own["support"] if own else 0)
        for theirs, name in (("f1-score", "f1"), ("precision", "precision"), ("recall", "recall")):
            assert found[name][at] == pytest.approx(own[theirs] if own else np.nan, nan_ok=True)


@given(answers())
@settings(deadline=None)
def test_confusions_are_those_of_scikit_learn(case: Answers) -> None:
    count, pairs = case
    found = ByClass(["x"] * count).confusions(statistics(pairs))
    expected = confusion_matrix(*zip(*pairs, strict=True), labels=range(count))
    assert {(truth, taken): times for truth, taken, times in found.tolist()} == {
        (int(truth), int(taken)): int(expected[truth, taken]) for truth, taken in np.argwhere(expected)
    }


@given(answers())
@settings(deadline=None)
def test_macro_figures_are_the_means_over_the_classes_that_occur(case: Answers) -> None:
    count, pairs = case
    kept = statistics(pairs)
    macro = ClassificationMetrics(count).compute(kept)
    for name, values in ByClass(["x"] * count).compute(kept).items():
        if name in macro:
            assert macro[name] == pytest.approx(np.nanmean(values), abs=1e-6)


def test_statistics_may_be_of_a_small_type() -> None:
    pairs = {"target": np.array([200, 255], np.uint8), "prediction": np.array([255, 255], np.uint8)}
    found = ByClass(["x"] * 256).confusions(pairs)
    assert found.tolist() == [[200, 255, 1], [255, 255, 1]]


def test_a_million_classes_take_no_matrix() -> None:
    count = 1_000_000
    pairs = {"target": np.arange(count), "prediction": np.arange(count)[::-1]}
    breakdown = ByClass(["x"] * count)
    assert breakdown.compute(pairs)["support"].sum() == count
    assert breakdown.confusions(pairs).shape == (count, 3)
    assert ClassificationMetrics(count).compute({**pairs, "correct": np.zeros(count, bool)})["accuracy"] == 0
