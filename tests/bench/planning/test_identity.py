"""The identity of values and cells."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.api import Limits, Settings
from bench.planning.cell import Cell
from bench.planning.identity import Identities, canonical, digest
from bench.registry import Registry

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=15)


def shuffled(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: shuffled(value) for key, value in reversed(data.items())}
    return [shuffled(item) for item in data] if isinstance(data, list) else data


@given(DATA)
def test_the_order_of_keys_does_not_matter(data: Any) -> None:
    assert canonical(data) == canonical(shuffled(data))
    assert json.loads(canonical(data)) == data


@given(DATA, DATA)
def test_different_data_have_different_digests(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == (canonical(one) == canonical(other))


def test_what_is_not_plain_data_has_no_digest() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"a": float("nan")})
    with pytest.raises(TypeError):
        digest({"a": {1, 2}})


def test_a_known_digest() -> None:
    # printf '{"a":[1,null],"b":"\\xc3\\xa9"}' | sha256sum
    assert digest({"b": "é", "a": [1, None]}) == (
        "e03c3c1ebb5fccd76e3bd35b9a86169f35e6f1b069645d48ac278175f54c4208"
    )


@pytest.fixture(scope="module")
def cell(registry: Registry) -> Cell:
    return Cell(
        backbone=registry.create("backbone", {"name": "net", "model": "small"}),
        objective=registry.create("objective", {"name": "tune"}),
        dataset=registry.create("dataset", {"name": "shapes"}),
        task=registry.create("task", {"name": "reading"}),
        seed=0,
        settings=Settings(),
        limits=Limits(),
        device="cpu",
        labels={"backbone": "x"},
        versions={"backbone/net": "1.2"},
    )


CHANGES: dict[str, dict[str, Any]] = {
    "backbone": {"model": "large", "weights": "none", "options": {"a": 1}},
    "objective": {"lr": 0.5, "epochs": 4, "optimizer": "sgd", "clip": None},
    "dataset": {"classes": ("dot",)},
    "task": {"width": 2},
    "settings": {"batch_size": 1, "eval_batch_size": 1, "precision": "fp32", "threads": 1},
    "limits": {"steps": 1, "seconds": 1.0, "train_examples": 1, "val_examples": 1, "test_examples": 1},
    "versions": {"backbone/net": "1.3"},
}


def varied(cell: Cell, **fields: Any) -> Cell:
    made = {name: getattr(cell, name) for name in cell.__dataclass_fields__ if name != "identities"}
    return Cell(**made | fields)


def test_every_field_changes_the_id(cell: Cell) -> None:
    cells = [cell, varied(cell, seed=1), varied(cell, device="cuda"), varied(cell, parent=cell)]
    for part, fields in CHANGES.items():
        for name, value in fields.items():
            old = getattr(cell, part)
            new = {**old, name: value} if part == "versions" else old.model_copy(update={name: value})
            cells.append(varied(cell, **{part: new}))
    ids = [one.id for one in cells]
    assert len(set(ids)) == len(ids)


def recipe(cell: Cell, **settings: Any) -> Cell:
    steady = {"schedule": "constant", "warmup": 0.0}
    return varied(cell, objective=cell.objective.model_copy(update=steady | settings))


def test_cells_that_differ_in_their_budget_alone_are_the_same_training(cell: Cell) -> None:
    short, long = recipe(cell, epochs=3), recipe(cell, epochs=10)
    assert short.training is not None
    assert long.training == short.training._replace(budget=10)
    others = [recipe(cell, lr=0.5), varied(short, seed=1), varied(short, parent=cell)]
    others += [varied(short, limits=Limits(steps=9)), varied(short, versions={"backbone/net": "1.3"})]
    trainings = [other.training.id for other in (short, *others) if other.training]
    assert len(set(trainings)) == len(others) + 1


def test_a_training_that_cannot_go_on_says_why(cell: Cell, registry: Registry) -> None:
    falling = recipe(cell, schedule="cosine")
    assert (falling.training, falling.final) == (None, "it depends on its end; set schedule: constant")
    probe = varied(cell, objective=registry.create("objective", {"name": "probe"}))
    assert (probe.training, probe.final) == (None, "objective 'probe' has no budget")


def test_what_is_done_about_lacking_memory_does_not_change_the_id(cell: Cell) -> None:
    rescued = varied(cell, settings=Settings(on_oom="shrink"))
    assert rescued.id == cell.id
    assert rescued.row == cell.row
    assert rescued.spec() == cell.spec()


def test_labels_do_not_change_the_id(cell: Cell) -> None:
    assert varied(cell, labels={"backbone": "y"}).id == cell.id


def test_equal_values_have_equal_ids(cell: Cell) -> None:
    copies = {part: getattr(cell, part).model_copy(deep=True) for part in CHANGES if part != "versions"}
    assert varied(cell, **copies).id == cell.id


def test_a_fingerprint_is_taken_once(registry: Registry) -> None:
    dataset = registry.create("dataset", {"name": "shapes"})
    dataset.looked_at.clear()
    identities = Identities()
    assert identities.of(dataset) is identities.of(dataset)
    assert identities.of(dataset)["fingerprint"] == "abc"
    assert dataset.looked_at == ["shapes"]
