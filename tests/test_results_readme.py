"""The page on results describes each figure that is declared, each field that is kept, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import torch
from pydantic import BaseModel

import bench
import fakes
import trials
from bench.measuring.machine import git
from bench.records.contributions import KEY
from bench.records.record import CurvePoint, Facts, Failure, Record
from bench.registry import Registry, load
from bench.toolkit.by_class import ByClass
from bench.toolkit.classification import Classification
from bench.toolkit.token_classification import TokenClassification

PAGE = (Path(__file__).parents[1] / "results" / "README.md").read_text()


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load()


def table(section: str) -> list[str]:
    """The lines of a section's tables whose first column names something."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [line for line in text.splitlines() if line.startswith("| `")]


def described(section: str) -> list[str]:
    """What the first column of a section's tables names."""
    return [name for line in table(section) for name in re.findall(r"`([^`]+)`", line.split(" |")[0])]


@pytest.mark.parametrize("table", ["throughput", "memory"])
def test_each_column_of_the_meters_is_described_and_no_other(registry: Registry, table: str) -> None:
    figures = [figure for meter in registry.meters() if meter.table == table for figure in meter.figures]
    columns = [figure.column("<phase>") if figure.by_phase else figure.name for figure in figures]
    assert sorted(described(table)) == sorted(columns)


def test_all_tables_of_built_in_meters_have_a_section(registry: Registry) -> None:
    assert {meter.table for meter in registry.meters()} == {"throughput", "memory"}


def test_each_figure_of_quality_is_described_and_no_other(registry: Registry) -> None:
    classes: list[type[bench.Task | bench.Objective | bench.Metric]] = [
        entry.cls for kind in ("task", "objective", "metric") for entry in registry.entries[kind].values()
    ]
    names = {figure.name for cls in classes for figure in cls.figures}
    assert set(described("accuracy")) == names


def test_each_answer_of_a_verdict_is_described_and_no_other() -> None:
    assert described("Verdicts") == list(get_args(bench.Answer))


# --- records and predictions -------------------------------------------------------------------------


def told(section: str, name: str) -> set[str]:
    """What the meaning of a name mentions."""
    [line] = [line for line in table(section) if f"`{name}`" in line.split("|")[1]]
    return set(re.findall(r"`([^`]+)`", line.split("|", 2)[2]))


def test_each_field_of_a_record_is_described_and_no_other() -> None:
    assert sorted(described("Records")) == sorted(Record.model_fields)


@pytest.mark.parametrize(
    ("field", "model"), [("failures", Failure), ("figures", Facts), ("curve", CurvePoint)]
)
def test_so_is_what_these_are_made_of(field: str, model: type[BaseModel]) -> None:
    assert set(model.model_fields) <= told("Records", field)


def test_what_fields_with_names_of_their_own_hold_is_described(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(trials.Nothing()), tmp_path, shared=True)
    for field in ("effective", "data", "machine"):
        assert set(getattr(record, field)) <= told("Records", field)
    assert set(git(Path(__file__).parent)) <= told("Records", "git")


def test_each_column_of_predictions_is_described(registry: Registry) -> None:
    info = bench.DatasetInfo({"test": 4}, tuple("abcdefg"))
    predictions, targets = {"logits": torch.rand(4, 7)}, {"label": torch.arange(4)}
    found: set[str] = set()
    for name, entry in registry.entries["metric"].items():
        statistics = entry.cls().metrics(info).statistics(predictions, targets)
        found |= {f"{name}.{statistic}" for statistic in statistics}
    for task in (entry.cls() for entry in registry.entries["task"].values()):
        if isinstance(task, Classification):
            found |= set(task.metrics(info).statistics(predictions, targets))
        if isinstance(task, TokenClassification):
            words = {
                "tags": torch.zeros(4, 3, dtype=torch.long),
                "first": torch.zeros(4, 3, dtype=torch.long),
            }
            tagging = bench.DatasetInfo({"test": 4}, ("O", "B-x"))
            found |= set(task.metrics(tagging).statistics({"logits": torch.rand(4, 5, 2)}, words))
    assert set(described("Predictions")) == {*found, *KEY, "<statistic>", "<metric>.<statistic>"}


def test_each_figure_by_class_is_described_and_no_other() -> None:
    figures = {figure.name for figure in ByClass.figures}
    assert set(described("By class")) == {*figures, "truth", "taken_for", "count", "share"}
