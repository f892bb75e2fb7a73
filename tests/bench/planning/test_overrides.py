"""What the command line changes in a suite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import SuiteError
from bench.planning import Overrides, Plan, load_suite, make_plan
from bench.registry import Registry

SUITE = """
device: cpu
defaults: {batch_size: 4}
parents:
  low: {objective: tune, dataset: {name: shapes, classes: [dot]}, batch_size: 64, limits: {steps: 500}}
matrix:
  backbone: [net/small, {name: net/large, from: low}]
  objective: tune
  dataset: shapes
  seed: [0, 1]
  steps: [10, 20]
include:
  - {seed: 2, batch_size: 8}
exclude:
  - {backbone: net/small, seed: 1}
"""

Changer = Callable[..., Plan]


@pytest.fixture
def changed(registry: Registry, tmp_path: Path) -> Changer:
    def changed(text: str = SUITE, **overrides: object) -> Plan:
        path = tmp_path / "suite.yaml"
        path.write_text(text)
        return make_plan(load_suite(path, registry, Overrides(**overrides)), registry)

    return changed


def test_seeds_replace_the_axis_everywhere(changed: Changer) -> None:
    assert {cell.seed for cell in changed(seeds=("5", "6", "5")).cells} == {5, 6}


@pytest.mark.parametrize("seeds", [("5-7",), ("5,6,7",), ("5-6", "7", "6-7")])
def test_several_seeds_may_be_typed_at_once(changed: Changer, seeds: tuple[str, ...]) -> None:
    assert {cell.seed for cell in changed(seeds=seeds).cells} == {5, 6, 7}


def test_device_and_executor(changed: Changer) -> None:
    made = changed(device="cuda:1", executor="farm", sets=("executor.machines=3",))
    assert {cell.device for cell in made.cells} == {"cuda:1"}
    assert (made.suite.executor.name, made.suite.executor.machines) == ("farm", 3)


def test_a_limit_holds_for_all_cells_even_where_it_was_an_axis_or_a_parents_own(changed: Changer) -> None:
    made = changed(limits=("steps=3",))
    assert {cell.limits.steps for cell in made.cells} == {3}
    assert all("steps" not in cell.labels for cell in made.cells)


def test_batch_size_holds_for_all_cells(changed: Changer) -> None:
    assert {cell.settings.batch_size for cell in changed(batch_size=2).cells} == {2}
    assert {cell.settings.batch_size for cell in changed(sets=("batch_size=2",)).cells} == {2}
    assert {cell.settings.batch_size for cell in changed(sets=("defaults.batch_size=2",)).cells} == {2}


def test_a_list_makes_an_axis(changed: Changer) -> None:
    made = changed(sets=("precision=[fp32, bf16]", "steps=[1, 2, 3]"))
    children = [cell for cell in made.cells if "low" in cell.labels["backbone"]]
    assert {cell.labels["precision"] for cell in children} == {"fp32", "bf16"}
    assert {cell.labels["steps"] for cell in children} == {"1", "2", "3"}


def test_settings_of_plugins_are_left_alone(changed: Changer) -> None:
    backbone = "{name: reader, options: {threads: 3, steps: 1}}"
    text = f"matrix: {{backbone: {backbone}, objective: tune, dataset: shapes}}"
    made = changed(text, sets=("threads=1",), limits=("steps=2",))
    (skipped,) = made.skipped
    assert skipped.cell.backbone.options == {"threads": 3, "steps": 1}
    assert (skipped.cell.settings.threads, skipped.cell.limits.steps) == (1, 2)


@pytest.mark.parametrize(
    ("assignment", "backbones"),
    [
        ("matrix.backbone=net/large", {("large", "default")}),
        ("matrix.backbone={name: net/small, weights: 'null'}", {("small", "null")}),
        ("matrix.backbone.0=net/large", {("large", "default")}),
        ("matrix.backbone.0.weights=none", {("small", "none"), ("large", "default")}),
        ("matrix.backbone.1.weights=[a, b]", {("small", "default"), ("large", ("a", "b"))}),
    ],
)
def test_any_key_can_be_set(changed: Changer, assignment: str, backbones: set[object]) -> None:
    made = changed(sets=(assignment,))
    children = [cell for cell in made.cells if cell.labels["dataset"] == "shapes"]
    assert {(cell.backbone.model, cell.backbone.weights) for cell in children} == backbones


def test_what_is_not_there_is_made(changed: Changer) -> None:
    text = "matrix: {backbone: net/small, objective: tune, dataset: shapes}"
    made = changed(
        text,
        sets=(
            "limits.steps=3",
            "matrix.backbone.weights=none",
            "matrix.objective.0.lr=1",
            "observers=bell",
            "parents.p.objective=tune",
            "parents.p.dataset=shapes",
        ),
    )
    (cell,) = made.cells
    assert (cell.limits.steps, cell.backbone.weights, cell.objective.lr) == (3, "none", 1.0)
    assert len(made.suite.observers) == 1


def test_what_a_change_leaves_without_effect_is_no_fault(changed: Changer) -> None:
    assert changed(seeds=("0",)).cells


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        ({"sets": ("matrix.dataset=shape",)},
         "--set matrix.dataset: unknown dataset 'shape'; did you mean 'shapes'?"),
        ({"sets": ("matrix.dataset=[shapes, {name: shapes, x: 1}]",)},
         "--set matrix.dataset: matrix.dataset[1].x: unknown key"),
        ({"sets": ("batch_size=0",)}, "--set batch_size: must be a whole number of at least 1, not 0"),
        ({"sets": ("steps='3'",)}, "--set steps: must be a whole number, not '3'"),
        ({"sets": ("matrix.backbone.0.model=large",)},
         "{path}:7:14: matrix.backbone[0].name: model is given twice: after the slash and as a key"),
        ({"sets": ("matrix.backbone.2.model=large",)},
         "--set matrix.backbone.2.model: no such place in the suite"),
        ({"sets": ("device.x=1",)}, "--set device.x: no such place in the suite"),
        ({"sets": ("devices=1",)}, "--set devices: unknown key; did you mean 'device'?"),
        ({"sets": ("device",)}, "--set device: must be key=value"),
        ({"sets": ("=3",)}, "--set : must be key=value"),
        ({"sets": ("name=[",)},
         "--set name: not valid YAML: expected the node content, but found '<stream end>'"),
        ({"sets": ("name={a: 1, a: 2}",)}, "--set name: a: duplicate key"),
        ({"limits": ("step=3",)}, "--limit step: unknown key; did you mean 'steps'?"),
        ({"limits": ("steps=-3",)}, "--limit steps: must be a whole number of at least 1, not -3"),
        ({"limits": ("steps",)}, "--limit steps: must be key=value"),
        ({"device": "gpu"}, "--device: must be auto, cpu, cuda, cuda:N or mps, not 'gpu'"),
        ({"executor": "ray"}, "--executor: unknown executor 'ray'"),
        ({"batch_size": 0}, "--batch-size: must be a whole number of at least 1, not 0"),
        ({"seeds": ("-1",)}, "--seed: must be a whole number from 0 to 4294967295, or several as 0-3, 0,1,2 "
         "or {{count: 5}}, not '-1'"),
        ({"seeds": ("1", "0-1000000")},
         "--seed: stands for 1,000,001 seeds; at most 10,000 can be planned"),
    ],
)  # fmt: skip
def test_faults_name_the_option(
    changed: Changer, tmp_path: Path, overrides: dict[str, object], line: str
) -> None:
    with pytest.raises(SuiteError) as caught:
        changed(**overrides)
    assert line.format(path=tmp_path / "suite.yaml") in caught.value.problems


KEYS = st.lists(
    st.sampled_from(
        ["matrix", "backbone", "0", "1", "parents", "low", "from", "weights", "limits", "steps", "x"]
    ),
    max_size=5,
).map(".".join)


@given(assignments=st.lists(st.tuples(KEYS, st.text(max_size=5) | KEYS), max_size=4))
def test_any_assignments_give_a_suite_or_problems(
    registry: Registry, tmp_path_factory: pytest.TempPathFactory, assignments: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "overridden.yaml"
    path.write_text(SUITE)
    sets = tuple("=".join(assignment) for assignment in assignments)
    problems: tuple[str, ...] = ()
    try:
        load_suite(path, registry, Overrides(sets=sets))
    except SuiteError as error:
        problems = error.problems
    assert all("\n" not in line for line in problems)


def test_the_text_of_a_changed_suite_asks_for_the_same(changed: Changer) -> None:
    plan = changed(seeds=("5", "6"), limits=("test_examples=3",), sets=("defaults.compile=true",))
    again = changed(plan.suite.text, seeds=("5", "6"))
    assert [cell.id for cell in again.cells] == [cell.id for cell in plan.cells]
    assert again.suite.text == plan.suite.text != SUITE
    assert changed().suite.text == SUITE


def test_the_text_of_a_suite_keeps_its_seeds_when_others_are_run_once(changed: Changer) -> None:
    assert changed(seeds=("7",)).suite.text == SUITE
    plan = changed(seeds=("7",), limits=("test_examples=3",))
    assert {cell.seed for cell in plan.cells} == {7}
    assert {cell.seed for cell in changed(plan.suite.text).cells} == {cell.seed for cell in changed().cells}
