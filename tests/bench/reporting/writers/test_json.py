"""JSON: all of a report as data."""

from __future__ import annotations

import json

from bench.reporting.writers.json import Json
from pages import report, taken_apart
from reports import report_of


def test_tables_verdicts_and_circumstances_are_data(record):
    readings = {"throughput": {"train": {"samples_per_s": 5.0}}}
    records = [
        *(record("a", seed=seed, accuracy=value) for seed, value in enumerate((0.625, 0.627))),
        *(record("b", seed=seed, accuracy=0.25, resources=readings) for seed in (0, 1)),
        record("c"),
    ]
    [text] = Json().write(report_of(records)).values()
    found = json.loads(text)
    accuracy = {row["backbone"]: row for row in found["tables"]["accuracy"]}
    assert accuracy["a"]["test accuracy"] == 0.626
    assert accuracy["b"]["test accuracy std"] == 0
    assert (accuracy["a"]["test accuracy best rank"], accuracy["b"]["test accuracy worst rank"]) == (1, 2)
    assert accuracy["a"]["test accuracy low"] < 0.626 < accuracy["a"]["test accuracy high"]
    assert accuracy["c"]["reason"] == "out of memory"
    assert set(found["tables"]) == {"accuracy", "throughput", "summary"}
    assert found["columns"]["throughput"] == [
        {
            "title": "train_samples_per_s",
            "figure": "samples_per_s",
            "unit": "samples/s",
            "better": "higher",
            "phase": "train",
            "split": "",
        }
    ]
    [verdict] = found["verdicts"]
    assert (verdict["dataset"], verdict["winner"]) == ("digits", "a · fine-tune")
    assert (verdict["chosen"], verdict["chosen_on"], verdict["margin"]) == ("a · fine-tune", "test", 0)
    assert [rival["mean"] for rival in verdict["contenders"]] == [0.626, 0.25]
    [comparison] = verdict["comparisons"]
    assert (comparison["with"], comparison["answer"]) == ("b · fine-tune", "better")
    assert found["cells"][verdict["contenders"][0]["cells"][0]]["seed"] == 0
    [fastest] = found["fastest"]
    assert (fastest["phase"], fastest["winner"], fastest["conditions"]["machine"]) == ("train", None, "aaa")
    assert found["circumstances"]["cells"] == {"done": 4, "failed": 1}


def test_what_was_taken_apart_is_data_too():
    found = json.loads(*Json().write(taken_apart(report(), parts=2)).values())
    [row] = found["breakdowns"]
    half = {"mean": 0.5, "spread": 0.1}
    assert (row["axis"], row["split"], row["labels"]["dataset"]) == ("class", "test", "digits")
    assert row["parts"] == [{"name": "class 0", "accuracy": half}, {"name": "class 1", "accuracy": half}]
    assert row["overall"] == {"accuracy": half}
    assert row["confusions"][1] == {"truth": "class 0", "taken_for": "class 1", "count": 1}
