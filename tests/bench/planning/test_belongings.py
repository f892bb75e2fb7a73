"""What a word may have been meant to be that stands where it is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import Field

from bench import Backbone, hookimpl
from bench.errors import SuiteError
from bench.planning import load_suite
from bench.planning.belongings import Belongings
from bench.registry import Owner, Registry

from .conftest import Net, world


class Zoo(Net):
    """A family that says what it has."""

    name: ClassVar[str] = "zoo"
    argument: ClassVar[str] = "animal"

    animal: str = Field(description="which one")
    model: Any = "small"

    @classmethod
    def choices(cls) -> list[str]:
        return ["lion", "lion.tame", "tiger"]


class Circus(Zoo):
    """Another one, with some of the same."""

    name: ClassVar[str] = "circus"

    @classmethod
    def choices(cls) -> list[str]:
        return ["lion", "large"]


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.add(Owner("world", "world-of-tests", "1"), world())
    animals: list[type[Backbone]] = [Zoo, Circus]
    hook = hookimpl(lambda: animals, specname="bench_backbones")
    registry.add(Owner("animals", "animals", "1"), SimpleNamespace(bench_backbones=hook))
    assert not registry.broken
    return registry


def problems(text: str, registry: Registry, folder: Path) -> Sequence[str]:
    suite = folder / "suite.yaml"
    suite.write_text(text)
    with pytest.raises(SuiteError) as caught:
        load_suite(suite, registry)
    return [problem.partition("suite.yaml:")[2] for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("spelled", "hint"),
    [
        ("lion", "; did you mean 'zoo/lion' or 'circus/lion'?"),
        ("tiger", "; did you mean 'zoo/tiger'?"),
        ("lion.tame", "; did you mean 'zoo/lion.tame'?"),
        ("large", "; did you mean 'net/large' or 'circus/large'?"),  # `net` lists its models as a type
        ("tigre", "; did you mean 'zoo/tiger'?"),
        ("zo/lion", "; did you mean 'zoo'?"),
        ("whale", ""),
        ("", ""),
    ],
)
def test_families_that_have_a_model_of_this_name_are_named(
    registry: Registry, spelled: str, hint: str
) -> None:
    assert Belongings({}, registry).plugin_hint("backbone", spelled) == hint


def test_the_hint_ends_the_message_of_a_suite(registry: Registry, tmp_path: Path) -> None:
    text = "matrix: {backbone: lion, objective: tune, dataset: shapes}"
    assert problems(text, registry, tmp_path) == [
        "1:20: matrix.backbone: unknown backbone 'lion'; did you mean 'zoo/lion' or 'circus/lion'?"
    ]


TUNE = "; it is a setting of objective 'tune': `objective: {name: tune, epochs: ...}`"
DEFAULTS = "; it belongs under 'defaults', or under 'matrix' for several values"


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("epochs", TUNE),
        ("batch_size", DEFAULTS),
        ("steps", "; it belongs under 'limits'"),
        ("seed", "; it belongs under 'matrix'"),
        ("dataset", "; it belongs under 'matrix'"),
        ("executor", "; it belongs at the top of the suite"),
        ("depth", "; it is a setting of backbone 'reader': `backbone: {name: reader, depth: ...}`"),
        (
            "weights",
            "; it is a setting of backbone 'net' and backbone 'reader': "
            "`backbone: {name: net/..., weights: ...}`",
        ),
        ("known_keyz", "; did you mean 'known_key'?"),
        # No plugin of the suite has these, but others that are installed have.
        ("file", "; it is a setting of dataset 'table': `dataset: {name: table, file: ...}`"),
        ("width", "; it is a setting of task 'reading': `task: {name: reading, width: ...}`"),
        ("nothing_of_the_kind", ""),
    ],
)
def test_a_key_is_told_where_it_belongs(registry: Registry, key: str, hint: str) -> None:
    suite = {
        "matrix": {"backbone": ["net/small", {"name": "reader", "from": "low"}], "dataset": "shapes"},
        "parents": {"low": {"objective": {"name": "tune"}, "dataset": "shapes"}},
    }
    found = Belongings(suite, registry, ("executor", "name")).hint(key, ["known_key"])
    assert found == hint


@pytest.mark.parametrize("data", [None, 3, [], {"matrix": 3}, {"objective": [{"name": 3}, None, ["tune"]]}])
def test_a_suite_that_is_none_names_no_plugins(registry: Registry, data: Any) -> None:
    assert Belongings(data, registry).hint("lr", []).startswith("; it is a setting of objective 'tune'")
    assert Belongings(data, registry).hint("nothing_of_the_kind", []) == ""


def test_keys_are_told_wherever_they_stand(registry: Registry, tmp_path: Path) -> None:
    text = (
        "defaults: {epochs: 3}\n"
        "limits: {batch_size: 3}\n"
        "epochs: 3\n"
        "matrix: {backbone: net/small, objective: [tune, {name: probe, epochs: 3}],"
        " dataset: shapes, epochs: 3}\n"
        "parents: {low: {objective: tune, dataset: shapes, epochs: 3}}\n"
        "exclude: {epochs: 3}\n"
    )
    assert problems(text, registry, tmp_path) == [
        f"1:12: defaults.epochs: unknown key{TUNE}",
        f"2:10: limits.batch_size: unknown key{DEFAULTS}",
        f"3:1: epochs: unknown key{TUNE}",
        f"4:63: matrix.objective[1].epochs: unknown key{TUNE}",
        f"4:93: matrix.epochs: unknown key{TUNE}",
        f"5:51: parents.low.epochs: unknown key{TUNE}",
        f"6:11: exclude.epochs: unknown key{TUNE}",
    ]
