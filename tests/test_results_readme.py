"""The page on results describes each figure that is declared, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import bench
from bench.registry import Registry, load

PAGE = (Path(__file__).parents[1] / "results" / "README.md").read_text()


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load()


def described(section: str) -> list[str]:
    """What the first column of a section's tables names."""
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


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
