"""Plans: which cells there are, in which order, from which parents, under which names."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from bench import DatasetInfo, Limits
from bench.errors import NothingSelected, SuiteError
from bench.planning import Cell, Plan, load_suite, make_plan
from bench.planning.identity import digest
from bench.registry import Owner, Registered, Registry

from .conftest import Net, Probe, Seeing, Shapes, world

Planner = Callable[..., Plan]


@pytest.fixture(scope="module")
def plan(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Planner:
    path = tmp_path_factory.mktemp("plans") / "suite.yaml"

    def plan(text: str, only: str | None = None) -> Plan:
        path.write_text(text)
        return make_plan(load_suite(path, registry), registry, only)

    return plan


def titles(plan: Plan) -> list[str]:
    return [cell.title for cell in plan.cells]


BASE = "matrix: {backbone: net/small, objective: tune, dataset: shapes, seed: [0, 1]}\n"


def test_the_product_of_all_axes(plan: Planner) -> None:
    made = plan(
        "matrix: {backbone: [net/small, net/large], objective: [tune, {name: tune, lr: 1}], dataset: shapes,"
        " seed: [3, 1], precision: [fp32, bf16], steps: [null, 10], threads: 2}"
    )
    assert len(made.cells) == 2 * 2 * 2 * 2 * 2
    assert len({cell.id for cell in made.cells}) == len(made.cells)
    assert titles(made)[:5] == [
        "net/small · tune · shapes · precision fp32 · steps none · seed 3",
        "net/small · tune · shapes · precision fp32 · steps none · seed 1",
        "net/small · tune · shapes · precision fp32 · steps 10 · seed 3",
        "net/small · tune · shapes · precision fp32 · steps 10 · seed 1",
        "net/small · tune · shapes · precision bf16 · steps none · seed 3",
    ]
    assert dict(made.cells[-1].labels) == {
        "backbone": "net/large",
        "objective": "tune (lr=1.0)",
        "dataset": "shapes",
        "precision": "bf16",
        "steps": "10",
    }
    assert made.cells[-1].versions == {
        "backbone/net": "1.2",
        "objective/tune": "1.2",
        "dataset/shapes": "1.2",
        "task/seeing": "1.2",
    }


def test_include_takes_missing_axes_from_the_matrix(plan: Planner) -> None:
    made = plan(BASE + "include: [{objective: probe}, {batch_size: 8, seed: 5}, {seed: 0}]")
    assert titles(made) == [
        "net/small · tune · shapes · batch_size 32 · seed 0",
        "net/small · tune · shapes · batch_size 32 · seed 1",
        "net/small · probe · shapes · batch_size 32 · seed 0",
        "net/small · probe · shapes · batch_size 32 · seed 1",
        "net/small · tune · shapes · batch_size 8 · seed 5",
    ]


@pytest.mark.parametrize(
    ("exclude", "gone"),
    [
        ("{backbone: net/*, seed: 0}", {"net/small tune 0", "net/small probe 0"}),
        ("{backbone: unt*, seed: 1}", {"untrained tune 1", "untrained probe 1"}),
        ("{backbone: reader, objective: [p*, x], batch_size: [32, 64]}",
         {"untrained probe 0", "untrained probe 1"}),
        ("[{seed: [0, 1], objective: tune}, {objective: probe}]",
         {f"{backbone} {objective} {seed}" for backbone in ("net/small", "untrained")
          for objective in ("tune", "probe") for seed in (0, 1)}),
        ("[{seed: 7}, {backbone: net/large, dataset: shapes}]", {"net/large tune 7"}),
    ],
)  # fmt: skip
def test_exclude(plan: Planner, exclude: str, gone: set[str]) -> None:
    text = (
        "matrix: {backbone: [net/small, {name: reader, as: untrained}], objective: [tune, probe],"
        " dataset: [shapes], seed: [0, 1]}\ninclude: {backbone: net/large, objective: tune, seed: 7}\n"
    )
    everything = _all(plan(text))
    assert len(everything) == 9
    assert everything - _all(plan(text + f"exclude: {exclude}")) == gone


def _all(plan: Plan) -> set[str]:
    cells = [*plan.cells, *(item.cell for item in plan.skipped)]
    return {f"{cell.labels['backbone']} {cell.labels['objective']} {cell.seed}" for cell in cells}


def test_labels_tell_apart_what_would_look_alike(plan: Planner) -> None:
    made = plan(
        "matrix: {backbone: [net/small, {name: net/small, weights: none}, {name: net/small, weights: [a, b],"
        " options: {x: 1}}, {name: net/small, weights: x, as: mine}, net/large], objective: tune,"
        " dataset: shapes}"
    )
    assert [cell.labels["backbone"] for cell in made.cells] == [
        "net/small",
        "net/small (weights=none)",
        'net/small (weights=a,b, options={"x": 1})',
        "mine",
        "net/large",
    ]


def test_labels_are_no_part_of_the_identity(plan: Planner) -> None:
    (plain,) = plan("matrix: {backbone: net/small, objective: tune, dataset: shapes}").cells
    (named,) = plan("matrix: {backbone: {name: net/small, as: x}, objective: tune, dataset: shapes}").cells
    assert plain.title != named.title
    assert plain.id == named.id


PARENTS = """
limits: {steps: 100}
parents:
  low: {objective: {name: tune, epochs: 9}, dataset: {name: shapes, classes: [dot, box]}}
  lower:
    {objective: tune, dataset: {name: shapes, classes: [box, line]}, from: low, seed: 7, limits: {steps: 5}}
