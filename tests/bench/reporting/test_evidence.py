"""Scores by seed and example: read, aligned, computed by the plugins' metrics, or of seeds alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records.contributions import Contributions
from bench.reporting.evidence import Evidence
from bench.reporting.standings import Standings
from reports import InMemory, registry

TASK = {"name": "image-classification"}
CELL = {"seed": 0, "parent": None, "task": TASK}
DATA = {"classes": 3, "examples": {"test": 60}}


def scores(records, kept, metric="accuracy", split="test"):
    rows = Standings(records).quality
    found = Evidence(InMemory(records, kept), registry()).gathered(rows, split, metric)
    return dict(zip((row.labels["backbone"] for row in rows), found.scores, strict=True)), found.examples


def one(record, backbone, seed=0, *, correct, index=None, source="test", groups=None, value=None, **fields):
    """A cell that was right where `correct` says, and what is kept of it."""
    correct = np.array(correct)
    index = np.arange(len(correct)) if index is None else np.array(index)
    quality = {"test": {"accuracy": float(correct.mean()) if value is None else value}}
    each = record(backbone, seed=seed, quality=quality, **fields)
    statistics = {"other": {"correct": ~correct}, "": {"correct": correct}}
    return each, {each.id: {"test": Contributions(source, index, statistics, groups)}}


def both(*pairs):
    return [each for each, _ in pairs], {id: kept for _, each in pairs for id, kept in each.items()}


def test_what_examples_contribute_is_read_where_it_gives_the_recorded_figure(record):
    found, examples = scores(
        *both(
            one(record, "a", 0, correct=[True, True, True, False]),
            one(record, "a", 1, correct=[True, True, False, True]),
            one(record, "b", 0, correct=[True, False, False, False]),
        )
    )
    assert examples == 4
    assert found["a"].means.tolist() == [0.75, 0.75]
    assert found["a"].examples.tolist() == [[1, 1, 1, 0], [1, 1, 0, 1]]
    assert found["b"].examples.tolist() == [[1, 0, 0, 0]]
    assert found["a"].kind == "fine-tune"


@given(st.sets(st.integers(0, 50), min_size=5), st.sets(st.integers(0, 50), min_size=5))
def test_rows_are_aligned_on_the_examples_they_share(record, first, second):
    right = np.arange(51) % 3 == 0
    cells = [(name, sorted(index)) for name, index in (("a", first), ("b", second))]
    found, examples = scores(
        *both(*(one(record, name, correct=right[index], index=index) for name, index in cells))
    )
    shared = sorted(first & second)
    if len(shared) < 2:
        assert (found["a"].examples, examples) == (None, None)
    else:
        assert examples == len(shared)
        for row in found.values():
            assert row.examples.tolist() == [right[shared].tolist()]
            assert row.means == pytest.approx([right[shared].mean()])


@pytest.mark.parametrize(
    "other",
    [
        {"source": "train"},
        {"identity": {"dataset": {"name": "digits", "fingerprint": "other"}}},
        {"value": 0.6},
    ],
    ids=["another split", "other data", "not what was recorded"],
)
def test_what_cannot_be_aligned_or_believed_leaves_the_seeds_alone(record, other):
    right = [True, True, True, False]
    found, examples = scores(*both(one(record, "a", correct=right), one(record, "b", correct=right, **other)))
    assert (examples, found["b"].examples) == (None, None)
    assert found["b"].means.tolist() == [other.get("value", 0.75)]


def test_where_nothing_was_kept_the_scores_are_of_seeds(record):
    found, examples = scores([record("a", accuracy=0.5), record("a", seed=1, accuracy=0.7)], {})
    assert found["a"].means.tolist() == [0.5, 0.7]
    assert (found["a"].examples, examples) == (None, None)


def test_lower_is_turned_into_higher(record):
    records = [record("a", seed=s, quality={"test": {"loss": 2.0 + s}}, primary="loss") for s in (0, 1)]
    assert scores(records, {}, "loss")[0]["a"].means.tolist() == [-2.0, -3.0]


def test_examples_that_belong_together_are_one_unit(record):
    groups = np.array([0, 0, 1, 1, 2])
    found, examples = scores(*both(one(record, "a", correct=[1, 1, 0, 0, 1], groups=groups)))
    assert examples == 5
    assert found["a"].examples.shape == (1, 3)
    assert found["a"].examples.mean() == pytest.approx(0.6)


def classified(record, metric, *, cell=CELL, value=None):
    """A cell with the statistics of a classification of three classes, and a figure that is no mean."""
    random = np.random.default_rng(0)
    target = random.integers(0, 3, 60)
    prediction = np.where(random.random(60) < 0.7, target, 0)
    statistics = {"target": target, "prediction": prediction, "correct": target == prediction}
    metrics = registry().create("task", TASK).metrics(_info())
    figure = metrics.compute(statistics)[metric] if value is None else value
    each = record(quality={"test": {metric: figure}}, primary=metric, cell=cell, data=DATA)
    return [each], {each.id: {"test": Contributions("test", np.arange(60), {"": statistics})}}, figure


def _info():
    from bench import DatasetInfo

    return DatasetInfo({"test": 60}, ("a", "b", "c"))


def test_figures_that_are_no_means_are_computed_by_the_plugin(record):
    records, kept, figure = classified(record, "f1")
    [found] = scores(records, kept, "f1")[0].values()
    assert found.means.tolist() == [figure]
    assert found.examples.shape == (1, 60)
    assert found.examples.mean() == pytest.approx(figure, abs=1e-6)


def test_records_that_do_not_say_of_what_a_figure_is_the_mean_are_helped_by_the_plugin(record):
    records, kept, _ = classified(record, "accuracy")
    older = [
        each.model_copy(
            update={
                "figures": {
                    "quality": {
                        "accuracy": each.figures["quality"]["accuracy"].model_copy(update={"mean_of": ""})
                    }
                }
            }
        )
        for each in records
    ]
    [found] = scores(older, kept)[0].values()
    assert set(found.examples[0]) == {0, 1}


@pytest.mark.parametrize(
    "change",
    [{"cell": {"task": {"name": "gone"}}}, {"cell": {"task": {**TASK, "no": "such"}}}, {"value": 0.123}],
    ids=["plugin gone", "plugin fails", "another figure"],
)
def test_where_the_plugin_is_of_no_use_seeds_are_left(record, change):
    records, kept, figure = classified(record, "f1", **change)
    [found] = scores(records, kept, "f1")[0].values()
    assert (found.means.tolist(), found.examples) == ([figure], None)


def drawn(record, backbone, seeds, redrawn=True, right=lambda seed: [True, False, True, seed > 1], **fields):
    data = {**DATA, "redrawn": True} if redrawn else DATA
    return [one(record, backbone, seed, correct=right(seed), data=data, **fields) for seed in seeds]


def test_seeds_are_paired_where_they_drew_the_same_examples(record):
    cells = [
        *drawn(record, "a", (0, 1, 2)),
        *drawn(record, "b", (2, 1, 0)),
        *drawn(record, "c", (0, 1)),
        *drawn(record, "d", (0, 1, 2), redrawn=False),
    ]
    found, _ = scores(*both(*cells))
    assert found["a"].draws == found["b"].draws
    assert [seed for seed, _ in found["a"].draws] == [0, 1, 2]
    assert found["c"].draws == found["a"].draws[:2]
    assert found["d"].draws == ()


def test_draws_of_other_data_are_others_and_pair_nothing(record):
    other = {"dataset": {"name": "digits", "fingerprint": "other"}}
    found, _ = scores(
        *both(*drawn(record, "a", (0, 1)), *drawn(record, "b", (0, 1), identity=other)),
    )
    assert found["a"].examples is None
    assert found["a"].draws != found["b"].draws


def test_what_is_known_by_seeds_alone_is_paired_too(record):
    cells = [*drawn(record, "a", (0, 1, 2), value=0.9), *drawn(record, "b", (0, 1, 2), value=0.8)]
    found, _ = scores(*both(*cells))
    assert found["a"].examples is None
    assert found["a"].draws == found["b"].draws != ()