"""


def test_parents_come_once_and_before_their_children(plan: Planner) -> None:
    made = plan(
        PARENTS
        + """
matrix:
  backbone: [{name: net/small, from: low}, net/small]
  objective: [tune, probe]
  dataset: shapes
  batch_size: [8, 16]
  seed: [0, 1]
"""
    )
    assert titles(made)[:4] == [
        "net/small · tune (epochs=9) · shapes (classes=dot,box) · batch_size 32 · seed 0",
        "net/small · tune (epochs=9) · shapes (classes=dot,box) · batch_size 32 · seed 1",
        "net/small (from low) · tune · shapes · batch_size 8 · seed 0",
        "net/small (from low) · tune · shapes · batch_size 8 · seed 1",
    ]
    assert len(made.cells) == 2 + 8 + 8
    parents = {cell.parent.id for cell in made.cells if cell.parent}
    assert parents == {cell.id for cell in made.cells[:2]}
    assert all(cell.parent.seed == cell.seed for cell in made.cells if cell.parent)
    assert made.cells[0].limits.steps == 100


def test_a_parent_may_have_a_parent_a_seed_and_limits_of_its_own(plan: Planner) -> None:
    made = plan(
        PARENTS
        + "matrix: {backbone: {name: net/small, from: lower}, objective: tune, dataset: shapes, seed: [0, 1]}"
    )
    grandparent, parent, *children = made.cells
    assert [cell.seed for cell in made.cells] == [7, 7, 0, 1]
    assert (grandparent.parent, parent.parent) == (None, grandparent)
    assert [child.parent for child in children] == [parent, parent]
    assert parent.limits.steps == 5
    assert parent.title == "net/small (from low) · tune · shapes (classes=box,line) · steps 5 · seed 7"
    assert children[0].title == "net/small (from lower) · tune · shapes · seed 0"


def test_an_inline_parent_that_is_a_cell_of_the_matrix_too_runs_once(plan: Planner) -> None:
    made = plan(
        "matrix: {backbone: [{name: net/small, from: {objective: tune, dataset: shapes}}, net/small],"
        " objective: tune, dataset: shapes}"
    )
    assert titles(made) == [
        "net/small · tune · shapes · seed 0",
        "net/small (from tune on shapes) · tune · shapes · seed 0",
    ]
    assert made.cells[1].parent.id == made.cells[0].id


def test_what_a_backbone_comes_from_changes_the_identity(plan: Planner) -> None:
    text = PARENTS + "matrix: {backbone: {name: net/small, from: low}, objective: tune, dataset: shapes}"
    ids = [plan(changed).cells[-1].id for changed in (text, text.replace("from: low}", "from: lower}"))]
    later = plan(text.replace("epochs: 9", "epochs: 8")).cells[-1].id
    assert len({*ids, later}) == 3


def test_cells_with_the_same_data_and_backbone_are_side_by_side(plan: Planner) -> None:
    made = plan(
        "matrix: {backbone: [net/small, net/large], objective: [tune, {name: tune, lr: 1}],"
        " dataset: [shapes, {name: shapes, classes: [dot]}], seed: [0, 1]}\n"
        "include: [{objective: {name: tune, lr: 2}, seed: 5}]"
    )
    groups = [key for key, _ in groupby(made.cells, key=lambda cell: (id(cell.dataset), id(cell.backbone)))]
    assert len(groups) == len(set(groups)) == 4
    assert len(made.cells) == 16 + 4


def test_cells_that_make_no_sense_are_skipped_with_the_reason(plan: Planner, registry: Registry) -> None:
    asked = registry.entries["objective"]["probe"].cls.skips
    asked.clear()
    made = plan(
        "matrix: {backbone: [net/small, net/large, reader], objective: probe, dataset: shapes, seed: [0, 1]}"
    )
    assert titles(made) == ["net/small · probe · shapes · seed 0", "net/small · probe · shapes · seed 1"]
    assert [(item.cell.title, item.reason) for item in made.skipped] == [
        ("net/large · probe · shapes · seed 0", "a large network is too slow to probe"),
        ("net/large · probe · shapes · seed 1", "a large network is too slow to probe"),
        ("reader · probe · shapes · seed 0", "reader reads text, seeing needs image"),
        ("reader · probe · shapes · seed 1", "reader reads text, seeing needs image"),
    ]
    assert asked == [("net/small", "shapes"), ("net/large", "shapes")]


class Expert(Net):
    """A network that was trained on some classes."""

    name: ClassVar[str] = "expert"
    argument: ClassVar[None] = None

    model: Literal["small", "large"] = "small"
    knows: tuple[str, ...] | None = None

    def class_names(self) -> frozenset[str] | None:
        return None if self.knows is None else frozenset(self.knows)


class Judge(Probe):
    """No training."""

    name: ClassVar[str] = "judge"
    native: ClassVar[bool] = True


class Pictures(Shapes):
    """Images of shapes that may be at hand."""

    name: ClassVar[str] = "pictures"
    asked: ClassVar[list[int]] = []

    here: bool = True

    def at_hand(self) -> bool:
        return self.here

    def info(self) -> DatasetInfo:
        self.asked.append(len(self.classes))
        return DatasetInfo({"test": 3}, self.classes)


@pytest.mark.parametrize(
    ("knows", "dataset", "reason"),
    [
        ("[Dot, line]", "pictures", None),
        ("[Dot]", "pictures", "expert has no head that knows class 'line' of pictures"),
        ("[ring]", "pictures", "expert has no head that knows class 'dot' and 1 more of pictures"),
        ("[]", "pictures", "expert has no head whose classes are named, and judge needs one"),
        ("[]", "{name: pictures, classes: []}", None),
        ("null", "pictures", None),
        ("[ring]", "{name: pictures, here: false}", None),
    ],
)
def test_cells_are_skipped_whose_classes_the_backbones_own_head_cannot_know(
    tmp_path: Path, knows: str, dataset: str, reason: str | None
) -> None:
    registry = Registry()
    registry.add(Owner("world", "world-of-tests", "1.2"), world())
    more = {"backbone": Expert, "objective": Judge, "dataset": Pictures}
    for kind, cls in more.items():
        registry.entries[kind][cls.name] = Registered(cls, registry.owners[0])
    path = tmp_path / "suite.yaml"
    path.write_text(
        f"matrix: {{backbone: {{name: expert, knows: {knows}}}, objective: [judge, tune], dataset: {dataset},"
        " seed: [0, 1]}"
    )
    Pictures.asked.clear()
    made = make_plan(load_suite(path, registry), registry)
    assert [item.reason for item in made.skipped] == [reason] * 2 * (reason is not None)
    assert len(made.cells) + len(made.skipped) == 4
    assert len(Pictures.asked) <= 1


class Counts(Pictures):
    """Images, and what is measured on them."""

    name: ClassVar[str] = "counts"
    task: ClassVar[str] = "numbers"


class Numbers(Seeing):
    """To measure images; a head of the backbone's own needs to know no classes."""

    name: ClassVar[str] = "numbers"
    by_class: ClassVar[bool] = False


def test_no_classes_are_asked_for_where_a_task_needs_none(tmp_path: Path) -> None:
    registry = Registry()
    registry.add(Owner("world", "world-of-tests", "1.2"), world())
    more = {"backbone": Expert, "objective": Judge, "dataset": Counts, "task": Numbers}
    for kind, cls in more.items():
        registry.entries[kind][cls.name] = Registered(cls, registry.owners[0])
    path = tmp_path / "suite.yaml"
    path.write_text("matrix: {backbone: {name: expert, knows: []}, objective: judge, dataset: counts}")
    assert not make_plan(load_suite(path, registry), registry).skipped


def test_a_child_of_a_skipped_parent_is_skipped(plan: Planner) -> None:
    made = plan(
        "parents: {p: {objective: probe, dataset: shapes}}\n"
        "matrix: {backbone: [{name: net/large, from: p}, net/small], objective: tune, dataset: shapes}"
    )
    assert titles(made) == ["net/small · tune · shapes · seed 0"]
    assert [item.reason for item in made.skipped] == [
        "its parent cannot be: a large network is too slow to probe"
    ]


def test_all_cells_may_be_skipped(plan: Planner) -> None:
    made = plan("matrix: {backbone: reader, objective: tune, dataset: shapes}")
    assert (len(made.cells), len(made.skipped)) == (0, 1)


@pytest.mark.parametrize(
    ("only", "seeds"),
    [("seed 1", [1, 1]), ("*seed 1", [1, 1]), ("from low", [0, 0, 1, 1]), ("*box*", [0, 1]), ("net*t 0", [])],
)
def test_only_selects_cells_and_their_parents(plan: Planner, only: str, seeds: list[int]) -> None:
    text = (
        PARENTS
        + "matrix: {backbone: {name: net/small, from: low}, objective: tune, dataset: shapes, seed: [0, 1]}"
    )
    if not seeds:
        with pytest.raises(NothingSelected, match=r"no cell of .*suite.yaml matches 'net\*t 0'"):
            plan(text, only)
        return
    made = plan(text, only)
    assert sorted(cell.seed for cell in made.cells) == seeds
    assert all(cell.parent is None or cell.parent in made.cells for cell in made.cells)


def test_only_selects_among_the_skipped_too(plan: Planner) -> None:
    text = "matrix: {backbone: [reader, net/small], objective: tune, dataset: shapes}"
    assert (len(plan(text, "reader").cells), len(plan(text, "reader").skipped)) == (0, 1)
    assert (len(plan(text, "net").cells), len(plan(text, "net").skipped)) == (1, 0)


def test_a_cell_can_be_made_again_from_its_description(plan: Planner, registry: Registry) -> None:
    made = plan(
        PARENTS + "matrix: {backbone: {name: net/small, from: lower, options: {a: [1]}}, objective: tune,"
        " dataset: shapes, batch_size: [8, 16]}"
    )
    for cell in made.cells:
        again = Cell.from_spec(cell.spec(), registry)
        assert (again.id, again.title, again.spec()) == (cell.id, cell.title, cell.spec())


def test_the_plan_of_the_same_file_is_the_same(plan: Planner) -> None:
    text = PARENTS + (
        "matrix: {backbone: [net/small, {name: net/small, from: low}], objective: [tune, probe],"
        " dataset: shapes, seed: [1, 0]}"
    )
    first, second = plan(text), plan(text)
    assert [cell.id for cell in first.cells] == [cell.id for cell in second.cells]


TWO_LINES = """
parents:
  own: {objective: tune, dataset: shapes}
  fixed: {objective: tune, dataset: shapes, seed: 1}
matrix:
  backbone: [net/small, {name: net/small, from: own}, {name: net/small, from: fixed}]
  objective: [tune, probe]
  dataset: shapes
  steps: [null, 10]
  seed: SEEDS
include: [{seed: OTHERS, objective: probe}, {steps: 5, backbone: reader}]
exclude: {seed: 2, objective: probe}
"""


@given(*[st.lists(st.integers(0, 4), min_size=1, max_size=4, unique=True)] * 2)
def test_the_id_of_a_cell_is_a_digest_of_its_identity_and_no_two_are_the_same(
    plan: Planner, seeds: list[int], others: list[int]
) -> None:
    made = plan(
        TWO_LINES.replace("SEEDS", str([2, *(s for s in seeds if s != 2)])).replace("OTHERS", str(others))
    )
    ids = [cell.id for cell in made.cells]
    assert ids == [digest(cell.identity)[:16] for cell in made.cells]
    assert len(set(ids)) == len(ids)
    known: set[str] = set()
    for cell in made.cells:
        assert cell.parent is None or cell.parent.id in known
        known.add(cell.id)
    assert made.parents == len({cell.parent.id for cell in made.cells if cell.parent})
    assert all((item.cell.objective.name, item.cell.seed) != ("probe", 2) for item in made.skipped)
    assert [made.cells[at].id for at in range(-1, len(ids) - 1)] == [ids[-1], *ids[:-1]]
    assert [cell.id for cell in made.cells[1:3]] == ids[1:3]


def test_many_cells_are_planned_quickly(plan: Planner) -> None:
    made = plan(
        "matrix: {backbone: [net/small, {name: net/small, from: {objective: tune, dataset: shapes}}],"
        f" objective: [tune, probe], dataset: shapes, seed: {list(range(500))}, batch_size: [1, 2, 3, 4, 5]}}"
    )
    assert len(made.cells) == 10_000 + 500


KEPT = """
matrix: {backbone: [net/small, {name: net/small, from: {artifact: KEPT}}], objective: tune, dataset: shapes}
"""


def test_a_backbone_may_start_from_an_encoder_in_a_file(plan: Planner, tmp_path: Path) -> None:
    file = tmp_path / "abc.safetensors"
    file.write_bytes(b"weights")
    made = plan(KEPT.replace("KEPT", str(file)))
    assert titles(made) == [
        "net/small · tune · shapes · seed 0",
        "net/small (from abc) · tune · shapes · seed 0",
    ]
    untrained, trained = made.cells
    assert (untrained.artifact, trained.parent) == (None, None)
    assert trained.artifact.path == str(file)

    moved = tmp_path / "elsewhere.safetensors"
    file.rename(moved)
    assert plan(KEPT.replace("KEPT", str(moved))).cells[-1].id == trained.id
    moved.write_bytes(b"other weights")
    assert plan(KEPT.replace("KEPT", str(moved))).cells[-1].id != trained.id


def test_a_cell_with_an_artifact_survives_its_spec(plan: Planner, registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "abc.safetensors"
    file.write_bytes(b"weights")
    cell = plan(KEPT.replace("KEPT", str(file))).cells[-1]
    assert Cell.from_spec(cell.spec(), registry).id == cell.id


def test_an_encoder_that_cannot_be_read_is_told_with_its_place(
    plan: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("bench.planning.cell.file_digest", refuse)
    file = tmp_path / "abc.safetensors"
    file.touch()
    with pytest.raises(SuiteError, match=r"suite.yaml:2:\d+: .*cannot be read: Permission denied"):
        plan(KEPT.replace("KEPT", str(file)))


def test_an_encoder_that_is_not_there_is_told_with_its_place(plan: Planner) -> None:
    with pytest.raises(SuiteError, match=r"suite.yaml:2:\d+: .*artifact: nowhere.safetensors: no such"):
        plan(KEPT.replace("KEPT", "nowhere.safetensors"))
    with pytest.raises(SuiteError, match="must be the path of a file, not 7"):
        plan(KEPT.replace("KEPT", "7"))
    with pytest.raises(SuiteError, match="unknown key"):
        plan(KEPT.replace("KEPT", "x.safetensors, seed: 3"))


def test_objectives_that_need_labels_are_skipped_where_there_are_none(
    plan: Planner, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry.entries["task"]["seeing"].cls, "target", None)
    made = plan("matrix: {backbone: net/small, objective: tune, dataset: shapes}")
    assert [item.reason for item in made.skipped] == ["tune learns from labels, shapes has none"]


@pytest.mark.parametrize(
    ("strides", "reason"),
    [((), "net/small gives no maps of features, and seeing reads them"), ((8,), None), (None, None)],
)
def test_tasks_that_read_maps_skip_backbones_without(
    plan: Planner,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
    strides: tuple[int, ...] | None,
    reason: str | None,
) -> None:
    monkeypatch.setattr(registry.entries["task"]["seeing"].cls, "reads", frozenset({"maps"}))
    monkeypatch.setattr(registry.entries["backbone"]["net"].cls, "strides", lambda self: strides)
    made = plan("matrix: {backbone: net/small, objective: tune, dataset: shapes}")
    assert [item.reason for item in made.skipped] == ([] if reason is None else [reason])


def test_shots_of_data_without_classes_are_skipped(plan: Planner) -> None:
    made = plan(BASE.replace("seed", "shots: [8, null], seed"))
    assert [cell.limits.shots for cell in made.cells] == [None, None]
    assert {item.reason for item in made.skipped} == {
        "limits.shots counts examples of each class, shapes has no classes"
    }


def test_shots_count_examples_of_a_class_where_that_is_what_is_asked(
    plan: Planner, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = BASE.replace("seed", "shots: 8, seed")
    monkeypatch.setattr(Shapes, "strata", lambda self, split: [0])
    assert [cell.limits.shots for cell in plan(text).cells] == [8, 8]
    monkeypatch.setattr(registry.entries["task"]["seeing"].cls, "target", "number")
    monkeypatch.setattr(Shapes, "targets", frozenset({"number"}))
    assert not plan(text).cells


def test_limits_without_shots_leave_cells_what_they_were() -> None:
    before = {"steps", "seconds", "train_examples", "train_fraction", "val_examples", "test_examples"}
    assert Limits().identity().keys() == Limits(redraw=True).identity().keys() == before
    assert Limits(shots=8).identity().keys() == {*before, "shots"}
    assert Limits(shots=8, redraw=True).identity() == {
        **Limits().identity(), "shots": 8, "redraw": True,
    }  # fmt: skip


def test_limits_that_only_end_cells_leave_them_what_they_were(plan: Planner) -> None:
    bounds = "limits: {cell_seconds: 9, silent_seconds: 2, memory: 500}\n"
    (cell, *_), (bounded, *_) = plan(BASE).cells, plan(bounds + BASE).cells
    assert (bounded.limits.cell_seconds, bounded.limits.silent_seconds, bounded.limits.memory) == (9, 2, 500)
    assert (bounded.id, bounded.row, bounded.labels) == (cell.id, cell.row, cell.labels)
    assert bounded.spec() == cell.spec()


class Copy(Probe):
    """Learns what another backbone sees."""

    name: ClassVar[str] = "copy"
    backbones: ClassVar[tuple[str, ...]] = ("model",)

    model: str | dict[str, Any] = Field(description="the other backbone")


@pytest.fixture
def copying(plan: Planner, registry: Registry) -> Planner:
    registry.entries["objective"]["copy"] = Registered(Copy, Owner("p", "d", "1"))
    return lambda model: plan(
        f"matrix: {{backbone: net/small, objective: {{name: copy, model: {model}}}, dataset: shapes}}"
    )


def test_an_objective_may_name_a_further_backbone(copying: Planner, registry: Registry) -> None:
    (cell,) = copying("net/large").cells
    assert cell.further == {"model": Net(model="large")}
    assert cell.identity["further"] == {"model": Net(model="large").identity()}
    assert "model" not in cell.identity["objective"]
    again = Cell.from_spec(cell.spec(), registry)
    assert (again.id, again.further) == (cell.id, cell.further)


def test_how_a_further_backbone_is_spelled_is_no_part_of_the_identity(copying: Planner) -> None:
    (short,), (long,) = copying("net/large").cells, copying("{name: net, model: large}").cells
    (other,) = copying("{name: net, model: large, weights: none}").cells
    assert short.id == long.id != other.id


def test_a_further_backbone_that_reads_something_else_is_skipped(copying: Planner) -> None:
    (skipped,) = copying("reader").skipped
    assert skipped.reason == "reader reads text, seeing needs image"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("nett/large", "unknown backbone 'nett'; did you mean 'net'"),
        ("{name: net, model: huge}", "model.model: must be one of 'small', 'large', not 'huge'"),
        ("{name: net, model: large, from: x}", "model.from: unknown key"),
        ("needy", "needs package 'no_such_package'"),
    ],
)
def test_what_is_wrong_with_a_further_backbone_is_told_with_its_place(
    copying: Planner, model: str, message: str
) -> None:
    with pytest.raises(SuiteError, match=message):
        copying(model)
